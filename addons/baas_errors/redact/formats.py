"""Secrets that show themselves by their form, wherever they stand: tokens, keys, cards, addresses.

A form is looked for only where a few characters that it cannot do without are in the text: most texts have none of them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ..catalog.secret_rules import shared_rules
from ..exchange.auth_header import jwt
from ..exchange.clearing_cache import ClearingCache
from . import paths
from .comparable import any_of
from .placeholders import Replace
from .randomness import is_hexadecimal, strangeness
from .secret_names import Names

# No form but an address is shorter than this.
_SHORTEST = 9
# One of these is in every number of a person or device.
DIGITS = re.compile(r"[0-9]{4}|[0-9]{3}\.[0-9]{3}|[A-Z][0-9]{2}[A-Z]|(?:[0-9A-Fa-f]{2}:){3}")
# So many texts in which no form was found are remembered, if they are not longer: servers, clients and our own advice repeat themselves.
_MOST_WITHOUT, _LONGEST_WITHOUT = 4096, 500
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{1,40}-----(?:[^-]++|-(?!----))*+(?:-----END [A-Z0-9 ]{1,40}-----)?", re.I)
_JWT = re.compile(r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{5,}+\.[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]*+){0,3}")
# `logo@2x.png` is a picture for a fine screen.
_NO_PICTURE = r"(?!\d(?:\.\d)?x\.(?:png|jpe?g|gif|webp|svg|avif|heic|pdf)(?![A-Za-z0-9]))"
_USERINFO = re.compile(rf"(?<=://)[^\s/?#\\\"'<>]{{1,2000}}(?=@{_NO_PICTURE})", re.I)
# Of a text that was cut the last token may be a part of one.
_SESSION = re.compile(r"(?<![A-Za-z0-9])[rR]:(?:[0-9A-Fa-f]{32}(?![0-9A-Za-z])|[0-9A-Fa-f]{6,31}(?=\u2026|\Z))")
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
# One beginning for each run of characters, so that a long one is read once; an "@" in percent-encoding ends a run like a raw one. A local part may
# have quotes around it, a domain may be an address in brackets, and both may have letters of any language (RFC 5321, RFC 6531).
_EMAIL = re.compile(
    r"(?:(?<![\w.%+-])|(?<=%40))(?:\\{0,3}\"[^\"\\\n]{1,64}\\{0,3}\"|(?:[\w.+!#$*^~-]++|(?<=\w)'(?=\w)|%(?!40))++)(?:@|%40|=40|\uff20|\s@\s|\s?[(\[{]\s?(?:at|@)\s?[)\]}]\s?)"
    rf"{_NO_PICTURE}(?:[\w-]{{1,63}}(?:\.[\w-]{{1,63}})*\.(?:[^\W\d_]{{2,24}}|xn--[a-z0-9-]{{2,40}})|localhost\b|\[(?:IPv6:)?[0-9a-f:.]{{2,45}}\])",
    re.I,
)
_AT = re.compile(r"[(\[{]\s?at\s?[)\]}]", re.I)
# In one piece, or with spaces and dashes; or with any sign between groups, and digits behind them that are no part of it.
_BETWEEN_GROUPS = r"[^\w\s,;:|]|[ \u00a0\u2000-\u200b\u202f]{1,2}"
_CARD = re.compile(
    rf"(?<![\d.])\d{{4}}(?P<s>{_BETWEEN_GROUPS})(?:\d{{4}}(?P=s)\d{{4}}(?P=s)\d{{4}}(?:(?P=s)\d{{3}})?|\d{{6}}(?P=s)\d{{5}})(?!\d)"
    r"|\d(?<![\d.-]\d)(?:[ -]?\d){12,18}+(?!\.?\d)"
)
_IBAN = re.compile(
    rf"(?<![A-Za-z0-9])[A-Z]{{2}}[0-9]{{2}}(?:(?:{_BETWEEN_GROUPS})?[A-Z0-9]{{4}}){{2,7}}(?:(?:{_BETWEEN_GROUPS})?[A-Z0-9]{{1,3}})?(?![A-Za-z0-9])",
    re.I,
)
# Letters and digits by the country (SWIFT's registry).
_IBAN_SIZES = {
    country: int(size)
    for country, size in re.findall(
        "([A-Z]{2})([0-9]{2})",
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23GL18GR27GT28HR21HU28IE22IL23IQ23IS26"
        "IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SE24SI19SK24SM27ST25SV28TL23"
        "TN24TR26UA29VA22VG24XK20",
    )
}
_HEX_BEFORE, _HEX_AFTER, _HEX = re.compile(r"[A-Za-z0-9]+\Z"), re.compile("[A-Za-z0-9]{1,64}"), re.compile("[0-9a-f]+|[0-9A-F]+")
# By the number of digits, what the networks' numbers begin with, and those of devices (IMEI, 15): a time in milliseconds is as long as a card.
_CARD_HEAD = {13: "4", 14: "3[0689]", 15: "3[475]|2131|1800|86|01", 16: "4|5[0-8]|2[2-7]|6|35", 17: "[56]", 18: "[56]", 19: "[456]"}
# Two dashes are no beginning of a key, and few keys are in pieces so short as these words.
_WORDS = re.compile(r"[ ,;.!?()/_-]{0,2}+(?:[A-Za-z0-9]{1,15}+(?:[ ,;.!?()/_-]{1,2}+|\Z))++")

# No key is shorter, nor random text; and most have a digit.
_TOKEN, _DIGIT, _ANY_DIGIT = re.compile(r"[A-Za-z0-9_.~=$-]{12,}|[A-Za-z0-9_.~=$+/-]{30,}"), re.compile("[0-9]"), re.compile(r"\d")
# What follows on the beginning of a service's keys, if no form says more.
_REST = r"[A-Za-z0-9_+/~%-]{8,400}+(?:[.=][A-Za-z0-9_+/~-]{1,400}+){0,6}={0,3}"
# Of texts as short as keys may be, fewer characters break the habits of words by chance.
_LEAST_STRANGE, _LEAST_LONG = 0.25, 6
_SEGMENTS = re.compile("[^A-Za-z0-9]+")
# With what a text has where the pattern may find something.
_Patterns = tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]


class Forms:
    """The forms of secrets: those known everywhere, those of `secrets.toml`, and the schemes and key prefixes of the catalogs."""

    def __init__(self, names: Names) -> None:
        self._schemes, self._spoken = names.spoken_schemes, names.is_spoken_of
        self._scheme = re.compile(rf"\b(?P<scheme>{'|'.join(map(re.escape, self._schemes))}){_CREDENTIALS}", re.X | re.I)
        self._prefixes = names.key_prefixes
        prefixes = "|".join(map(re.escape, self._prefixes))
        self._key = re.compile(rf"(?<![A-Za-z0-9])(?P<prefix>(?i:{prefixes}))(?P<key>(?:(?:live|test)_)?[A-Za-z0-9]{{16,}}+)")
        random = tuple(sorted({start for form in names.secret_forms if not form.then for start in form.starts}, key=lambda text: (-len(text), text)))
        sure = [rf"(?P<sure{number}>{_any(form.starts)})(?:{form.then.text})" for number, form in enumerate(names.secret_forms) if form.then]
        # Each beginning is tried once, in the order of the alphabet: there are hundreds, and few texts have one.
        self._service = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join((*sure, rf'(?P<start>{_any(random)})(?P<rest>{_REST})'))})", re.A)
        self._start = re.compile(
            rf"(?<![A-Za-z0-9])(?:{_any((*random, *(start for form in names.secret_forms if form.then for start in form.starts)))})"
        )
        # Forms of users may be shorter than any of ours.
        own = [form for form in names.secret_forms if form not in shared_rules().forms]
        self._own = tuple(text for form in own for text in (*form.starts, *form.holds))
        self._without: ClearingCache[str, None] = ClearingCache(_MOST_WITHOUT)
        patterns = [(form.personal, (form.holds, re.compile(form.pattern.text))) for form in names.secret_forms if form.pattern]
        self._patterns = tuple(pattern for personal, pattern in patterns if not personal)
        self._personal = tuple(pattern for personal, pattern in patterns if personal)

    def without_forms(self, text: str, replace: Replace) -> str:
        """A text with what `replace(kind, value)` gives in the place of every secret that has a form."""
        at = "@" in text or "40" in text or "\uff20" in text or _AT.search(text) is not None
        if (len(text) < _SHORTEST and not at) or text in self._without:
            return text
        found = []

        def noted(kind: str, value: str) -> str:
            found.append(kind)  # whoever only collects values gives them back as they are
            return replace(kind, value)

        shown = self._searched(text, at, noted)
        if not found and len(text) <= _LONGEST_WITHOUT:
            self._without[text] = None
        return shown

    def _searched(self, text: str, at: bool, replace: Replace) -> str:
        low = text.lower()
        if "-----" in text:
            text = _PEM.sub(lambda match: replace("pem", match[0]), text)
        if "eyJ" in text:
            text = _JWT.sub(lambda match: replace("jwt", match[0]), text)
        if "://" in text and "@" in text:
            text = _USERINFO.sub(lambda match: replace("userinfo", match[0]), text)
        if "r:" in text or "R:" in text:
            text = _SESSION.sub(lambda match: replace("session token", match[0]), text)
        if any_of(self._prefixes, low):
            text = self._key.sub(lambda match: f"{match['prefix']}{replace('key', match['key'])}", text)
        if _TOKEN.search(text) is not None or (self._own and any_of(self._own, text)):
            text = self._without_keys(text, replace)
        if (" " in text or "\t" in text or "\n" in text) and any_of(self._schemes, low):
            text = self._scheme.sub(lambda match: _without_credentials(match, replace), text)
        if at:
            text = _EMAIL.sub(lambda match: replace("email", match[0]), text)
        if _ANY_DIGIT.search(text) is None:
            return text
        text = _CARD.sub(lambda match: replace("card", match[0]) if is_card(match[0]) and not _in_hex(match) else match[0], text)
        text = _IBAN.sub(lambda match: replace("iban", match[0]) if is_iban(match[0]) else match[0], text)
        return _without_patterns(text, self._personal, "secret", replace) if DIGITS.search(text) is not None else text

    def _without_keys(self, text: str, replace: Replace) -> str:
        """A text without the keys of services."""
        text = _without_patterns(text, self._patterns, "key", replace)
        return self._service.sub(lambda match: _without_key(match, replace), text) if self._start.search(text) is not None else text

    def plain_words(self, text: str) -> str:
        """A text in small letters, if it consists of short words and numbers, as most of what servers say, and most paths.

        There is no form and no name with a value in it. "" for any other text.
        """
        if _WORDS.fullmatch(text) is None:
            return ""
        low = text.lower()
        if (
            DIGITS.search(text) is not None
            or "(at)" in low
            or (_DIGIT.search(low) is not None and self._spoken(low))
            or "eyj" in low
            or any_of(self._schemes, low)
            or _CARD.search(text)
            or _IBAN.search(text)
            or ("/" in low and paths.may_hold_secrets(low))
        ):
            return ""
        if self._own and any_of(self._own, text):
            return ""
        return "" if _TOKEN.search(text) is not None and _DIGIT.search(text) is not None else low


def _without_patterns(text: str, patterns: _Patterns, kind: str, replace: Replace) -> str:
    """A text without what any of some patterns finds; what the first group holds stays."""
    for holds, pattern in patterns:
        if any_of(holds, text):
            text = pattern.sub(lambda match: f"{match[1]}{replace(kind, match[0][len(match[1]) :])}" if match[0] != match[1] else match[0], text)
    return text


def _without_credentials(match: re.Match[str], replace: Replace) -> str:
    fields = match["fields"]
    if fields and set(map(str.lower, _FIELD.findall(fields))) <= _OF_CHALLENGES:
        # `WWW-Authenticate` says what is wrong, and holds no credentials.
        return match[0]
    return f"{match['scheme']} {replace('credentials', match['credentials'] or fields)}"


# The beginnings are the same for each set of catalogs, but for a few.
@lru_cache(256)
def _any(words: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, words)) or "(?!)"


def _without_key(match: re.Match[str], replace: Replace) -> str:
    """A key of which the beginning that says whose it is stays; what only begins like one, and goes on in words, stays whole."""
    text = match[0]
    rest = match["rest"]
    if rest is not None:
        longest = max(_SEGMENTS.split(rest), key=len)
        strange = strangeness(rest) >= 2 * _LEAST_STRANGE or (len(longest) >= _LEAST_LONG and strangeness(longest) >= _LEAST_STRANGE)
        if not strange and not is_hexadecimal(longest):
            return text
    head = match["start"] or next(group for group in match.groups() if group)
    return f"{head}{replace('key', text[len(head) :])}"


def _in_hex(match: re.Match[str]) -> bool:
    """Whether digits are a part of a longer hexadecimal number."""
    before = _HEX_BEFORE.search(match.string, max(0, match.start() - 64), match.start())
    after = _HEX_AFTER.match(match.string, match.end())
    letters = (before[0] if before else "") + (after[0] if after else "")
    return bool(letters) and _HEX.fullmatch(letters) is not None


def is_card(text: str) -> bool:
    """Whether digits, with or without spaces and dashes, are the number of a payment card, or of a device: they are checked alike."""
    digits = [int(character) for character in text if character.isdecimal()]
    head = _CARD_HEAD.get(len(digits))
    if head is None or len(set(digits)) < 2 or not re.match(head, "".join(map(str, digits[:4]))):
        return False
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether letters and digits, with or without spaces, are the number of a bank account: ISO 13616, with its check digits."""
    plain = "".join(filter(str.isalnum, text)).upper()
    return (
        _IBAN_SIZES.get(plain[:2]) == len(plain)
        and plain.isascii()
        and int("".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])) % 97 == 1
    )


def jwt_facts(value: str) -> str:
    """Of a token only its algorithm and its end may be said: `HS256`'s name and seconds since the epoch, as `alg HS256 exp 1700000000`."""
    token = jwt(value)
    algorithm, expires = token.header.get("alg"), token.claims.get("exp")
    facts = [f"alg {algorithm}"] if isinstance(algorithm, str) and re.fullmatch(r"[A-Za-z0-9]{1,10}", algorithm) else []
    return " ".join([*facts, f"exp {expires}"] if type(expires) is int and 0 <= expires < 10**12 else facts)
