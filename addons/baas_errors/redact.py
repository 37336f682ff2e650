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
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from typing import Any
from urllib.parse import quote, unquote_plus

from . import echoes as sent
from .catalog import Backend
from .exchange import Exchange, Request
from .jsontext import DEEPEST, compact
from .marks import is_marked

# Secret for every backend, whatever its catalog says. Names are compared without case, `-` and `_`.
_ALWAYS_HEADERS = ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-amz-security-token")
_ALWAYS_NAMES = (
    "password", "passwd", "pwd", "secret", "client_secret", "access_token", "refresh_token", "id_token", "session_token", "auth_token",
    "api_key", "apikey", "private_key", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "X-Goog-Signature",
    "X-Goog-Credential", "Signature", "GoogleAccessId", "AWSAccessKeyId", "sig", "e-mail", "email", "username", "user_name",
    "otp", "pin", "credit_card", "card_number", "cvv", "jwt", "sid", "session_id",
)  # fmt: skip
# Whatever has one of these in its name is secret too, but for what is said about a token or password.
_TELLING = re.compile("passw|secret|token|apikey|accesskey")
_TELLING_IN_TEXT = re.compile("passw|secret|token|api[-_]?key|access[-_]?key", re.I)
_ABOUT = re.compile("(?:type|policy|count|limit|length|expiry|expires|expires(?:at|in|on)|expiration)$|^(?:max|min|has|is)?tokens$")
# In prose these are words like any other.
_NO_PROSE = frozenset({"state", "url", "emails"})
_SHORTEST_FORM = 12
_MOST_NESTED = 2
# One of these stands between any name and its value: a text without them needs no search. The last three are for a lost colon, and for XML.
_SIGNS = ("=", ":", "%3", '" ', "' ", "</")
_ORIGIN = re.compile(r"([^/]*:/{2}[^/]*)(/?)(.*)", re.S)
# What may follow on `name: ` in a sentence: words, in one piece or several, and no token.
_WORD = re.compile(r"(?:[A-Z]?[a-z]+(?:[A-Z][a-z]{2,})*|[A-Z]+(?:_[A-Z]+)*)?")
_LONGEST_WORD = 16
_QUOTES = "\"'\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_MID = (
    rf"""(?P<mid>\\*[{_QUOTES}]?\s*(?:=|:|%3D)\s*\[?\s*(?:[ub](?=\\*[{_QUOTES}]))?\\*[{_QUOTES}]?|\\*[{_QUOTES}]\s+\\*[{_QUOTES}]|>(?=[^<>]{{1,200}}</))"""
    rf"""(?P<value>(?!<[a-z])[^\s\\&;,<>{{}}\[\]{_QUOTES}]+)"""
)
_TELLING_NAME = re.compile(rf"(?<![A-Za-z0-9])(?P<name>[A-Za-z0-9_-]{{0,24}}?(?:{_TELLING_IN_TEXT.pattern})[A-Za-z0-9_-]{{0,24}}){_MID}", re.I)


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
        self._named = re.compile(rf"(?<![A-Za-z0-9])(?P<name>{_alternatives(in_text)}){_MID}", re.I)
        words = (word for b in backends for route in b.routes for word in re.split(r"[^A-Za-z]+", re.sub(r"\{[^}]*\}", "", route.template)))
        self._path_words = frozenset(word.lower() for word in words if word)

    def pseudonym(self, value: str) -> str:
        """Six hex digits that stand for a value under this key."""
        return hmac.digest(self._key, value.encode("utf-8", "surrogatepass"), "sha256")[:3].hex()

    def mark(self, kind: str, value: str) -> str:
        """What stands in the place of a secret."""
        detail = f" {expiry}" if kind == "jwt" and (expiry := _jwt_facts(value)) else ""
        return f"<{kind} {len(value)} chars{detail} #{self.pseudonym(value)}>"

    def for_request(self, request: Request) -> Redaction:
        """A redaction for what is said about one request: its own secrets are looked for too, since servers repeat what they were sent."""
        return self.for_exchange(Exchange("", request))

    def for_exchange(self, exchange: Exchange) -> Redaction:
        """As `for_request`; of a WebSocket's message, with the secrets in what the client said before."""
        if self.keep:
            return Redaction(self, ())
        return Redaction(self, sent.of_exchange(exchange, self, self._path_words))

    def session(self, echoes: Iterable[str] = ()) -> Redaction:
        """A redaction for one record, which counts; `echoes` are secrets of the request that the answer might repeat."""
        return Redaction(self, echoes)

    def is_secret_header(self, name: str) -> bool:
        """Whether a header's value is secret by its name."""
        folded = _folded(name)
        return folded in self._headers or _is_telling(folded)

    def is_secret_name(self, name: str) -> bool:
        """Whether the value of a body's key is secret by its name."""
        folded = _folded(name)
        return folded in self._names or _is_telling(folded)

    def is_secret_parameter(self, name: str) -> bool:
        """Whether the value of a query parameter is secret by its name."""
        folded = _folded(name)
        return folded in self._parameters or _is_telling(folded)

    def named_in(self, text: str) -> Iterator[str]:
        """The values that stand after secret names in a text."""
        return (match["value"] for match in self.after_names(text) if not _is_prose(match))

    def after_names(self, text: str) -> Iterator[re.Match[str]]:
        """Where secret names are followed by values; most texts are passed by without the search."""
        if any(sign in text for sign in _SIGNS):
            yield from self._named.finditer(text)
            if _TELLING_IN_TEXT.search(text):
                yield from (match for match in _TELLING_NAME.finditer(text) if _is_telling(_folded(match["name"])))

    def without_named(self, text: str, replace: Callable[[re.Match[str]], str]) -> str:
        """A text with what `replace` gives for each secret name and its value."""
        if any(sign in text for sign in _SIGNS):
            text = self._named.sub(replace, text)
            if _TELLING_IN_TEXT.search(text):
                text = _TELLING_NAME.sub(lambda match: replace(match) if _is_telling(_folded(match["name"])) else match[0], text)
        return text


class Redaction:
    """One record's worth of replacements."""

    def __init__(self, redactor: Redactor, echoes: Iterable[str]) -> None:
        self._redactor = redactor
        self._echoes = tuple(filter(None, echoes))
        self._replaced: set[str] = set()
        self._also: frozenset[str] = frozenset()
        self._nested = 0

    @property
    def count(self) -> int:
        """How many different values were replaced."""
        return len(self._replaced)

    def _replace(self, kind: str, value: str) -> str:
        self._replaced.add(value)
        # What comes from a file that was redacted before keeps the pseudonym that it was given.
        return value if is_marked(value) else self._redactor.mark(kind, value)

    def of_sent(self, request: Request) -> Redaction:
        """The same redaction for what the client itself sent, where names are secret that are none in an answer."""
        if not sent.has_one_time_code(request):
            return self
        twin = copy(self)
        twin._also = frozenset({"code"})
        return twin

    def text(self, text: str) -> str:
        """A text without the secrets in it; one that is JSON is read as such."""
        if self._redactor.keep or not text:
            return text
        if self._nested < _MOST_NESTED and text[0] in "{[" and text.rstrip()[-1:] in ("}", "]"):
            return self.json_text(text)
        return self._running(text)

    def _running(self, text: str) -> str:
        return self._redactor.without_named(self.said(text), self._after_name)

    def said(self, text: str) -> str:
        """A text of our own, in which whatever was quoted is redacted already: only what shows itself by its form is replaced.

        `the token: the app lost it` would read as a token and its value in anybody else's text.
        """
        if self._redactor.keep or not text:
            return text
        for echo in self._echoes:
            if echo in text and (pattern := sent.pattern(echo)).search(text):
                mark = self._replace("secret", echo)
                text = pattern.sub(lambda _, mark=mark: mark, text)  # type: ignore[misc]
        return self.shaped(text)

    def shaped(self, text: str) -> str:
        """A name of ours, such as a host: what the request's secrets happen to have in common with it stays, only forms are replaced."""
        # No form but an address is shorter than this.
        if self._redactor.keep or (len(text) < _SHORTEST_FORM and "@" not in text and "%40" not in text):
            return text
        return _FORMS.sub(self._form, text)

    def path(self, path: str) -> str:
        """A path with one mark for every secret, so that it is the same from run to run."""
        if self._redactor.keep:
            return path
        for echo in self._echoes:
            if sent.is_unmistakable(echo) and echo in path:
                self._replaced.add(echo)
                path = path.replace(echo, "{secret}")
        return _FORMS.sub(lambda match: match[0] if self._form(match) == match[0] else "{secret}", path)

    def named(self, name: str, value: str) -> str:
        """A value as it may be shown under a name: replaced whole where the name says that it is secret."""
        if self._redactor.keep or not value:
            return value
        return self._replace("secret", value) if self._is_secret(name) else self.text(value)

    def _is_secret(self, name: str) -> bool:
        return self._redactor.is_secret_name(name) or name.lower() in self._also

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
        if _is_prose(match):
            return match[0]
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
        if scheme.lower() == "basic" and (user := sent.basic(value)[0]):
            shown = self.shaped(user) if sent.is_app(user) else self._replace("user", user)
            return f"{shown}:{self._replace('credentials', value)}"
        return self._replace("jwt" if value.startswith("eyJ") else "credentials", value)

    def url(self, url: str) -> str:
        """A URL without userinfo, and without the values of secret parameters, however encoded."""
        if self._redactor.keep:
            return url
        head, question, query = url.partition("?")
        query, sharp, fragment = query.partition("#")
        origin, slashes, path = _ORIGIN.fullmatch(head).groups() if "://" in head else ("", "", head)  # type: ignore[union-attr]
        head = self.shaped(origin) + slashes + self.text(path)
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
            return self._running(text)
        self._nested += 1
        try:
            cleaned = self.value(value)
        finally:
            self._nested -= 1
        # Of a repeated key only the last value was parsed: what stands in the text itself is searched too.
        return compact(cleaned) if cleaned != value else self._running(text)

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
        if not self._is_secret(key) or item is None or isinstance(item, bool):
            return self.value(item, depth + 1)
        return self._replace("secret", compact(item)) if item not in ("", {}, []) else item


def _last_part(name: str) -> str:
    """`authtoken` of `_kmd.authtoken`, `authData` of `authData.*`: what the key itself is called."""
    return [part for part in name.split(".") if part not in ("", "*")][-1]


def _is_telling(folded: str) -> bool:
    return _TELLING.search(folded) is not None and not _ABOUT.search(folded)


def _is_prose(match: re.Match[str]) -> bool:
    """Whether what follows on a name is the rest of a sentence: `token: expired`. What is quoted, assigned or inside braces is none."""
    name, mid, value = match["name"], match["mid"], match["value"]
    if "=" in mid or "%" in mid or mid.strip() != ":" or name[:2].lower() == "x-":
        return False
    if _folded(name) in _NO_PROSE:
        return True
    near = match.string[max(0, match.start() - 200) : match.start()]
    if mid == ":" or near.rfind("{") > near.rfind("}"):
        return False
    words = value.strip(".,:!?()")
    if not any(character.isalnum() for character in words):
        return True
    parts = re.split(r"[-./]", words) if len(words) < _LONGEST_WORD else [words]
    return all(_WORD.fullmatch(part) for part in parts) and (len(words) < _LONGEST_WORD or words.isupper() or not words.islower())


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


def _luhn(text: str) -> bool:
    digits = [int(character) for character in text if character.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 3:
        return False
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
