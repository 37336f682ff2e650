"""bkend.ai: what is announced of a file before it is uploaded, and the parts of a large one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..checks import type_name
from ..context import Message, Rule, RuleContext
from .data import INVALID

FILE_SIZE = ("file/file-too-small", "file/size-negative", "file/file-too-large", "FILE_TOO_LARGE")


def file_size(ctx: RuleContext) -> Iterable[Message]:
    """The size that was announced."""
    for name in ("fileSize", "size"):
        value = ctx.fields.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield Message(f"`{name}` is {type_name(value)}; it takes the number of bytes.", name, certain=True)
        elif value <= 0 or value % 1 or ctx.name in FILE_SIZE[2:]:
            what = "it takes the number of bytes, 1 or more" if value <= 0 or value % 1 else "that is more than the project accepts"
            yield Message(f"`{name}` is {ctx.quote(f'{value:,}')}; {what}.", f"{name}: {value}", certain=True)


def file_name(ctx: RuleContext) -> Iterable[Message]:
    """A name that is a path, or is too long."""
    for name in ("filename", "originalName"):
        value = ctx.fields.get(name)
        if not isinstance(value, str) or not value:
            continue
        if bad := re.search(r'[\\/:*?"<>|\x00-\x1f]|^\.+$', value):
            what = "a control character" if bad[0] < " " else f"`{bad[0]}`"
            yield Message(f"`{name}` has {what} in it; send the bare name with its extension.", name, certain=True)
        elif len(value) > 200:
            encoded = " It is percent-encoded: decode it first." if re.search(r"(%[0-9A-Fa-f]{2}){3}", value) else ""
            yield Message(f"`{name}` has {len(value)} characters.{encoded}", name, certain=True)


def file_type(ctx: RuleContext) -> Iterable[Message]:
    """A media type that is none."""
    for name in ("contentType", "mimeType"):
        value = ctx.fields.get(name)
        if not isinstance(value, str):
            continue
        if value.startswith("data:"):
            yield Message(f"`{name}` holds a whole data URL ({len(value):,} characters); send only its type, such as image/png.", name, certain=True)
        elif value.lower() == "image/jpg":
            yield Message(f"`{name}` is {ctx.quote(value)}; the type of JPEG pictures is `image/jpeg`.", value, certain=True)
        elif not re.fullmatch(r"[\w.+-]+/[\w.+-]+", value):
            why = (
                "it is empty: browsers know no type for this file, so derive it from the name"
                if not value
                else "a type is two words with a slash between"
            )
            why = "leave the parameters after `;` out" if ";" in value else why
            yield Message(f"`{name}` is {ctx.quote(value[:60]) if value else 'no type'}: {why}.", name, certain=True)


def upload_parts(ctx: RuleContext) -> Iterable[Message]:
    """Numbers and lists of a multipart upload."""
    number = ctx.fields.get("partNumber")
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 10_000):
        yield Message(f"`partNumber` is {ctx.quote(number)}; it takes a whole number from 1 to 10,000.", "partNumber", certain=True)
    parts = ctx.fields.get("parts")
    if not isinstance(parts, list) or not parts:
        if parts is not None or ctx.path.rstrip("/").endswith("/complete"):
            state = "missing" if "parts" not in ctx.fields else "an empty list" if parts == [] else type_name(parts)
            yield Message(f"`parts` is {state}; it takes a list of {{partNumber, etag}}.", "parts", certain=True)
        return
    for index, part in enumerate(parts[:10_000]):
        wrong = _part_fault(part)
        if wrong:
            yield Message(f"`parts[{index}]` {wrong}.", f"parts[{index}]", certain=True)
            return


def _part_fault(part: Any) -> str:
    if not isinstance(part, dict):
        return f"is {type_name(part)}; it takes {{partNumber, etag}}"
    if "etag" not in part:
        near = next((key for key in part if isinstance(key, str) and key.lower() == "etag"), "")
        return f"has `{near}` where `etag` is asked for" if near else "has no `etag`: take it from the ETag header of the part's PUT"
    if not isinstance(part.get("partNumber"), int):
        return "has no `partNumber`" if "partNumber" not in part else "has a `partNumber` that is no number"
    return ""


def file_key(ctx: RuleContext) -> Iterable[Message]:
    """A storage key that is not the server's own."""
    for name in ("key", "s3Key"):
        value = ctx.fields.get(name)
        if not isinstance(value, str) or not value:
            continue
        why = (
            "a whole URL"
            if "://" in value
            else "a path that begins with a slash"
            if value.startswith("/")
            else "percent-encoded"
            if "%2F" in value
            else ""
        )
        if why:
            yield Message(f"`{name}` is {why}; hand on `key` from the answer of presigned-url or multipart/init unchanged.", name, certain=True)


RULES: tuple[Rule, ...] = (
    Rule("file-size", file_size, (*FILE_SIZE, *INVALID)),
    Rule("file-name", file_name, ("file/invalid-name", "file/original-name-too-long")),
    Rule("file-type", file_type, ("file/invalid-format", "file/mime-type-too-long")),
    Rule("upload-parts", upload_parts, ("file/invalid-part-number-range", "file/invalid-parts-array")),
    Rule("file-key", file_key, ("file/invalid-path", "file/s3-key-too-long", "file/not-found")),
)
