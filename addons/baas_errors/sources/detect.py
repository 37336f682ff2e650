"""Detects the format of a capture by its content, never by its name. `FORMATS` names for each the module that reads it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import BinaryIO, NamedTuple

from . import log
from .other_tools import refusal
from .raw_http import is_okhttp
from .skipped import SourceError
from .source import Item, Source
from .unpack import as_plain

HEAD = 64 * 1024
# Keys are looked at so deep, and their paths are so long, in characters.
_DEEPEST, _LONGEST = 3, 200
_TOKEN = re.compile(r'"((?:[^"\\]++|\\.)*+)"(\s*+:)?|[{}\[\]"]', re.S)
_LOG = re.compile(r"(?:^|/)log/(?:entries|version|creator|browser|pages|comment)\b")
_SCRIPT = re.compile(r"(?:/\*\*/)?\s*(?:var\s+|const\s+|let\s+)?[A-Za-z_$][\w$.]{0,199}\s*[(=]\s*\(?[\[{]")
# The first line of a request or answer, or a line of `curl -v` with one, or what tshark and ZAP print before.
_HTTP = re.compile(r"(?:HTTP/\d(?:\.\d)? \d{3}\b|[A-Z]{3,10} \S{1,8000} HTTP/\d|={20,}\s+Follow: |={3,}\s?\d{1,9} ={3,})")
_CURL = re.compile(r"^[<>] (?:HTTP/\d|[A-Z]{3,10} \S{1,8000} HTTP/\d)", re.M)


class Head(NamedTuple):
    """The beginning of a file: its bytes, its text without space before it, and the paths of the keys in its JSON, such as `log/entries`. Lists add
    nothing to a path."""

    data: bytes
    text: str
    keys: frozenset[str]


class Format(NamedTuple):
    """A format: what messages call it, whether a file has it, and the module in this folder that reads it, "" for none."""

    name: str
    matches: Callable[[Head], bool]
    module: str


def _has(*paths: str) -> Callable[[Head], bool]:
    """Whether the JSON has all of these keys."""
    return lambda head: head.keys.issuperset(paths)


# Stubs of WireMock, lines of Kong's log and flows of mitmweb have a request and a response, too.
_OF_OTHERS = "urlPath", "urlPattern", "urlPathPattern", "timestamp_start"
_NO_ENTRY = frozenset(f"request/{key}" for key in _OF_OTHERS) | {"response/jsonBody", "latencies"}


def _is_har(head: Head) -> bool:
    is_entry = "request" in head.keys and not head.keys.isdisjoint({"response", "startedDateTime"}) and head.keys.isdisjoint(_NO_ENTRY)
    return is_entry or "entries/request" in head.keys or any(map(_LOG.search, head.keys))


def _is_log(head: Head) -> bool:
    # Our own HAR files hold records too, so HAR comes before.
    return not head.keys.isdisjoint({"schema", "error.type", "@timestamp"}) or b'"schema":"baas-errors/' in head.data


# The first that matches decides.
FORMATS = (
    Format("an empty file", lambda head: not head.text.strip("\0 \t\r\n"), ""),
    Format("a mitmproxy capture", lambda head: re.match(rb"\s*\d{1,12}:", head.data) is not None, "flows"),
    Format("a ZIP archive", lambda head: head.data.startswith((b"PK\x03\x04", b"PK\x05\x06")), "zip_archive"),
    Format("a session of Charles (XML)", lambda head: "<charles-session" in head.text[:4_000], "charles"),
    Format("items of Burp (XML)", lambda head: re.search(r"<items\b[^>]{0,200}\bburpVersion", head.text[:4_000]) is not None, "burp"),
    Format("a JSON session of Charles", lambda head: {"host", "actualPort", "scheme"} <= head.keys, "charles"),
    Format("a run of newman", _has("run/executions"), "newman"),
    Format("a recording of nock", _has("scope", "method", "path", "status"), "nock"),
    Format("a HAR file", _is_har, "har.file"),
    Format("an error log", _is_log, "log"),
    Format("raw HTTP", lambda head: _HTTP.match(head.text) is not None or _CURL.search(head.text) is not None or is_okhttp(head.text), "raw_http"),
)
HAR = "a HAR file"


def items(source: Source) -> Iterator[Item]:
    """What is in a capture of any format. Raises SourceError for one that cannot be read, which says what the file is and how to get one that can."""
    skips = source.skips
    if not source.file.seekable():
        yield from log.read(source)
        return
    with as_plain(source.file, skips.file, lambda reason: skips.add("file", 0, reason)) as plain:
        found = format_of(plain, skips.file)
        skips.format = found.name
        if not found.module:
            return
        try:
            yield from import_module(f".{found.module}", __package__).read(source._replace(file=plain))
        except (SourceError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - what was read before must not be lost
            skips.add("file", 0, f"cannot be read from here on ({type(error).__name__})")


def format_of(file: BinaryIO, name: str) -> Format:
    """The format of a file, whose position stays at its start. Raises SourceError for a file of another tool."""
    head = head_of(file.read(HEAD))
    file.seek(0)
    if found := next((each for each in FORMATS if each.matches(head)), None):
        return found
    raise SourceError(f"{name}: {refusal(head.data, head.text, head.keys, file)}")


def is_log(data: bytes) -> bool:
    """Whether a file that begins so is a log of records; False where that is not sure yet."""
    head = head_of(data)
    return _is_log(head) and not _is_har(head)


def head_of(data: bytes) -> Head:
    """The beginning of a file."""
    text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").lstrip()
    return Head(data, text, outline(text) if text[:1] in ("{", "[") or _SCRIPT.match(text) else frozenset())


def outline(text: str) -> frozenset[str]:
    """The paths of the keys in the beginning of a JSON text, as deep as formats are told by."""
    found: set[str] = set()
    # For each bracket that is open, the path of what is in it.
    inside: list[str] = []
    path = ""
    for match in _TOKEN.finditer(text):
        mark = match[0]
        if mark in ("{", "["):
            inside.append(path)
        elif mark in ("}", "]"):
            path = inside.pop() if inside else ""
        elif mark == '"':
            break
        elif match[2] and inside:
            path = f"{inside[-1]}/{match[1]}".lstrip("/")[:_LONGEST]
            if path.count("/") < _DEEPEST:
                found.add(path)
    return frozenset(found)
