"""Secrets that show themselves by their form, wherever they stand: tokens, keys, cards, addresses.

A form is looked for only where a few characters that it cannot do without are in the text: most texts have none of them.
"""

from __future__ import annotations

import re

from ..exchange.auth_header import jwt
from . import paths
from .placeholders import Replace
from .secret_names import Names

# No form but an address is shorter than this.
_SHORTEST = 12
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{1,40}-----(?:[^-]++|-(?!----))*+(?:-----END [A-Z0-9 ]{1,40}-----)?", re.I)
_JWT = re.compile(r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{5,}+\.[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]*+){0,3}")
# `logo@2x.png` is a picture for a fine screen.
_NO_PICTURE = r"(?!\d(?:\.\d)?x\.(?:png|jpe?g|gif|webp|svg|avif|heic|pdf)(?![A-Za-z0-9]))"
_USERINFO = re.compile(rf"(?<=://)[^\s/?#\\\"'<>]{{1,2000}}(?=@{_NO_PICTURE})", re.I)
# Of a text that was cut the last token may be a part of one.
_SESSION = re.compile(r"(?<![A-Za-z0-9])[rR]:(?:[0-9A-Fa-f]{32}(?![0-9A-Za-z])|[0-9A-Fa-f]{6,31}(?=\u2026|\Z))")
# The keys of others, which apps send by mistake or hand on: GitHub, GitLab, npm, Stripe, Slack, Google, SendGrid, AWS.
_VENDOR = re.compile(
    r"""(?<![A-Za-z0-9])(?:(?:gh[oprsu]_|npm_)[A-Za-z0-9]{20,}+|github_pat_\w{20,}+|glpat-[\w-]{16,}+|[psr]k_(?:live|test)_[A-Za-z0-9]{16,}+|whsec_[A-Za-z0-9+/]{16,}+={0,2}
      |xox[a-z]-(?=[A-Za-z-]{0,40}+[0-9])[A-Za-z0-9-]{10,}+|AIza[\w-]{30,}+|SG\.(?=[A-Za-z_.-]{0,90}+[0-9])[\w-]{16,}+\.[\w-]{16,}+|A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9]))""",
    re.X | re.A,
)
_VENDOR_HEAD = re.compile(r"github_pat_|[a-z]{2,5}[_-]|AIza|SG\.|A[KS]IA")
# The words that a scheme is known by in a text, beside those of the catalogs.
_SCHEMES = ("basic", "bearer", "digest", "negotiate", "ntlm", "hawk", "oauth", "aws4-hmac-sha256")
_CREDENTIALS = r"""\s+
      (?:(?P<fields>[A-Za-z][A-Za-z_-]{0,30}=(?:"[^"\n]{0,2000}"|[^\s,"]{1,2000})(?:\s*,\s*[A-Za-z][A-Za-z_-]{0,30}=(?:"[^"\n]{0,2000}"|[^\s,"]{1,2000})){1,20}
        |[A-Za-z][A-Za-z_-]{0,30}="[^"\n]{0,2000}")
      |(?P<credentials>(?!auth|sess|server|error|user|back|api|sdk|app|req|undefined\b)
        # Nor is a plain word the credentials that it follows on: "Basic credentials", "Bearer refuses.", "Bearer BusinessLogic".
        # With a small letter before the first hump it is one only where it says what should stand there: "Bearer accessToken".
        (?!(?-i:(?:[a-z]{2,20}|[A-Z][a-z]{2,20}(?:[A-Z][a-z]{2,20}){0,3}|[a-z]{2,20}(?:[A-Z][a-z]{2,20}){0,2}(?:Token|Key|Secret|Credentials))
          [.,;:]?(?:\s|\Z)))[A-Za-z0-9+/=._~:-]{8,}+))"""
_FIELD = re.compile(r"([A-Za-z][A-Za-z_-]{0,30})=(?:\"[^\"\n]{0,2000}\"|[^\s,\"]{1,2000})")
_OF_CHALLENGES = frozenset(("realm", "error", "error_description", "error_uri", "scope", "charset", "algorithm", "qop", "stale", "title", "type"))
# One beginning for each run of characters, so that a long one is read once; an "@" in percent-encoding ends a run like a raw one.
_EMAIL = re.compile(
    r"(?:(?<![A-Za-z0-9._%+-])|(?<=%40))(?:[A-Za-z0-9._+-]++|%(?!40))++(?:@|%40)"
    rf"{_NO_PICTURE}[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}})*\.[A-Za-z]{{2,24}}",
    re.I,
)
_CARD = re.compile(r"[0-9](?<![0-9.-][0-9])(?:[ -]?[0-9]){12,18}+(?!\.?[0-9])")
_HEX_BEFORE, _HEX_AFTER, _HEX = re.compile(r"[A-Za-z0-9]+\Z"), re.compile("[A-Za-z0-9]{1,64}"), re.compile("[0-9a-f]+|[0-9A-F]+")
# By the number of digits, what the networks' numbers begin with: a time in milliseconds is as long as a card.
_CARD_HEAD = {13: "4", 14: "3[0689]", 15: "3[47]|2131|1800", 16: "4|5[0-8]|2[2-7]|6|35", 17: "[56]", 18: "[56]", 19: "[456]"}
# Two dashes are no beginning of a key, and few keys are in pieces so short as these words.
_WORDS = re.compile(r"[ ,;.!?()/_-]{0,2}+(?:[A-Za-z0-9]{1,15}+(?:[ ,;.!?()/_-]{1,2}+|\Z))++")


class Forms:
    """The forms of secrets: those that all the world knows, and the schemes and beginnings of keys that the catalogs name."""

    def __init__(self, names: Names) -> None:
        self._schemes = tuple(dict.fromkeys((*_SCHEMES, *names.vendor_schemes)))
        self._scheme = re.compile(rf"\b(?P<scheme>{'|'.join(map(re.escape, self._schemes))}){_CREDENTIALS}", re.X | re.I)
        self._prefixes = names.key_prefixes
        prefixes = "|".join(map(re.escape, self._prefixes))
        self._key = re.compile(rf"(?<![A-Za-z0-9])(?P<prefix>(?i:{prefixes}))(?P<key>(?:(?:live|test)_)?[A-Za-z0-9]{{16,}}+)")

    def without_forms(self, text: str, replace: Replace) -> str:
        """A text with what `replace(kind, value)` gives in the place of every secret that has a form."""
        at = "@" in text or "%40" in text
        if len(text) < _SHORTEST and not at:
            return text
        low = text.lower()
        if "-----" in text:
            text = _PEM.sub(lambda match: replace("pem", match[0]), text)
        if "eyJ" in text:
            text = _JWT.sub(lambda match: replace("jwt", match[0]), text)
        if "://" in text and "@" in text:
            text = _USERINFO.sub(lambda match: replace("userinfo", match[0]), text)
        if "r:" in text or "R:" in text:
            text = _SESSION.sub(lambda match: replace("session token", match[0]), text)
        if _any_of(self._prefixes, low):
            text = self._key.sub(lambda match: f"{match['prefix']}{replace('key', match['key'])}", text)
        if _may_hold_key(text):
            text = _VENDOR.sub(lambda match: _without_key(match[0], replace), text)
        if (" " in text or "\t" in text or "\n" in text) and _any_of(self._schemes, low):
            text = self._scheme.sub(lambda match: _without_credentials(match, replace), text)
        if at:
            text = _EMAIL.sub(lambda match: replace("email", match[0]), text)
        return _CARD.sub(lambda match: replace("card", match[0]) if is_card(match[0]) and not _in_hex(match) else match[0], text)

    def plain_words(self, text: str) -> str:
        """A text in small letters, if it consists of short words and numbers, as most of what servers say, and most paths.

        There is no form and no name with a value in it. "" for any other text.
        """
        if _WORDS.fullmatch(text) is None:
            return ""
        low = text.lower()
        if "eyj" in low or _any_of(self._schemes, low) or _may_hold_key(text) or _CARD.search(text) or ("/" in low and paths.may_hold_secrets(low)):
            return ""
        return low


def _any_of(words: tuple[str, ...], low: str) -> bool:
    # One look for each is faster than one pattern for all.
    for word in words:  # noqa: SIM110
        if word in low:
            return True
    return False


def _without_credentials(match: re.Match[str], replace: Replace) -> str:
    fields = match["fields"]
    if fields and set(map(str.lower, _FIELD.findall(fields))) <= _OF_CHALLENGES:
        # `WWW-Authenticate` says what is wrong, and holds no credentials.
        return match[0]
    return f"{match['scheme']} {replace('credentials', match['credentials'] or fields)}"


def _may_hold_key(text: str) -> bool:
    # As below, one look for each: a pattern takes ten times as long to say that there is none.
    return (
        "AKIA" in text or "ASIA" in text or "AIza" in text or "SG." in text or "xox" in text or "glpat-" in text
        or ("_" in text and ("gh" in text or "npm_" in text or "github_" in text or "whsec_" in text or "_live_" in text or "_test_" in text))
    )  # fmt: skip


def _without_key(key: str, replace: Replace) -> str:
    """A key of which the beginning that says whose it is stays."""
    head = _VENDOR_HEAD.match(key)
    kept = head[0] if head else ""
    return f"{kept}{replace('key', key[len(kept) :])}"


def _in_hex(match: re.Match[str]) -> bool:
    """Whether digits are a part of a longer hexadecimal number."""
    before = _HEX_BEFORE.search(match.string, max(0, match.start() - 64), match.start())
    after = _HEX_AFTER.match(match.string, match.end())
    letters = (before[0] if before else "") + (after[0] if after else "")
    return bool(letters) and _HEX.fullmatch(letters) is not None


def is_card(text: str) -> bool:
    """Whether digits, with or without spaces and dashes, are the number of a payment card."""
    digits = [int(character) for character in text if character in "0123456789"]
    head = _CARD_HEAD.get(len(digits))
    if head is None or len(set(digits)) < 2 or not re.match(head, "".join(map(str, digits[:4]))):
        return False
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def jwt_facts(value: str) -> str:
    """Of a token only its algorithm and its end may be said: `HS256`'s name and seconds since the epoch, as `alg HS256 exp 1700000000`."""
    token = jwt(value)
    algorithm, expires = token.header.get("alg"), token.claims.get("exp")
    facts = [f"alg {algorithm}"] if isinstance(algorithm, str) and re.fullmatch(r"[A-Za-z0-9]{1,10}", algorithm) else []
    return " ".join([*facts, f"exp {expires}"] if type(expires) is int and 0 <= expires < 10**12 else facts)
