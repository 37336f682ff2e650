"""Where a JSON text goes wrong, and what usually causes it."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus

from ..exchange.json_reader import holds_too_many
from .context import Message, RuleContext, fault_of

LONGEST_CONTEXT = 24
_STRING_OR_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN', re.S)
# A string of what was read before a fault, `named` if it is the name of a member.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"(?P<named>\s*+:)?|\\?\Z)', re.S)
_SEARCHED = 200_000
LEFT_OUT = "\u2026"
_NULLS = ("None", "undefined", "NaN", "Infinity", "nil")
_LITERALS = {"True": "true", "False": "false", **dict.fromkeys(_NULLS, "null")}


class Fault(NamedTuple):
    """A fault in a JSON text. Line and column count from 1; `culprit` is "" where no usual cause fits; `fix` is its remedy.

    `around` is the text at the fault, or an ellipsis where that may be a part of a value."""

    position: int
    line: int
    column: int
    expected: str
    around: str
    culprit: str
    fix: str

    @property
    def place(self) -> str:
        """`line 3, column 17`; only the column where the text has one line."""
        return f"column {self.column}" if self.line == 1 else f"line {self.line}, column {self.column}"

    def says(self, what: str) -> str:
        """A sentence about the fault in a text, called `what` in it."""
        return f"{what} is not valid JSON: expected {self.expected} at {self.place}{': ' if self.culprit else ''}{self.culprit}."


def find_fault(text: str) -> Fault | None:
    """The first fault in a text that should be JSON, or None for JSON. Nothing is raised for any text."""
    if text.startswith("\ufeff"):
        culprit = "the text begins with a byte order mark (BOM)"
        return Fault(0, 1, 1, "the beginning of a value", "U+FEFF", culprit, "Send UTF-8 without a byte order mark.")
    if holds_too_many(text):
        return None
    try:
        json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return _fault(text, error.pos, error.msg)
    except RecursionError:
        return Fault(0, 1, 1, "fewer levels", text[:LONGEST_CONTEXT], "arrays or objects are nested too deeply", "Send fewer levels.")
    except _ConstantError as error:
        # The parser does not say where; the word may stand in a string before.
        position = next((match.start() for match in _STRING_OR_CONSTANT.finditer(text) if match[0] == str(error)), 0)
        return _fault(text, position, "Expecting value")
    except ValueError:
        pass
    return None


class _ConstantError(ValueError):
    pass


def _refuse(name: str) -> Any:
    raise _ConstantError(name)


_EXPECTED = {
    "Expecting value": "a value",
    "Expecting property name enclosed in double quotes": "a key in double quotes",
    "Illegal trailing comma before end of object": "a key in double quotes",
    "Illegal trailing comma before end of array": "a value",
    "Expecting ':' delimiter": "':'",
    "Expecting ',' delimiter": "','",
    "Extra data": "the end of the text",
    "Unterminated string starting at": "the closing quote of the string that begins here",
    "Invalid control character at": "an escape (\\n, \\t) instead of a raw control character",
    "Invalid \\escape": "a valid escape after the backslash",
    "Invalid \\uXXXX escape": "four hexadecimal digits after \\u",
}


def _fault(text: str, position: int, message: str) -> Fault:
    # Python 3.13 points at the comma itself, earlier versions at what follows it: the place is the comma in both.
    before = text[:position].rstrip()
    if text[position : position + 1] in ("}", "]") and before.endswith(","):
        position = len(before) - 1
    base = message.split(":")[0] if message.startswith("Invalid \\escape") else message
    place = json.JSONDecodeError(message, text, position)
    around = _around(text, position, "':'" in message).replace("\n", " ")
    return Fault(position, place.lineno, place.colno, _EXPECTED.get(base, "something else"), around, *_culprit(text, position, message))


def _around(text: str, position: int, after_name: bool) -> str:
    """The text at a fault. It begins with the name of a member: a value without its name could not be known for a secret later on."""
    start = max(0, position - LONGEST_CONTEXT)
    if start and position <= _SEARCHED:
        strings = list(_STRING.finditer(text, 0, position))
        names = [string.start() for string in strings if string["named"] or (after_name and string is strings[-1])]
        # Where there are no names, nothing is secret by one.
        start = next((name for name in names if name >= start), position) if names else start
    elif start:
        start = position
    if start < position or not start or text[position : position + 1] in (",", "}", "]"):
        return text[start : position + 8]
    return LEFT_OUT


_BY_HAND = "Build the JSON with a serializer (`JSON.stringify`, `json.dumps`) instead of by hand."


def _culprit(text: str, position: int, message: str) -> tuple[str, str]:
    """The usual cause of a fault here, as a clause, and its remedy; the cause is "" where none is seen."""
    here, rest, start = text[position : position + 1], text[position : position + 2_000], position == 0
    word = (re.match(r"[A-Za-z_]*", rest[:20]) or [""])[0]
    single = here == "'" or re.match(r"[{,\[]\s*'", text[max(0, position - 1) : position + 2_000])
    shown = f" (U+{ord(here):04X})" if here else ""
    too_early = "the text ends too early; it was cut off, or a bracket or quote is missing"
    causes = (
        (not text.strip(), "the text is empty", "Send a JSON value, for example `{}`."),
        (re.match(r",\s*[}\]]", rest), "a comma stands before the closing bracket (trailing comma)", "Remove the comma before the closing bracket."),
        (here and here in "\u201c\u201d\u201e\u2018\u2019", f'a typographic quote ({here}) stands in place of a straight one (")',
         'Replace typographic quotes with straight double quotes (").'),
        (single, "single quotes are used; JSON allows double quotes only", "Replace the single quotes with double quotes."),
        ("control character" in message, f"a raw control character{shown} stands inside a string",
         "Escape it: `\\n` for a line break, `\\t` for a tab."),
        (word in _LITERALS, f"`{word}` is not a JSON value", f"Write `{_LITERALS.get(word)}` instead of `{word}`."),
        (word and message.startswith(("Expecting property name", "Illegal")), "a key stands without quotes",
         "Put every key and every text in double quotes." if re.search(r"[:,\[]\s*'", rest) else "Put every key in double quotes."),
        (re.match(r"//|/\*|#", rest), "JSON has no comments", "Remove the comments."),
        (start and re.match(r"%7B|%5B|%22", text, re.I), "the text is percent-encoded twice", "Percent-encode the value once."),
        (start and re.match(r"[\w.%+-]+=", text), "this is form data (key=value), not JSON", "Send a JSON object instead of form data."),
        (position <= 1 and text.startswith("[object"), "an object was converted to a string",
         "Use `JSON.stringify(value)` to build the text."),
        (position >= len(text.rstrip()) or "Unterminated" in message, too_early, "Send the whole JSON text, with every bracket and quote closed."),
        (message.startswith("Expecting ',' delimiter") and here == '"', "a comma is missing, or a double quote inside a string is not escaped",
         'Insert the comma, or escape the quote as `\\"`.'),
    )  # fmt: skip
    return next(((culprit, fix) for holds, culprit, fix in causes if holds), ("", _BY_HAND))


def broken_json(ctx: RuleContext, what: str, text: str, name: str = "") -> Message | None:
    """What is wrong with a JSON text, called `what`, and what stands there where that may be shown (by its `name`, too); None for JSON."""
    fault = find_fault(text)
    if fault is None:
        return None
    window = text[max(0, fault.position - 2000) : fault.position + 200].replace("\n", " ")
    if fault.around == LEFT_OUT or not ctx.may_show(fault.around, window):
        return fault_of(fault.says(what), fault.place, fault.fix)
    return fault_of(f"{fault.says(what)} It reads {ctx.quote(fault.around, name)} there.", fault.around, fault.fix)


def json_text_fault(ctx: RuleContext, what: str, text: str, name: str = "") -> Message | None:
    """What is wrong with a JSON text in a parameter or header, wrong encodings first; None for JSON."""
    fault = find_fault(text)
    if fault and re.match(r"%(7B|5B|22)", text, re.I) and find_fault(unquote(text)) is None:
        says = f"{what} is percent-encoded twice: decoded once, it still begins {ctx.quote(text[:12], name)}."
        return fault_of(says, text[:12], "Percent-encode the value once. Most HTTP libraries encode parameters themselves.")
    if fault and fault.culprit.startswith("the text ends") and not ctx.in_batch and re.search(r"[{}\"\[\]]|(?i:%22)", ctx.request.query):
        evidence = fault.place if fault.around == LEFT_OUT else fault.around
        fix = "Percent-encode the value (`encodeURIComponent`, `urllib.parse.quote`)."
        parts = re.split("[?&]" + re.escape(what.strip("`")) + "=", f"?{ctx.request.query}", maxsplit=1)[-1][:_SEARCHED].split("&")[:20]
        if any(find_fault(unquote_plus("&".join(parts[:end]))) is None for end in range(2, len(parts) + 1)):
            says = f"{what} was cut off at {fault.place}: its value has a raw `&`, and what follows was read as another parameter."
            return fault_of(says, evidence, f"{fix} A `&` becomes `%26`.")
        if "%" not in ctx.request.query:
            return fault_of(f"{what} was not percent-encoded; a `&`, `+` or `#` in it cut it off at {fault.place}.", evidence, fix, certain=False)
    return broken_json(ctx, what, text, name)
