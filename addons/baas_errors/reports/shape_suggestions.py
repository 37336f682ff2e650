"""Where an error answer that no shape reads seems to have its code and message: a proposal for a shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from ..exchange import Response
from ..redact.secret_names import is_credential

MOST_MEMBERS = 100
_NAME = re.compile(r"[A-Za-z_$@][\w$-]{0,60}", re.ASCII)
_CODE = re.compile(r"(?i)^(?:error|err|fault)?[_-]?(?:code|type|name|key|kind|id|no|number|reason)?$")
# Names of messages, best first.
_MESSAGES = tuple(re.compile(rf"(?i)(?:{words})") for words in ("message|msg", "detail", "descri|hint|reason", "text|title", "^err(?:or)?$"))
_CODE_HEADER = re.compile(r"(?i)err(?:or)?(?:[-_]?(?:code|type|name|id|key))?$")
_BEGINS = re.compile(r"[A-Z][A-Z0-9_]{1,60} ?: ?\S")
BEGINS, LAST_PART = "^(?P<code>[A-Z][A-Z0-9_]{1,60}) ?: ?", "/(?P<code>[A-Za-z0-9_.-]{1,80})/?$"
XML = "<[Cc]ode>(?P<code>[A-Za-z0-9_.-]{1,80})</[Cc]ode>[^<]{0,20}<[Mm]essage>(?P<message>[^<]{0,400})"
_XML = re.compile(XML)
LONGEST_SEARCHED = 2_000


class Guess(NamedTuple):
    """The fields of a shape; "" for those that it does not need."""

    code: str = ""
    message: str = ""
    source: str = ""
    each: str = ""
    code_pattern: str = ""


def guess_shape(answer: Any, response: Response) -> Guess | None:
    """What a shape for this error answer may be; None where nothing looks like a code or a message."""
    if found := _of_value(answer, response.status):
        return found
    if answer is None and (found := _of_headers(response)):
        return found
    text = response.body.text[:LONGEST_SEARCHED].strip() if answer is None else ""
    if _BEGINS.match(text):
        return Guess("/text", "", "text", code_pattern=BEGINS)
    return Guess("/text", "", "text", code_pattern=XML) if _XML.search(text) else None


def members(value: Any) -> Iterator[tuple[str, str, Any]]:
    """The members of an object, and of the objects in it, each with its pointer and its key, where that is a plain name."""
    for key, held in _plain(value):
        yield f"/{key}", key, held
        for inner, deeper in _plain(held):
            yield f"/{key}/{inner}", inner, deeper


def _plain(value: Any) -> Iterator[tuple[str, Any]]:
    found = islice(value.items(), MOST_MEMBERS) if isinstance(value, dict) else ()
    return ((key, held) for key, held in found if _NAME.fullmatch(key) and not is_credential(key))


def _of_value(answer: Any, status: int) -> Guess | None:
    if isinstance(answer, list):
        inner = _of_value(answer[0], status) if answer and isinstance(answer[0], dict) else None
        return inner._replace(each="/*") if inner else None
    code = pattern = ""
    for pointer, key, value in members(answer):
        if _CODE.search(key) and _is_code(value, status):
            code, pattern = pointer, LAST_PART if str(value).startswith(("http://", "https://")) else ""
            break
    texts = [(pointer, key, value) for pointer, key, value in members(answer) if isinstance(value, str) and value and pointer != code]
    message = next((pointer for named in _MESSAGES for pointer, key, _ in texts if named.search(key)), "")
    if not code:
        lists = ((pointer, value[0]) for pointer, _, value in members(answer) if isinstance(value, list) and value)
        listed = ((pointer, inner) for pointer, item in lists if isinstance(item, dict) and (inner := _of_value(item, status)) and not inner.each)
        for pointer, inner in listed:
            return inner._replace(each=f"{pointer}/*")
        said = next((value for pointer, _, value in texts if pointer == message), "")
        if _BEGINS.match(said[:200]):
            return Guess(message, code_pattern=BEGINS)
    return Guess(code, message, code_pattern=pattern) if code or message else None


def _is_code(value: Any, status: int) -> bool:
    if type(value) is int:
        return value != status
    return isinstance(value, str) and len(value) <= 120 and value.split() == [value] and value not in (str(status), "about:blank")


def _of_headers(response: Response) -> Guess | None:
    named = [(name.lower(), value) for name, value in response.headers if _NAME.fullmatch(name) and not is_credential(name)]
    code = next((name for name, value in named if _CODE_HEADER.search(name) and _is_code(value.strip(), response.status)), "")
    if not code:
        return None
    message = next((name for words in _MESSAGES for name, _ in named if name != code and name.startswith("x-") and words.search(name)), "")
    return Guess(f"header:{code}", f"header:{message}" if message else "")
