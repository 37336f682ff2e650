"""What programs and samples write in place of a value that they do not have: `undefined`, `{id}`, `YOUR_TOKEN`."""

from __future__ import annotations

import re
from urllib.parse import unquote

_LONGEST = 120
# What languages write for no value; a variable of a template, of a shell, of a format string or of a route; a name in brackets.
_NONE = r"|undefined|null|\(null\)|none|nil|nan|true|false|\[object object\]|\[object promise\]"
_VARIABLE = r"\{+[\w .-]*\}+|\$\{[\w .:-]*\}|\$[a-z_]\w*\$?|%[@sd]|%[a-z_]+%|<+#?[\w .-]*#?>+|\[[a-z][a-z _-]*\]|:[a-z]\w*|__[a-z]+(?:_[a-z]+)*__"
_NOTHING = re.compile(rf"(?i){_NONE}")
_PLACEHOLDER = re.compile(rf"(?i){_NONE}|{_VARIABLE}|(?:[a-z]{{2}}_)?your[-_ ][a-z][a-z _-]*")
_UNSET = re.compile(r"(?i)(?:process|import\.meta)\.env\.\w+|[a-z]+(?:[-_ ][a-z]+)*[-_ ]here|[a-z]{0,3}_?(?:\.{3,}|\u2026|\*{3,}|x{4,}(?:-x+)*)")
_INSIDE = re.compile(r"\{\{[\w .-]*\}\}|\$\{[\w .:-]*\}")
_DIGIT = re.compile("[0-9]")
# The words of samples. A text that has no others shows nothing of anybody.
_NOUNS = (
    "access|account|api|application|app|authorization|auth|bearer|client|environment|env|google|jwt|kinvey|master|parse|bkend|private|project|public"
    "|publishable|refresh|rest|server|service|session|token|user|javascript|id|key|kid|pk|sk|secret"
)
_NO_LETTERS = dict.fromkeys(map(ord, " ._-"))
_WORDS = re.compile(rf"(?:your|my|the|insert|enter|paste|put|replace|with|here|goes|{_NOUNS})+")
_NAMED = re.compile(rf"(?:my|the)?(?:{_NOUNS})*(?:token|key|secret|id|jwt|kid)|.*(?:your|insert|enter|paste|replace).*")


def is_placeholder(name: str) -> bool:
    """Whether a name or an id is none: empty, what a language writes for no value, a variable of a template, or `your-...`."""
    bare = _bare(name)
    return len(bare) <= _LONGEST and _PLACEHOLDER.fullmatch(bare) is not None


def is_nothing(text: str) -> bool:
    """Whether a text is what a language writes for no value, such as `undefined`."""
    return _NOTHING.fullmatch(_bare(text)) is not None


def is_unset(credential: str) -> bool:
    """Whether a key or token is none: a placeholder, the words of a sample such as `your-access-token-here`, or the bare name of one."""
    bare = _bare(credential)
    if len(bare) > _LONGEST:
        return False
    word = _letters(bare)
    sample = word and _WORDS.fullmatch(word) and _NAMED.fullmatch(word)
    return is_placeholder(bare) or bool(sample or _UNSET.fullmatch(bare) or _INSIDE.search(bare))


def shows_nothing(text: str) -> bool:
    """Whether a text in the place of a secret may be shown: a placeholder with no words but those of samples."""
    if "%" not in text and _DIGIT.search(text) is not None:
        # No such word has a digit; most secrets have one.
        return False
    bare = _bare(text)
    rest = bare.strip("${}<>%[]:.\u2026* ")
    plain = not rest or _WORDS.fullmatch(_letters(rest)) or _NOTHING.fullmatch(bare) or bare in ("%@", "%s", "%d")
    return bool(plain) and is_unset(text)


def _bare(text: str) -> str:
    bare = text.strip().strip("\"'").strip()
    return unquote(bare, errors="replace") if "%" in bare and len(bare) <= 3 * _LONGEST else bare


def _letters(text: str) -> str:
    """The letters of a text that has nothing but these, spaces, `-`, `_` and `.`; else ""."""
    letters = text.lower().translate(_NO_LETTERS)
    return letters if letters.isalpha() and text.isascii() else ""
