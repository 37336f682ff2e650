"""Says of a file that cannot be read what it is, and how to get one that can."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import BinaryIO

from ..catalog.causes import filled
from ..catalog.load import rule_tables
from ..exchange.json_reader import as_object, parse_json
from ..text import one_line

# In bytes: of a packet capture so much is searched.
MOST_SEARCHED = 16 * 1024 * 1024
_PLAIN_HTTP = re.compile(rb"(?:GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS) \S{1,2000} HTTP/1\.[01]\r\n|HTTP/1\.[01] \d{3}")
_PCAPS = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a")
# Keys of a single answer's body.
_ANSWERS = ({"code", "error"}, {"error", "description"}, {"success", "error"}, {"errorCode", "message"}, {"error"}, {"message", "code"})
_WORD = re.compile(r"[A-Za-z0-9_./-]{1,60}")


def sentence(name: str, **from_file: str) -> str:
    """A sentence of catalogs/rules/other_tools.toml, filled with other sentences and with texts from the file that it is about."""
    return _filled(rule_tables("other_tools")["sentences"][name], from_file)


def _filled(text: str, from_file: Mapping[str, str]) -> str:
    return filled(text, lambda name: from_file[name] if name in from_file else sentence(name))


def refusal(data: bytes, text: str, keys: frozenset[str], file: BinaryIO) -> str:
    """Why a file cannot be read, from its beginning as bytes and as text and the paths of the keys in it, and how to get one that can be read."""
    if data.startswith(_PCAPS):
        return _packets(file)
    for tool in rule_tables("other_tools")["tool"]:
        begins = data.startswith(tuple(magic.encode("latin-1") for magic in tool.get("magic", ())))
        has_keys = any(keys.issuperset(paths.split()) for paths in tool.get("keys", ()))
        if begins or has_keys or ("text" in tool and re.match(tool["text"], text)):
            return _filled(tool["says"], {})
    if data[257:262] == b"ustar":
        return sentence("tar")
    top = sorted({path.partition("/")[0] for path in keys})
    if any(answer <= set(top) for answer in _ANSWERS) and len(top) < 12:
        return _answer(text)
    if text[:1] in ("{", "["):
        named = f" (its keys are {', '.join(f'`{one_line(key, 40)}`' for key in top[:5])})" if top else ""
        return sentence("json", keys=named)
    return sentence("unknown")


def _packets(file: BinaryIO) -> str:
    """Of a packet capture: whether it holds plain HTTP."""
    has_http = _PLAIN_HTTP.search(file.read(MOST_SEARCHED)) is not None
    file.seek(0)
    return sentence("packets_with_http" if has_http else "packets")


def _answer(text: str) -> str:
    """Of the body of an answer: the command that explains its code or name."""
    body = as_object(parse_json(text).value)
    inner = as_object(body.get("error"))
    told = (body.get("code"), body.get("errorCode"), inner.get("code"), body.get("error"))
    code = next((str(word) for word in told if type(word) in (str, int) and _WORD.fullmatch(str(word))), "CODE")
    return sentence("answer", code=code)
