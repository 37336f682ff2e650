"""Describes one error: the comment of a flow, the terminal block, the content view. All from the record, so all redacted."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import lru_cache

from ..catalog.entries import SHOWN_OF_COMMENT
from ..catalog.vocabulary import FAULTS, RETRIES
from ..record import ErrorRecord
from ..record.model import IN_VAIN
from ..text import one_line, safe
from ..text.wrap import wrap

WIDTH = 100
# mitmweb's content view is narrower than a terminal.
PAGE_WIDTH = 78
_FLOW = re.compile(r"\bflow(?: [0-9a-f-]{8,36})?$")
# Where a long text may be parted, best first, and after how many characters.
_ENDS, SHORTEST_CLAUSE = (re.compile(r"[.:;](?= )"), re.compile(r",(?= )"), re.compile(r"\S(?= )")), 40
# The columns of `[12:29:07 UTC] `.
TIME = 15
NO_MEANING = "No catalog has an entry for this code; see the server's text."

# Of the view so many lines are sure to be seen: the title, and what was found and is to be done in brief.
HEAD_LINES = 4

RETRY_WORDS = RETRIES
# In the terminal, where what to do stands above: that a retry helps after that need not be said.
_SHORT_RETRY = {"never": "no", "safe": "yes", "backoff": "yes, later: with exponential backoff and jitter", "after-fix": "", "after-login": ""}
_WAIT = re.compile(r"asks to wait (\d+ \w+(?: \d+ \w+)?)")
FAULT_WORDS = {name: fault.where for name, fault in FAULTS.items()}


def comment(records: Sequence[ErrorRecord], crowded: Container[str] = ()) -> str:
    """One line for a flow: name, first finding or fix, server's text, code and request id; then the names of the other errors in the answer. Of a
    `crowded` name, which begins like others, the end stands in front, so that a narrow column tells them apart."""
    record = records[0]
    start = name = record.lead
    if record.name in crowded:
        short = name.rpartition("/")[2]
        shown = short if len(short) <= SHOWN_OF_COMMENT else f"{short[0]}\u2026{short[2 - SHOWN_OF_COMMENT :]}"
        start = f"{shown}: {name}"
    code = f"code {one_line(record.code, 60)}" if record.name and record.code not in (None, record.name) else ""
    quote = f"request id {one_line(record.request_id, 80)}" if record.request_id else ""
    asked = f"injected: {one_line(record.reaction, 20)} | " if record.reaction else "injected: " if record.injected else ""
    parts = (asked + _summary_line(start, record.message, first_advice(record)), ", ".join(filter(None, (code, quote))), _others(records))
    return " | ".join(filter(None, parts))


def _others(records: Sequence[ErrorRecord]) -> str:
    """The errors after the first: how many, and what they are called, so that a search for a name finds each."""
    names = dict.fromkeys(record.lead for record in records[1:])
    return f"+{len(records) - 1} more: {', '.join(names)}" if names else ""


@lru_cache(maxsize=256)
def _summary_line(name: str, message: str, advice: str) -> str:
    return " | ".join(part for part in (name, one_line(advice, 160), one_line(message, 120)) if part)


def first_advice(record: ErrorRecord) -> str:
    """The likeliest cause, else the best fix."""
    if causes := record_causes(record, most=1):
        return causes[0]
    return record.fix[0] if record.fix else record.findings[0].says if record.findings else record.meaning


def text_label(record: ErrorRecord) -> str:
    """What the message of an error is called: of a request without an answer no server said it."""
    return "How it failed" if record.status is None and record.code is None else "The server's text"


def record_causes(record: ErrorRecord, most: int = 20) -> list[str]:
    """What the first findings that are causes say."""
    return _says(record, secondary=False, most=most)


def _says(record: ErrorRecord, *, secondary: bool, most: int = 20) -> list[str]:
    """What the first findings say that are causes or, `secondary`, stand beside the cause, such as a warning."""
    return [finding.says for finding in record.findings[:most] if finding.secondary is secondary and finding.says.strip()]


def terminal_block(record: ErrorRecord, width: int = WIDTH) -> str:
    """The error in a few lines for a terminal of this width: name and request, cause, what to do, then the server's text and the rest."""
    causes = record_causes(record, most=3)
    # With a proven cause the general meaning is left out; without any it takes the cause's place.
    proved = next((finding.certain for finding in record.findings if not finding.secondary), False)
    means = [] if proved else [first_sentence(record.meaning)]
    parts: dict[str, Sequence[str]] = {"found": causes} if causes else {"means": means}
    parts |= {
        "do": record.fix[:1],
        "says": [quoted(record.message)] if record.message else [],
        "debug": [one_line(record.debug, 300)],
        "means": means,
        "retry": [_retry(record, _SHORT_RETRY)],
        # What is no cause stands after what to do.
        "also": _says(record, secondary=True, most=3),
        "or it is": [_names(record)],
        "id": [_ids(record)],
    }
    return "\n".join([*_head(record, width), *rows(parts, width)])


def short_block(record: ErrorRecord, width: int = WIDTH) -> str:
    """Name, request and cause in brief, for one of many errors of a kind."""
    return "\n".join([*_head(record, width), *_row("found", one_line(first_advice(record), 2 * max(40, width - 15)), width)])


def _retry(record: ErrorRecord, words: Mapping[str, str]) -> str:
    """Whether a retry helps; where the server said how long to wait, after how long."""
    wait = next((match[1] for finding in record.findings if (match := _WAIT.search(finding.says))), "")
    return f"yes, after {wait}" if wait and record.retry == "backoff" else words.get(record.retry, record.retry)


def dedupe_key(record: ErrorRecord) -> tuple[str, ...]:
    """Equal for errors of which only the first is printed in full; findings about repetition do not count."""
    return (record.fingerprint, record.message, *(finding.says for finding in record.findings if finding.rule != IN_VAIN))


def repeat_line(record: ErrorRecord, times: int) -> str:
    """One line for a repeated error that was printed in full before."""
    ids = _ids(record)
    return f"{_first_line(record)}: the same again, {times:,} times by now{f'; {ids}' if ids else ''}"


def first_sentence(text: str) -> str:
    """The first sentence, of at least 40 characters."""
    match = re.match(r".{40,}?[.;](?=\s)", text)
    return f"{match[0][:-1]}." if match else text


def _head(record: ErrorRecord, width: int) -> list[str]:
    """The first line, wrapped: the terminal puts the time before it."""
    first, *rest = wrap(_first_line(record), width, " " * TIME, "    ")
    return [first[TIME:], *rest]


def _first_line(record: ErrorRecord) -> str:
    # Without a name and a code the title has the status.
    status = f" [{record.status}]" if record.status is not None and (record.name or record.code) else ""
    injected = "injected: " if record.injected else ""
    return f"{injected}{one_line(record.backend, 40)}: {record.title}{status} {_where(record)}"


def _where(record: ErrorRecord) -> str:
    if record.part:
        return f"in item {record.index}, {one_line(record.part, 120)}, of {one_line(record.method, 20)} {one_line(record.url, 160)}"
    item = f", item {record.index}" if record.index is not None else ""
    return f"{one_line(record.method, 20)} {one_line(record.url, 200)}{item}".strip()


def quoted(text: str) -> str:
    """The text on one line, in quotation marks."""
    return f"\u201c{one_line(text, 300)}\u201d"


def _names(record: ErrorRecord) -> str:
    return f"{', '.join(record.candidates)} (same code; the message does not distinguish them)" if record.candidates else ""


def _ids(record: ErrorRecord) -> str:
    if record.request_id:
        return f"request id {one_line(record.request_id, 80)}, to quote to support"
    return f"client request id {one_line(record.client_request_id, 80)}" if record.client_request_id else ""


def rows(parts: Mapping[str, Sequence[str]], width: int) -> Iterator[str]:
    """Labelled paragraphs; the label stands at the first of its texts."""
    for label, texts in parts.items():
        for number, text in enumerate(texts):
            yield from _row("" if number else label, text, width)


@lru_cache(maxsize=256)
def _row(label: str, text: str, width: int) -> tuple[str, ...]:
    """A labelled paragraph, wrapped and indented; nothing for an empty text. Cached, since errors repeat their texts."""
    return tuple(wrap(safe(" ".join(text.split())), width, f"  {label:<9}", " " * 11)) if text else ()


def page(record: ErrorRecord, number: int = 1, count: int = 1) -> str:
    """The full explanation of one error, for the content view. Cause and remedy begin in the first four lines; where they take more, they go on below
    that."""
    of = f"   ({number} of {count})" if count > 1 else ""
    causes = record_causes(record)
    steps = [f"{step}. {fix}" for step, fix in enumerate(record.fix, 1)] if len(record.fix) > 1 else list(record.fix)
    begun, rest = _parted(causes or [record.meaning or NO_MEANING])
    label = "Found" if causes else "Means"
    head: tuple[dict[str, list[str]], ...] = ({label: begun, "Do": steps}, {label: rest})
    seen = " ".join(causes)
    parts = {
        "Server": [quoted(record.message)] if record.message else [],
        "Debug": [one_line(record.debug, 1000)],
        "Item": [f"{record.index}: {record.part}"] if record.part else [],
        "Means": [record.meaning or NO_MEANING] if causes else [],
        "Also": _says(record, secondary=True),
        "Seen": [one_line(finding.evidence) for finding in record.findings[:20] if finding.evidence and finding.evidence not in seen],
        "Retry": [_retry(record, RETRY_WORDS)],
        "Fault": [FAULT_WORDS.get(record.fault, record.fault)],
        "Or it is": [_names(record)],
        "SDK": [f"{language}: {view}" for language, view in sorted(record.sdk.items())],
        "Quote": [_ids(record)],
        "App": [" ".join(part for part in (record.app, record.client and f"(SDK {record.client})") if part)],
        "Read": [record.doc],
    }
    return "\n".join(
        [f"{record.title}   {one_line(record.type, 160)}{of}", *(line for part in head for line in rows(part, PAGE_WIDTH)), *rows(parts, PAGE_WIDTH)]
    )


def _parted(texts: list[str]) -> tuple[list[str], list[str]]:
    """What of some texts is shown before the remedy, and what after it: a long text is parted after a clause, with ellipses on both sides."""
    first, *others = texts
    lines = _row("", first, PAGE_WIDTH - 2)
    if len(lines) <= HEAD_LINES - 2:
        fits = len(lines) + sum(len(_row("", text, PAGE_WIDTH)) for text in others) <= HEAD_LINES - 2
        return (texts, []) if fits else ([first], others)
    fitting = " ".join(line.strip() for line in lines[: HEAD_LINES - 2])
    ends = (max((end.end() for end in one.finditer(fitting) if _may_end(fitting[: end.end()])), default=0) for one in _ENDS)
    end = next(filter(None, ends), len(fitting))
    whole = safe(" ".join(first.split()))
    return [f"{whole[:end]} \u2026"], [f"\u2026 {whole[end:].lstrip()}", *others]


def _may_end(text: str) -> bool:
    """Whether a text may be parted after this: not in a quotation, nor in what is said of a flow."""
    return len(text) > SHORTEST_CLAUSE and text.count("`") % 2 == 0 and text.count("[") == text.count("]") and not _FLOW.search(text)
