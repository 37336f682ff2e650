"""Names that make a value secret: those of the catalogs, those that hold for every backend, and those that tell by a word in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from ..catalog import Backend
from ..catalog.secret_rules import SecretWords, shared_rules
from ..exchange.clearing_cache import ClearingCache
from .comparable import unaccented
from .randomness import is_hexadecimal, strangeness

# No key of anything: what such a name holds is an id, a path or a name.
_NO_KEY = re.compile(
    "(?:idempotency|cache|surrogate|sort|partition|routing|public|primary|foreign|unique|range|hash|index|object|file|s3|storage|translation|group|event|query|route|item|data)key$"
)
_ABOUT_HEADER = re.compile("^(?:accesscontrol|wwwauthenticate|proxyauthenticate|secfetch|secwebsocket|authenticationinfo)")
_WORDS = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_NESTED = re.compile(r"[\[\].]+")
# In prose these are words like any other.
_NO_PROSE_NAMES = frozenset(("cookies", "pass", "login"))
_NO_SENTENCE_NAMES = frozenset(("state", "url", "emails", "cookie", "salt"))
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
# Words, with what stands between them: no secret is written so. Numbers have two digits at most.
_WORDS_ALONE = re.compile(
    r"(?:[^\W\d_][a-z]{0,23}(?:[A-Z][a-z]{2,23}){0,3}|[A-Z]{1,12}|[0-9]{1,2})"
    r"(?:(?:[ /-]|[,.:;!?]? |_)(?:[^\W\d_][a-z]{0,23}|[A-Z]{1,12}|[0-9]{1,2})){0,11}[.!?]?"
)
_LONGEST_PLAIN, _MOST_PLAIN = 120, 50
_LONGEST_NAME = 200
# Names of headers that are short are words of bodies: `From`, `Nonce`.
_SHORT_HEADER = 5
# With a word before them, nobody writes these of anything else: `DB_PASS`.
_SURE_AT_END = frozenset(("pass", "pin"))
_NAME_BEFORE = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,30})(?:\\*[\"']?\s{0,2}[:=]\s{0,2}\\*[\"']?|>)\Z")
_LONGEST_CHANCE = 3
_SPOKEN = re.compile("pass|pwd|key|otp|pin|cv[vc]|code|user|login|tan")
_AUTHOR = re.compile("author(?!iz)")
# Of a value under the name of a key, half as much as of a random text has to break the habits of words.
_LEAST_STRANGE, _LEAST_ODD = 0.35, 0.4
_ONE_PIECE = re.compile("[A-Za-z0-9+=_.~-]{12,}")
_DROPPED = str.maketrans("", "", "-_ '\u2019")
_MOST_KNOWN = 4096
# What is remembered is written like a name, and not like a key that happens to stand where names do.
_LONGEST_KNOWN = 40
_LIKE_A_NAME = re.compile(r"(?:[-_.:$\[\]]*+[A-Z]{0,12}[a-z]{0,16}(?:[A-Z][a-z]{1,16}){0,4}[A-Z]{0,4}[0-9]{0,3}(?![A-Za-z0-9]))*+")


# A path of the server's own, as requests inside a batch name it; a link that lets somebody in has a host, and signs that are no word.
_PATH_OF_WORDS = re.compile(r"(?:/[a-z_-]{1,20}|/v?\d{1,3}){1,12}/?", re.I)


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
    """Which names make a value secret: in headers, bodies, queries and running text. Each is asked like a table, `names.body["token"]`; `hides` asks
    for the value, too."""

    def __init__(self, backends: Iterable[Backend] = ()) -> None:
        backends = tuple(backends)
        rules = dict.fromkeys((shared_rules(), *(more for b in backends for more in b.more_secrets)))
        self.secret_forms = tuple(form for more in rules for form in more.forms)
        headers = [name for b in backends for name in b.secrets.headers]
        body = frozenset(folded(_last_part(name)) for b in backends for name in b.secrets.body)
        query = frozenset(folded(_last_part(name)) for b in backends for name in b.secrets.query)
        words = {field: tuple(word for more in rules for word in getattr(more.words, field)) for field in SecretWords._fields}
        named, doubtful, keys, harmless, also = (_all_folded(words[field]) for field in ("names", "doubtful", "keys", "harmless", "headers"))
        self._harmless = harmless - body - query
        self._headers = frozenset(map(folded, headers)) | also
        # A header's name may be a key of a body, where headers are told of; `location` is then a place like any other.
        with_dash = [name for name in headers if "-" in name]
        self._names = frozenset((*named, *(doubtful - keys), *body, *map(folded, with_dash), *(name for name in also if len(name) > _SHORT_HEADER)))
        self._doubtful, self._sure = doubtful - named, named
        # A name such as `code` is a secret in a query (OAuth), and the error itself in a body.
        self._parameters = self._names | keys | query
        self._weak = keys - body
        self._telling = _one_of(words["parts"])
        self._telling_header = re.compile(f"{_one_of(words['header_parts']).pattern}|key$")
        self._about = re.compile(f"{_one_of(words['about']).pattern}$")
        self._ids = _one_of(words["ids"], end=True)
        self.vendor_schemes = tuple(sorted({name.lower() for b in backends for name in b.secrets.schemes}, key=len, reverse=True))
        self.everyday = frozenset(words["everyday"])
        self.spoken_schemes = tuple(dict.fromkeys((*map(str.lower, words["spoken_schemes"]), *self.vendor_schemes)))
        self.schemes = frozenset((*map(str.lower, words["schemes"]), *self.vendor_schemes))
        self.key_prefixes = tuple({prefix: None for b in backends for prefix in b.secrets.key_prefixes})
        apps = "|".join(re.escape(prefix) for b in backends for prefix in b.secrets.app_prefixes)
        self._app = re.compile(rf"(?:{apps or '(?!)'})[A-Za-z0-9_-]{{1,30}}")
        self.header = _Known(self._is_header)
        self.body = _Known(lambda name: self._is(name, self._names))
        self.parameter = _Known(lambda name: self._is(name, self._parameters))
        # In running text `pass` is a word, but `DB_PASS` is none.
        self.text = _Known(lambda name: folded(name) not in _NO_PROSE_NAMES and self._is(name, self._names))
        # In sentences more of them are.
        self.sentence = _Known(lambda name: name.lower() not in _NO_SENTENCE_NAMES and self.text[name])
        self.weak = _Known(self._is_weak)
        self.of_words = _Known(self._is_of_words)
        self.of_ids = _Known(self._is_of_ids)

    def hides(self, name: str, value: object, *, sent: bool = False, signing_in: bool = False) -> bool:
        """Whether a value is secret under a name: in a query with `sent`, else in a body. `signing_in`: words are passwords as well."""
        if (self.parameter if sent else self.body)[name]:
            if isinstance(value, str) and value[:1] == "/" and folded(name) == "url" and _PATH_OF_WORDS.fullmatch(value):
                return False
            return signing_in or not self.of_words[name] or not is_plain(value)
        if not self.weak[name]:
            return False
        plain = folded(name)
        if isinstance(value, str):
            if plain not in self._doubtful:
                return (is_credential if plain in self._weak else is_key)(value)
            return signing_in or (" " not in value and strangeness(value) >= _LEAST_ODD)
        return plain in self._doubtful and (signing_in or not is_plain(value))

    def is_spoken_of(self, low: str) -> bool:
        """Whether a text in small letters may have the name of a secret in it."""
        return self._telling.search(low) is not None or _SPOKEN.search(low) is not None

    def _is_of_words(self, name: str) -> bool:
        """Whether what stands under a name may be words as well: `state`, `orderState`, `filter[state][eq]`; but not `userPass`."""
        parts = [part for part in _NESTED.split(name[:400]) if part]
        found = [
            part
            for part in parts
            if folded(part) in self._doubtful or _single(folded(part)) in self._doubtful or self._last_words_in(part, self._doubtful - _SURE_AT_END)
        ]
        return bool(found) and not any(folded(part) in self._sure or self._is_telling(folded(part)) for part in parts)

    def is_id_at(self, text: str, start: int) -> bool:
        """Whether what begins there in a text stands after the name of an id: `id: "`, `<HostId>`."""
        name = _NAME_BEFORE.search(text, max(0, start - _LONGEST_KNOWN), start)
        return name is not None and self.of_ids[name[1]]

    def _is_of_ids(self, name: str) -> bool:
        plain = folded(name)
        return (self._ids.search(plain) or self._ids.search(plain.rstrip("0123456789"))) is not None and not self._is_telling(plain)

    def is_app(self, user: str) -> bool:
        """Whether the user part of credentials is an app's id, an identifier; a person's name is not."""
        return self._app.fullmatch(user) is not None

    def _is_header(self, name: str) -> bool:
        plain = folded(name)
        if plain in self._headers or plain in self._names or plain.removeprefix("x") in self._names:
            return True
        if _ABOUT_HEADER.search(plain) or self._about.search(plain) or plain in self._harmless:
            return False
        if self._telling.search(plain) is not None or self._last_words_in(name, self._sure):
            return True
        return self._telling_header.search(plain) is not None and not _NO_KEY.search(plain) and not _AUTHOR.search(plain)

    def _is_telling(self, plain: str) -> bool:
        return self._telling.search(plain) is not None and not self._about.search(plain)

    def _is(self, name: str, names: frozenset[str]) -> bool:
        plain = folded(name)
        if plain in self._harmless:
            return False
        if plain in names or _single(plain) in self._names or self._is_telling(plain) or self._last_words_in(name, names):
            return True
        # `user[password]`, `_kmd.authtoken`: each part is a name.
        if "[" in name or "." in name:
            return any(folded(part) in names for part in _NESTED.split(name[:400]))
        return False

    def _is_weak(self, name: str) -> bool:
        plain = folded(name)
        return plain in self._weak or (plain.endswith("key") and not _NO_KEY.search(plain))

    @staticmethod
    def _last_words_in(name: str, names: frozenset[str]) -> bool:
        words = _WORDS.findall(unaccented(name[:100]))
        last = ["".join(words[at:]).lower() for at in range(1, len(words))]
        # An object's id as a key may end with any three letters.
        return any(word in names and (len(word) > _LONGEST_CHANCE or name.replace("-", "").replace("_", "").isalpha()) for word in last)


def folded(name: str) -> str:
    """A name as it is compared: without case, accents, `-`, `_`, spaces and apostrophes."""
    return unaccented(name[:_LONGEST_NAME]).lower().translate(_DROPPED)


def _single(plain: str) -> str:
    """`pin` of `pins` and of `pin2`."""
    return plain.rstrip("0123456789").removesuffix("s")


# The words are the same for each set of catalogs, but for a few.
@lru_cache(32)
def _all_folded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(folded, words))


@lru_cache(32)
def _one_of(words: tuple[str, ...], *, end: bool = False) -> re.Pattern[str]:
    """A pattern that finds any of some words in a folded name; at its `end`, after a whole word of it, too."""
    return re.compile(f"(?:{'|'.join(sorted(map(re.escape, map(folded, words)), key=len, reverse=True)) or '(?!)'}){'$' if end else ''}")


def _last_part(name: str) -> str:
    """`authtoken` of `_kmd.authtoken`, `authData` of `authData.*`: what the key itself is called."""
    return [part for part in name.split(".") if part not in ("", "*")][-1]


def is_plain(value: object, depth: int = 0) -> bool:
    """Whether a value consists of words, so that it is a setting or a sentence, or is a small number: `active`, `map-pin-red`, `Yours, Max`, `-1`; or
    holds a few of such, as a query does: `{"$in": ["open", "new"]}`."""
    if isinstance(value, str):
        return len(value) <= _LONGEST_PLAIN and _WORDS_ALONE.fullmatch(value) is not None and (len(value) == 1 or not value.isdigit())
    if isinstance(value, (list, dict)):
        few = len(value) <= _MOST_PLAIN and depth < 2
        return few and all(is_plain(item, depth + 1) for item in (value.values() if isinstance(value, dict) else value))
    return value is None or (isinstance(value, int) and abs(value) < _LEAST_SECRET)


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


def is_key(value: str) -> bool:
    """Whether a value under a name such as `...Key` is one: in one piece, and none of the names, paths and ids that stand there as well."""
    return _ONE_PIECE.fullmatch(value) is not None and (strangeness(value) >= _LEAST_STRANGE or (len(value) >= 16 and is_hexadecimal(value)))
