"""bkend.ai: what is announced of a file before it is uploaded, and the parts of a large one.

Sources, unless a rule names another: the bkend documentation, "Storage" (presigned URLs, multipart upload, error codes).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ...exchange.json_reader import type_name
from ..context import Message, Rule, RuleContext, fault_of
from .data import INVALID

FILE_SIZE = ("file/file-too-small", "file/size-negative", "file/file-too-large", "FILE_TOO_LARGE")


def file_size(ctx: RuleContext) -> Iterable[Message]:
    """Looks at the announced size: a number of bytes, 1 or more, that the project accepts. Other causes: none: sizes below 1 are refused everywhere,
    and a size that is too large is what the code says."""
    for name in ("fileSize", "size"):
        value = ctx.fields.get(name)
        if value is None:
            continue
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        fix = f"Send `{name}` as the number of bytes, for example `file.size`."
        if not number:
            yield fault_of(f"`{name}` is {type_name(value)}, not a number.", name, fix)
        elif value <= 0 or value % 1:
            yield fault_of(f"`{name}` is {ctx.quote(f'{value:,}')}, not a whole number of bytes from 1 up.", f"{name}: {value}", fix)
        elif ctx.name in FILE_SIZE[2:]:
            says = f"`{name}` is {ctx.quote(f'{value:,}')} bytes, more than the project accepts."
            yield fault_of(says, f"{name}: {value}", "Reduce the file, or raise the limit in the console.")


def file_name(ctx: RuleContext) -> Iterable[Message]:
    """Looks at the file's name: a path, a control character, or too long. Other causes: none for such a name."""
    for name in ("filename", "originalName"):
        value = ctx.fields.get(name)
        if not isinstance(value, str) or not value:
            continue
        if bad := re.search(r'[\\/:*?"<>|\x00-\x1f]|^\.+$', value):
            what = "a control character" if bad[0] < " " else f"`{bad[0]}`"
            yield fault_of(f"`{name}` contains {what}.", name, f"Send only the file's own name with its extension in `{name}`, without folders.")
        elif len(value) > 200:
            encoded = re.search(r"(%[0-9A-Fa-f]{2}){3}", value)
            fix = "Decode the name (`decodeURIComponent`) before you send it." if encoded else "Shorten the name, and keep its extension."
            yield fault_of(f"`{name}` has {len(value)} characters{' and is percent-encoded' if encoded else ''}.", name, fix)


def file_type(ctx: RuleContext) -> Iterable[Message]:
    """Looks at the media type: empty, a data URL, with parameters, or not `type/subtype`. Source: RFC 6838, section 4.2. Other causes: none for a
    value that is not a bare media type."""
    for name in ("contentType", "mimeType"):
        value = ctx.fields.get(name)
        if not isinstance(value, str):
            continue
        fix = f'Send `"{name}": "image/png"`, or the type that fits the file.'
        if value.startswith("data:"):
            says, fix = f"`{name}` holds a whole data URL ({len(value):,} characters).", f"Send only its type in `{name}`, for example `image/png`."
        elif value.lower() == "image/jpg":
            says, fix = f"`{name}` is {ctx.quote(value)}, which is not a registered media type.", f'Send `"{name}": "image/jpeg"`.'
        elif not value:
            says, fix = f"`{name}` is empty: the browser knows no type for this file.", f"Derive `{name}` from the file's extension."
        elif ";" in value:
            says, fix = f"`{name}` is {ctx.quote(value[:60])}, which has parameters.", f"Send {ctx.quote(value.partition(';')[0].strip()[:60])}."
        elif not re.fullmatch(r"[\w.+-]+/[\w.+-]+", value):
            says = f"`{name}` is {ctx.quote(value[:60])}, which is not a media type (`type/subtype`)."
        else:
            continue
        yield fault_of(says, name, fix)


def upload_parts(ctx: RuleContext) -> Iterable[Message]:
    """Looks at the numbers and the list of parts of a multipart upload. Source: Amazon S3, "Multipart upload limits" (parts 1 to 10,000). Other
    causes: none for such a number or list."""
    number = ctx.fields.get("partNumber")
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 10_000):
        fix = "Count the parts from 1, and send `partNumber` as a whole number up to 10,000."
        yield fault_of(f"`partNumber` is {ctx.quote(number)}, not a whole number from 1 to 10,000.", "partNumber", fix)
    parts = ctx.fields.get("parts")
    fix = 'Send `"parts": [{"partNumber": 1, "etag": "..."}]`, one member for each uploaded part.'
    if not isinstance(parts, list) or not parts:
        if parts is not None or ctx.path.rstrip("/").endswith("/complete"):
            state = "missing" if "parts" not in ctx.fields else "an empty array" if parts == [] else type_name(parts)
            yield fault_of(f"`parts` is {state}.", "parts", fix)
        return
    for index, part in enumerate(parts[:10_000]):
        if wrong := _part_fault(part):
            yield fault_of(f"`parts[{index}]` {wrong[0]}.", f"parts[{index}]", wrong[1] or fix)
            return


def _part_fault(part: Any) -> tuple[str, str] | None:
    """What is wrong with one part, and the remedy ("" for that of the list)."""
    if not isinstance(part, dict):
        return f"is {type_name(part)}, not an object", ""
    if "etag" not in part:
        near = next((key for key in part if isinstance(key, str) and key.lower() == "etag"), "")
        if near:
            return f"has `{near}` instead of `etag`", f"Rename `{near}` to `etag`."
        return "has no `etag`", "Take it from the ETag header of the part's PUT."
    if not isinstance(part.get("partNumber"), int):
        return ("has no `partNumber`" if "partNumber" not in part else "has a `partNumber` that is not a number"), ""
    return None


def file_key(ctx: RuleContext) -> Iterable[Message]:
    """Looks at the storage key: a URL, a leading slash, or percent-encoding show that it is not the one from bkend. Other causes: for
    `file/not-found` the file may be gone as well; the code for a key's form has none."""
    for name in ("key", "s3Key"):
        value = ctx.fields.get(name)
        if not isinstance(value, str) or not value:
            continue
        why = "a whole URL" if "://" in value else "a path with a leading slash" if value[0] == "/" else "percent-encoded" if "%2F" in value else ""
        if why:
            yield fault_of(f"`{name}` is {why}.", name, f"Send the `key` of the presigned-url or multipart/init answer unchanged as `{name}`.")


RULES: tuple[Rule, ...] = (
    Rule("file-size", file_size, (*FILE_SIZE, *INVALID)),
    Rule("file-name", file_name, ("file/invalid-name", "file/original-name-too-long")),
    Rule("file-type", file_type, ("file/invalid-format", "file/mime-type-too-long")),
    Rule("upload-parts", upload_parts, ("file/invalid-part-number-range", "file/invalid-parts-array")),
    Rule("file-key", file_key, ("file/invalid-path", "file/s3-key-too-long", "file/not-found")),
)
