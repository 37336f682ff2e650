"""Nothing that a reader needs is replaced in ordinary exchanges, and all that is secret in them is.

`ordinary_exchanges.jsonl` has one exchange a line, each with names and values that look like secrets and are none: method, URL, request and answer as
they are sent, and in `goes` the values that have to be replaced. Anything else that is replaced is replaced in vain.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from baas_errors.catalog import Backend
from baas_errors.exchange import Exchange, Response
from baas_errors.pipeline import Pipeline
from baas_errors.redact import Redactor
from baas_errors.reports.redacted_exchange import clean
from build import make_body, make_headers, make_request
from matrix import in_one_test

ROWS = [json.loads(line) for line in Path(__file__).with_name("ordinary_exchanges.jsonl").read_text("utf-8").splitlines()]
JSON = {"Content-Type": "application/json"}


def replaced(backends: dict[str, Backend], row: dict[str, Any]) -> tuple[set[str], str]:
    """What was replaced in an exchange, in its records and reports; and these."""
    found: set[str] = set()

    class Telling(Redactor):
        def mark(self, kind: str, value: str) -> str:
            found.add(value)
            return super().mark(kind, value)

    pipeline = Pipeline(backends, pseudonym_key=b"k" * 32)
    pipeline.redactor.__class__ = Telling
    request = make_request(row["method"], row["url"], row.get("headers", {}), row.get("body"))
    answer = make_body(row["answer"], "application/json")
    exchange = Exchange("1", request, Response(row["status"], make_headers(JSON | row.get("got", {})), answer), 1.0, 2.0)
    backend = pipeline.recognizer.of_exchange(exchange)
    assert backend is not None, row["id"]
    assert backend.id == row["backend"], row["id"]
    records = pipeline.records(exchange, backend)
    assert records, row["id"]
    return found, json.dumps([[record.to_json() for record in records], str(clean(exchange, pipeline.redactor))], ensure_ascii=False)


def test_there_are_enough_of_each_backend() -> None:
    assert len(ROWS) >= 80
    assert {row["backend"] for row in ROWS} == {"parse", "kinvey", "bkend", "backend-services", "pocketbase"}
    assert len({row["id"] + row["backend"] for row in ROWS}) == len(ROWS)


def test_nothing_is_replaced_in_vain(backends: dict[str, Backend]) -> None:
    in_vain = {f"{row['backend']}: {row['id']}": vain for row in ROWS if (vain := replaced(backends, row)[0] - set(row.get("goes", ())))}
    assert not in_vain


@in_one_test("row", [row for row in ROWS if "goes" in row], ids=lambda row: row["id"])
def test_what_is_secret_is_replaced(backends: dict[str, Backend], row: dict[str, Any]) -> None:
    found, shown = replaced(backends, row)
    assert set(row["goes"]) <= found
    assert not [value for value in row["goes"] if f'"{value}' in shown]
