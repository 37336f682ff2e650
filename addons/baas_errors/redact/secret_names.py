"""Names that make a value secret: those of the catalogs, those that hold for every backend, and those that tell by a word in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..catalog import Backend
from ..exchange.clearing_cache import ClearingCache

# Secret for every backend, whatever its catalog says. Names are compared without case, `-` and `_`.
_NAMES = (
    "password", "passwd", "pwd", "pw", "pass", "passphrase", "passcode", "secret", "client_secret", "access_token", "refresh_token", "id_token",
    "session_token", "auth_token", "api_key", "apikey", "private_key", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token",
    "X-Goog-Signature", "X-Goog-Credential", "Signature", "GoogleAccessId", "AWSAccessKeyId", "sig", "e-mail", "email", "username", "user_name",
    "otp", "totp", "pin", "credit_card", "card_number", "cvv", "cvc", "jwt", "sid", "session_id", "authorization", "cookie", "cookies", "set-cookie",
    "cvv2", "cvn", "ssn", "social_security_number", "iban", "mfa_code", "verification_code", "recovery_code", "recovery_codes", "backup_codes",
    "assertion", "client_assertion", "saml_request", "saml_response", "oauth_signature", "oauth_verifier", "code_verifier", "hdnts", "hdnea",
)  # fmt: skip
# Secret in a query. In a body they name a field as well: there the value has to look like a credential.
_WEAK = ("key", "auth", "session", "credential", "credentials", "login", "bearer")
# Whatever has one of these in its name is secret too, but for what is said about a token or password.
_TELLING = re.compile(
    "passw|passphrase|secret|token|apikey|accesskey|masterkey|privatekey|authkey|sessionkey|encryptionkey|signingkey|accountkey|sharedkey|sharedaccess"
    "|sessionid|sessid|csrf|xsrf|otpauth|connectionstring"
)
_TELLING_HEADER = re.compile("session|auth(?!or(?!iz))|credential|cookie|signature|appcheck|jwt|key$")
_ABOUT = re.compile(
    "(?:type|policy|count|limit|length|expiry|expires|expires(?:at|in|on)|expiration|key(?:id|prefix|name))$|^(?:max|min|has|is)?tokens$"
)
_ABOUT_HEADER = re.compile("^(?:accesscontrol|wwwauth|proxyauthenticate|secfetch|secwebsocket|authenticationinfo)")
_NO_KEY = re.compile("(?:idempotency|cache|surrogate|sort|partition|routing)key$")
_WORDS = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_NESTED = re.compile(r"[\[\].]+")
# In prose these are words like any other.
_NO_PROSE_NAMES = frozenset(("cookies", "pass", "login"))
# What is wrong with a field, in a list under its name: `{"password": ["is too short"]}`. Words alone, and numbers of one digit or two.
_COMPLAINT = re.compile(
    r"(?:(?:is|must|may|can(?:'t|not)|should|has|does|was) |(?:this|the|your) (?:field|value|password|e-?mail|username|user name|token) "
    r"(?:is|was|has|must|may|can(?:'t|not)|should|does) )(?:[a-z]{1,15}|[0-9]{1,2})(?:,? (?:[a-z]{1,15}|[0-9]{1,2})){0,12}[.!]?",
    re.I | re.A,
)
_FAULT = re.compile(
    "(?:not |too |already |no longer )?(?:expired|missing|wrong|(?:in)?valid|required|empty|(?:in)?correct|short|long|weak|found|(?:un)?known|revoked"
    "|used|taken|denied|rejected|failed|blocked|locked|allowed|set|sent|given|(?:un)?verified|malformed|exists?|match(?:ing)?|mismatch|bad)[.!]?",
    re.I,
)
# The shortest secret that is a number is the three digits on a card.
_LEAST_SECRET = 100
# Schemes of Authorization, beside those of the catalogs. Any other first word may be a part of the secret.
_SCHEMES = frozenset((
    "basic", "bearer", "digest", "negotiate", "ntlm", "hawk", "oauth", "token", "apikey", "api-key", "key", "jwt", "aws4-hmac-sha256", "hoba",
    "mutual", "vapid", "dpop", "mac", "sharedkey", "sharedkeylite", "sharedaccesssignature", "googlelogin",
))  # fmt: skip
_MOST_KNOWN = 4096
# What is remembered is written like a name, and not like a key that happens to stand where names do.
_LONGEST_KNOWN = 40
_LIKE_A_NAME = re.compile(r"(?:[-_.:$\[\]]*+[A-Z]{0,12}[a-z]{0,16}(?:[A-Z][a-z]{1,16}){0,4}[A-Z]{0,4}[0-9]{0,3}(?![A-Za-z0-9]))*+")


class _Known(ClearingCache[str, bool]):
    """Cache of the answers to one question about names; a text that may be a key instead of a name is not kept.

    Without it an error takes a fifth longer, and a JSON body of 64 KB takes 32 ms instead of 17 ms.
    """

    __slots__ = ("_ask",)

    def __init__(self, ask: Callable[[str], bool]) -> None:
        super().__init__(_MOST_KNOWN)
        self._ask = ask

    def __missing__(self, name: str) -> bool:
        answer = self._ask(name)
        if len(name) <= _LONGEST_KNOWN and _LIKE_A_NAME.fullmatch(name):
            self[name] = answer
        return answer


class Names:
    """Which names make a value secret: in headers, bodies, queries and running text. Each is asked like a table, `names.body["token"]`."""

    def __init__(self, backends: Iterable[Backend]) -> None:
        backends = tuple(backends)
        headers = [name for b in backends for name in b.secrets.headers]
        body = [_last_part(name) for b in backends for name in b.secrets.body]
        query = [_last_part(name) for b in backends for name in b.secrets.query]
        self._headers = frozenset(map(folded, headers))
        # A header's name may be a key of a body, where headers are told of; `location` is then a place like any other.
        with_dash = [name for name in headers if "-" in name]
        self._names = frozenset(map(folded, (*_NAMES, *body, *with_dash)))
        # A name such as `code` is a secret in a query (OAuth), and the error itself in a body.
        self._parameters = self._names | frozenset(map(folded, (*_WEAK, *query)))
        self._in_text = self._names - _NO_PROSE_NAMES
        self._weak = frozenset(_WEAK) - frozenset(map(folded, body))
        self.vendor_schemes = tuple(sorted({name.lower() for b in backends for name in b.secrets.schemes}, key=len, reverse=True))
        self.schemes = _SCHEMES.union(self.vendor_schemes)
        self.key_prefixes = tuple({prefix: None for b in backends for prefix in b.secrets.key_prefixes})
        apps = "|".join(re.escape(prefix) for b in backends for prefix in b.secrets.app_prefixes)
        self._app = re.compile(rf"(?:{apps or '(?!)'})[A-Za-z0-9_-]{{1,30}}")
        self.header = _Known(self._is_header)
        self.body = _Known(lambda name: self._is(name, self._names))
        self.parameter = _Known(lambda name: self._is(name, self._parameters))
        self.text = _Known(self._is_text)
        self.weak = _Known(lambda name: folded(name) in self._weak)

    def is_app(self, user: str) -> bool:
        """Whether the user part of credentials is an app's id, an identifier; a person's name is not."""
        return self._app.fullmatch(user) is not None

    def _is_header(self, name: str) -> bool:
        plain = folded(name)
        if plain in self._headers or plain in self._names or plain.removeprefix("x") in self._names:
            return True
        if _ABOUT_HEADER.search(plain) or _ABOUT.search(plain):
            return False
        return _is_telling(plain) or (_TELLING_HEADER.search(plain) is not None and not _NO_KEY.search(plain))

    @staticmethod
    def _is(name: str, names: frozenset[str]) -> bool:
        plain = folded(name)
        if plain in names or _is_telling(plain):
            return True
        words = _WORDS.findall(name[:100])
        if len(words) > 1 and any("".join(words[at:]).lower() in names for at in range(1, len(words))):
            return True
        # `user[password]`, `_kmd.authtoken`: each part is a name.
        if "[" in name or "." in name:
            return any(folded(part) in names for part in _NESTED.split(name[:400]))
        return False

    def _is_text(self, name: str) -> bool:
        """In running text a name may have another before it: `my_pin`, `--password`."""
        if _is_telling(folded(name)):
            return True
        parts = re.split("[-_]+", name)
        # `pass` is a word, but `DB_PASS` is none.
        return any("".join(parts[at:]).lower() in (self._names if at else self._in_text) for at in range(len(parts)))


def folded(name: str) -> str:
    """A name as it is compared: without case, `-` and `_`."""
    return name.lower().replace("-", "").replace("_", "")


def _last_part(name: str) -> str:
    """`authtoken` of `_kmd.authtoken`, `authData` of `authData.*`: what the key itself is called."""
    return [part for part in name.split(".") if part not in ("", "*")][-1]


def _is_telling(plain: str) -> bool:
    return _TELLING.search(plain) is not None and not _ABOUT.search(plain)


def is_complaint(value: object) -> bool:
    """Whether a value says what is wrong with the field that it stands under: in sentences, in one of the words for it, or as a small number."""
    if isinstance(value, str):
        return _FAULT.fullmatch(value) is not None
    if isinstance(value, list):
        return bool(value) and all(isinstance(said, str) and _COMPLAINT.fullmatch(said) for said in value)
    return type(value) is int and abs(value) < _LEAST_SECRET


def is_credential(value: str) -> bool:
    """Whether a value looks like a key or token: long, in one piece, letters and digits mixed."""
    return len(value) >= 16 and value.split() == [value] and any(map(str.isdigit, value)) and any(map(str.isalpha, value))
