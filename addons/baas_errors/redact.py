"""Secrets out, stable pseudonyms in.

A value is secret because of its name (the catalogs list headers, parameters, body keys and cookies) or because of its form, wherever it
stands. What replaces it keeps its kind, its length and a pseudonym: `<jwt 812 chars #a41f9c>`. The same value has the same pseudonym as
long as the key is the same, so that two requests with one token can be told from two with different tokens; without the key nothing can
be computed back.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote_plus

from .catalog import Backend
from .exchange import Request
from .jsontext import DEEPEST, compact
from .marks import is_marked

# Secret for every backend, whatever its catalog says. Names are compared without case, `-` and `_`.
_ALWAYS_HEADERS = ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-amz-security-token")
_ALWAYS_NAMES = (
    "password", "passwd", "pwd", "secret", "client_secret", "access_token", "refresh_token", "id_token", "session_token", "auth_token",
    "api_key", "apikey", "private_key", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "X-Goog-Signature",
    "X-Goog-Credential", "Signature", "GoogleAccessId", "AWSAccessKeyId", "sig", "e-mail", "email", "username", "user_name",
)  # fmt: skip
# Shorter values would be replaced in the middle of ordinary words.
_SHORTEST_ECHO = 6
_MOST_ECHOES = 64
_SHORTEST_FORM = 12
# What programs write for a value that they do not have: to hide it would hide the fault.
_NO_SECRETS = frozenset({"undefined", "[object Object]"})


def _folded(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def _alternatives(names: Iterable[str]) -> str:
    return "|".join(
        "[-_]?".join(re.escape(part) for part in re.split("[-_]", name) if part) for name in sorted(set(names), key=lambda n: (-len(n), n))
    )


_FORMS = re.compile(
    r"""
    (?P<pem>-----BEGIN\ [A-Z ]{1,40}-----(?:[^-]|-(?!----)){0,8000}(?:-----END\ [A-Z ]{1,40}-----)?)
    | (?P<jwt>\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?)
    | (?<=://)(?P<userinfo>[^\s/?\#@:"'<>]{1,256}:[^\s/?\#@"'<>]{0,256})(?=@)
    | \b(?P<scheme>Basic|Bearer|Digest|Negotiate|Kinvey|KinveyMFA|Masterkey|AWS4-HMAC-SHA256)\s+
      (?P<credentials>(?!auth|sess|server|error|user|back|api|sdk|app|req|undefined\b)
        # Nor is a plain word the credentials that it follows on: "Basic credentials", "Kinvey refuses."
        (?!(?-i:[A-Za-z][a-z]{4,20}[.,;:]?(?:\s|\Z)))[A-Za-z0-9+/=._~:-]{8,})
    | \b(?P<session>r:[0-9a-f]{32})\b
    | \b(?P<prefix>pk|sk|ak|rk)_(?P<key>(?:live_|test_)?[A-Za-z0-9]{16,})\b
    | (?P<email>[A-Za-z0-9._%+-]{1,64}(?:@|%40)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24})
    | (?<![\d.-])(?P<card>\d(?:[ -]?\d){12,18})(?!\.?\d)
    """,
    re.X | re.S | re.I,
)  # fmt: skip


class Redactor:
    """Replaces secrets in texts, URLs, headers and JSON, and counts them.

    `key` makes pseudonyms comparable between runs that share it; without one they are random. With `keep` nothing is replaced.
    """

    def __init__(self, backends: Iterable[Backend] = (), *, key: bytes | None = None, keep: bool = False) -> None:
        self._key = key or os.urandom(32)
        self.keep = keep
        backends = tuple(backends)
        headers = [name for b in backends for name in b.secrets.headers]
        body = [_last_part(name) for b in backends for name in b.secrets.body]
        query = [_last_part(name) for b in backends for name in b.secrets.query]
        self._headers = frozenset(map(_folded, (*_ALWAYS_HEADERS, *headers)))
        self._cookies = frozenset(_folded(name) for b in backends for name in b.secrets.cookies)
        self._names = frozenset(map(_folded, (*_ALWAYS_NAMES, *body)))
        # A name such as `code` is a secret in a query (OAuth), and the error itself in a body.
        self._parameters = self._names | frozenset(map(_folded, query))
        # Only names that no one uses in prose; `Location` and `Cookie` are secret as headers.
        in_text = (*_ALWAYS_NAMES, *body, *(name for name in headers if "-" in name))
        # A name in running text must be followed by `=` or `:` and a value; quotes of any depth of escaping may surround both.
        self._named = re.compile(
            rf"""(?<![A-Za-z0-9])(?P<name>{_alternatives(in_text)})"""
            r"""(?P<mid>\\*["']?\s*(?:=|:|%3D)\s*\\*["']?)(?P<value>(?!<[a-z])[^\s"'\\&;,<>{}\[\]]+)""",
            re.I,
        )

    def pseudonym(self, value: str) -> str:
        """Six hex digits that stand for a value under this key."""
        return hmac.digest(self._key, value.encode("utf-8", "surrogatepass"), "sha256")[:3].hex()

    def mark(self, kind: str, value: str) -> str:
        """What stands in the place of a secret."""
        detail = f" {expiry}" if kind == "jwt" and (expiry := _jwt_facts(value)) else ""
        return f"<{kind} {len(value)} chars{detail} #{self.pseudonym(value)}>"

    def for_request(self, request: Request) -> Redaction:
        """A redaction for what is said about one request: its own secrets are looked for too, since servers repeat what they were sent."""
        if self.keep:
            return Redaction(self, ())
        body = request.body.json if request.body.looks_like_json else None
        return Redaction(self, self.secrets_in(request.headers, request.params, body))

    def session(self, echoes: Iterable[str] = ()) -> Redaction:
        """A redaction for one record, which counts; `echoes` are secrets of the request that the answer might repeat."""
        return Redaction(self, echoes)

    def is_secret_header(self, name: str) -> bool:
        """Whether a header's value is secret by its name."""
        return _folded(name) in self._headers

    def is_secret_name(self, name: str) -> bool:
        """Whether the value of a body's key is secret by its name."""
        return _folded(name) in self._names

    def is_secret_parameter(self, name: str) -> bool:
        """Whether the value of a query parameter is secret by its name."""
        return _folded(name) in self._parameters

    def secrets_in(self, headers: Iterable[tuple[str, str]], params: Mapping[str, str], body: Any) -> list[str]:
        """The secret values of a request, longest first, to be looked for in what the server says."""
        found: set[str] = set()
        for name, value in headers:
            if self.is_secret_header(name):
                found.update(part for part in re.split(r"[\s;=,]+", value) if len(part) >= 16)
        found.update(value for name, value in params.items() if self.is_secret_parameter(name))
        _collect(body, self, found, 0)
        return sorted((v for v in found if _SHORTEST_ECHO <= len(v) <= 4000 and v not in _NO_SECRETS), key=len, reverse=True)[:_MOST_ECHOES]


class Redaction:
    """One record's worth of replacements."""

    def __init__(self, redactor: Redactor, echoes: Iterable[str]) -> None:
        self._redactor = redactor
        self._echoes = tuple(echoes)
        self._replaced: set[str] = set()

    @property
    def count(self) -> int:
        """How many different values were replaced."""
        return len(self._replaced)

    def _replace(self, kind: str, value: str) -> str:
        self._replaced.add(value)
        # What comes from a file that was redacted before keeps the pseudonym that it was given.
        return value if is_marked(value) else self._redactor.mark(kind, value)

    def text(self, text: str) -> str:
        """A text without the secrets in it."""
        if self._redactor.keep or not text:
            return text
        text = self.said(text)
        # A name must be followed by one of these; most texts are passed by without the search.
        if "=" in text or ":" in text or "%3" in text:
            text = self._redactor._named.sub(self._after_name, text)
        return text

    def said(self, text: str) -> str:
        """A text of our own, in which whatever was quoted is redacted already: only what shows itself by its form is replaced.

        `the token: the app lost it` would read as a token and its value in anybody else's text.
        """
        if self._redactor.keep or not text:
            return text
        for echo in self._echoes:
            if echo in text:
                text = text.replace(echo, self._replace("secret", echo))
        # No form but an address is shorter than this.
        if len(text) < _SHORTEST_FORM and "@" not in text and "%40" not in text:
            return text
        return _FORMS.sub(self._form, text)

    def named(self, name: str, value: str) -> str:
        """A value as it may be shown under a name: replaced whole where the name says that it is secret."""
        if self._redactor.keep or not value:
            return value
        return self._replace("secret", value) if self._redactor.is_secret_name(name) else self.text(value)

    def _form(self, match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        value = match[0]
        if kind == "credentials":
            return f"{match['scheme']} {self._replace('credentials', match['credentials'])}"
        if kind == "key":
            return f"{match['prefix']}_{self._replace('key', match['key'])}"
        if kind == "card":
            return self._replace("card", value) if _luhn(value) else value
        if kind == "session":
            return self._replace("session token", value)
        return self._replace(kind, value)

    def _after_name(self, match: re.Match[str]) -> str:
        return f"{match['name']}{match['mid']}{self._replace('secret', match['value'])}"

    def header(self, name: str, value: str) -> str:
        """A header's value without its secret; the scheme of credentials, and the names of cookies, stay."""
        if self._redactor.keep:
            return value
        folded = _folded(name)
        if folded in ("cookie", "setcookie"):
            most = 1 if folded == "setcookie" else 0
            return re.sub(r"(?<==)(?:<cookie [^<>]{1,40}>|[^;,\s]+)", lambda m: self._replace("cookie", m[0]), value, count=most)
        if not self._redactor.is_secret_header(name):
            return self.text(value)
        if folded.endswith("authorization") and (match := re.fullmatch(r"\s*([A-Za-z][A-Za-z0-9-]{0,30})\s+(.+)", value, re.S)):
            return f"{match[1]} {self._credentials(match[1], match[2])}"
        if match := re.fullmatch(r"(pk|sk|ak)_(.+)", value, re.S):
            return f"{match[1]}_{self._replace('key', match[2])}"
        return self._replace("secret", value) if value else value

    def _credentials(self, scheme: str, value: str) -> str:
        if scheme.lower() == "basic" and (user := _basic_user(value)):
            # The user part of an app's own credentials is its app id, an identifier; a person's name is not.
            shown = self.text(user) if re.fullmatch(r"kid_[A-Za-z0-9_-]{1,30}", user) else self._replace("user", user)
            return f"{shown}:{self._replace('credentials', value)}"
        return self._replace("jwt" if value.startswith("eyJ") else "credentials", value)

    def url(self, url: str) -> str:
        """A URL without userinfo, and without the values of secret parameters, however encoded."""
        if self._redactor.keep:
            return url
        head, question, query = url.partition("?")
        query, sharp, fragment = query.partition("#")
        head = self.text(head)
        return head + (question + self.query(query) if question else "") + (sharp + self.query(fragment) if sharp else "")

    def query(self, query: str) -> str:
        """A query string or form body without its secrets; JSON inside a parameter is searched too."""
        if self._redactor.keep:
            return query
        parts = []
        for part in query.split("&"):
            name, equals, value = part.partition("=")
            plain = unquote_plus(value)
            if value and self._redactor.is_secret_parameter(unquote_plus(name)):
                value = self._replace("secret", plain)
            elif value:
                # What was encoded twice by mistake is no less readable.
                plain = unquote_plus(plain) if "%" in plain else plain
                shown = self.json_text(plain) if plain[:1] in ("{", "[") else self.text(plain)
                value = value if shown == plain else quote(shown, safe="<># /:,{}\"'[]$", errors="replace")
            parts.append(self.text(name) + equals + value)
        return "&".join(parts)

    def json_text(self, text: str) -> str:
        """A JSON text without its secrets; what is no JSON is searched as text."""
        try:
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            return self.text(text)
        cleaned = self.value(value)
        # Of a repeated key only the last value was parsed: what stands in the text itself is searched too.
        return compact(cleaned) if cleaned != value else self.text(text)

    def value(self, value: Any, depth: int = 0) -> Any:
        """A JSON value without its secrets, at any depth."""
        if self._redactor.keep:
            return value
        if depth > DEEPEST:
            return "<nested too deeply>"
        if isinstance(value, dict):
            return {self.text(str(key)): self._member(str(key), item, depth) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, depth + 1) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def _member(self, key: str, item: Any, depth: int) -> Any:
        if not self._redactor.is_secret_name(key) or item is None or isinstance(item, bool):
            return self.value(item, depth + 1)
        return self._replace("secret", compact(item)) if item not in ("", {}, []) else item


def _last_part(name: str) -> str:
    """`authtoken` of `_kmd.authtoken`, `authData` of `authData.*`: what the key itself is called."""
    return [part for part in name.split(".") if part not in ("", "*")][-1]


def _collect(body: Any, redactor: Redactor, found: set[str], depth: int) -> None:
    """The texts under secret names in a JSON value."""
    if depth > DEEPEST or len(found) > 4 * _MOST_ECHOES:
        return
    if isinstance(body, dict):
        for key, item in body.items():
            if redactor.is_secret_name(str(key)):
                _texts(item, found, depth)
            else:
                _collect(item, redactor, found, depth + 1)
    elif isinstance(body, list):
        for item in body[:100]:
            _collect(item, redactor, found, depth + 1)


def _texts(value: Any, found: set[str], depth: int) -> None:
    if isinstance(value, str):
        found.add(value)
    elif isinstance(value, (dict, list)) and depth < DEEPEST:
        for item in value.values() if isinstance(value, dict) else value:
            _texts(item, found, depth + 1)


def _jwt_facts(value: str) -> str:
    """Of a token only its algorithm and its end may be said."""
    facts = []
    for part, name in zip(value.split(".")[:2], ("alg", "exp"), strict=False):
        try:
            claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
            fact = claims.get(name)
        except (ValueError, AttributeError, RecursionError):
            continue
        if (name == "alg" and isinstance(fact, str) and re.fullmatch(r"[A-Za-z0-9]{1,10}", fact)) or (name == "exp" and type(fact) is int):
            facts.append(f"{name} {fact}")
    return " ".join(facts)


def _basic_user(value: str) -> str:
    try:
        user, colon, _ = base64.b64decode(value.strip() + "=" * (-len(value.strip()) % 4)).decode("utf-8").partition(":")
    except ValueError:
        return ""
    return user if colon else ""


def _luhn(text: str) -> bool:
    digits = [int(character) for character in text if character.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 3:
        return False
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
