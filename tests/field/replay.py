"""Plays cases from the field through the addon's pipeline, and scores what a person would read first.

A case is one JSON object a line in `cases/*.jsonl`:

- `id`, `kind`: its name, and the kind of situation.
- `rows`: the exchanges in the order of the traffic, each `{method, url, req_headers, req_body, status, headers, body, error, messages}`; bodies are
  text, or JSON that is written out. `after` is the time since the row before in seconds (1 by default). The last row is the one that is judged.
- `truth`: the cause, for people who read the case.
- `says`: texts that the first finding must have, or, where there is none, the entry's meaning; `fix`: texts that the first remedy must have.
- `type`: the record's `error.type`, where it matters. `not`: texts that must not stand anywhere on the screen.
- `silent`: true for a success that only looks like an error: it must have no record.

Score: 3 if cause and remedy are right, 2 if only the cause is, 1 if neither is but nothing wrong is stated as certain, 0 if a certain first finding
names another cause, a text that must not stand there does, or a look-alike is not silent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from baas_errors.catalog import Backend
from baas_errors.exchange import Exchange, Response
from baas_errors.pipeline import Pipeline
from baas_errors.record import ErrorRecord
from baas_errors.render.record_text import page
from build import make_body, make_headers, make_request

CASES = Path(__file__).with_name("cases")
START = 1_780_000_000.0


class Result(NamedTuple):
    """A case, what was recorded for its last row, and the score with its reason."""

    case: Mapping[str, Any]
    records: list[ErrorRecord]
    score: int
    reason: str


def cases(folder: Path = CASES) -> Iterator[dict[str, Any]]:
    """All cases, in the order of the files."""
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def play(backends: Mapping[str, Backend], rows: list[dict[str, Any]]) -> list[ErrorRecord]:
    """The records of the last row, after the rows before it."""
    pipeline = Pipeline(backends, pseudonym_key=b"key of the tests")
    now, records = START, list[ErrorRecord]()
    for number, row in enumerate(rows):
        now += row.get("after", 1.0)
        request = make_request(row["method"], row["url"], row.get("req_headers") or {}, _body(row.get("req_body")))
        headers = row.get("headers") or {}
        kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
        answered = row.get("status") is not None and not row.get("error")
        response = Response(row["status"], make_headers(headers), make_body(_body(row.get("body")), kind)) if answered else None
        exchange = Exchange(f"flow-{number + 1}", request, response, now, now + 0.1, row.get("error") or "")
        backend = pipeline.recognizer.of_exchange(exchange)
        records = pipeline.records(exchange, backend) if backend else []
    return records


def _body(value: Any) -> Any:
    return b"" if value is None or value == "" else value


def judge(backends: Mapping[str, Backend], case: Mapping[str, Any]) -> Result:
    """Plays a case and scores it."""
    records = play(backends, case["rows"])
    if case.get("silent"):
        return Result(case, records, 0 if records else 3, "an error was recorded" if records else "")
    if not records:
        return Result(case, records, 1, "no error was recorded")
    record = records[0]
    first = next((finding for finding in record.findings if not finding.secondary), None)
    screen = " ".join(page(record).split())
    if wrong := [text for text in case.get("not", ()) if text.lower() in screen.lower()]:
        return Result(case, records, 0, f"says {wrong}")
    said = first.says if first else record.meaning
    cause = all(text.lower() in said.lower() for text in case.get("says", ())) and case.get("type", record.type) == record.type
    if not cause:
        return Result(case, records, 0 if first and first.certain else 1, f"the cause is not named: {said!r} ({record.type})")
    remedy = record.fix[0] if record.fix else ""
    if not all(text.lower() in remedy.lower() for text in case.get("fix", ())):
        return Result(case, records, 2, f"the remedy does not follow: {remedy!r}")
    return Result(case, records, 3, "")
