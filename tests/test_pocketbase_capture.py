"""Real traffic of a real PocketBase, as it was recorded: every error named, none invented, the cause found by a catalog without rules in code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import baas_errors
import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.mitm.inspector import Inspector
from baas_errors.pipeline import Pipeline
from baas_errors.record import ErrorRecord
from live.pocketbase.findings import FINDINGS
from mitmproxy.http import HTTPFlow
from mitmproxy.io import FlowReader

CAPTURES = Path(__file__).parent / "captures" / "pocketbase"
LEAST_SHARE = 0.9
# It says what it compares, and claims no cause.
REMARKS = ("differs-from-success",)

Seen = list[tuple[dict[str, Any], list[ErrorRecord]]]


@pytest.fixture(scope="module")
def seen() -> Seen:
    """The flows of the capture in their order, each with what is expected of it and what was found in it."""
    watch = Inspector(Pipeline(load_catalogs(), pseudonym_key=b"key of the tests"))
    lines = [json.loads(line) for line in (CAPTURES / "pocketbase.expected.jsonl").read_text("utf-8").splitlines()]
    with open(CAPTURES / "pocketbase.mitm", "rb") as file:
        flows = [flow for flow in FlowReader(file).stream() if isinstance(flow, HTTPFlow)]
    told = [(line["method"], line["path"], line["status"]) for line in lines]
    assert told == [(flow.request.method, flow.request.path, flow.response.status_code) for flow in flows if flow.response]
    return [(line, list(looked.records if (looked := watch.look(flow)) else ())) for line, flow in zip(lines, flows, strict=True)]


def test_the_backend_has_no_rules_in_code() -> None:
    assert not (Path(baas_errors.__file__).parent / "diagnose" / "pocketbase").exists()


def test_every_error_is_named_and_none_invented(seen: Seen) -> None:
    wrong = [(line["situation"], [record.name for record in records]) for line, records in seen if [r.name for r in records] != line["entries"]]
    assert wrong == []
    assert len(seen) > 280
    assert all(record.known == bool(record.name) and record.backend == "pocketbase" for _, records in seen for record in records)


def test_each_refused_field_is_told_with_its_name(seen: Seen) -> None:
    (records,) = [records for line, records in seen if line["situation"] == "three-fields"]
    assert [record.message.partition(":")[0] for record in records] == ["rating", "site", "title"]
    assert [record.code for record in records] == ["validation_max_number_constraint", "validation_invalid_url", "validation_min_text_constraint"]


def test_a_batch_tells_its_request(seen: Seen) -> None:
    (records,) = [records for line, records in seen if line["situation"] == "batch-title-short"]
    assert [(record.index, record.part.partition(" ")[0], record.url_template) for record in records] == [(1, "POST", "/api/batch")]


def test_the_first_finding_names_the_cause(seen: Seen) -> None:
    shown = [(line, records) for line, records in seen if line.get("cause")]
    missed = [
        line["situation"]
        for line, records in shown
        if not records or not records[0].findings or not re.search(line["says"], records[0].findings[0].says, re.S)
    ]
    assert 1 - len(missed) / len(shown) >= LEAST_SHARE, missed
    page = (CAPTURES.parents[2] / "docs" / "causes.md").read_text("utf-8")
    told = re.search(r"of (\d+) kinds of fault that we made on purpose (\d+) show their cause.*?names it in (\d+) of them", page, re.S)
    kinds = {line["situation"] for line, _ in seen if line["situation"] != "success" and not line["situation"].startswith("before ")}
    assert told
    assert [int(told[1]), int(told[2])] == [len(kinds), len(shown)]
    assert int(told[3]) <= len(shown) - len(missed), missed


def test_no_finding_is_wrong(seen: Seen) -> None:
    wrong = {
        line["situation"]: told
        for line, records in seen
        if (told := [f.says for record in records for f in record.findings if f.rule not in (*FINDINGS.get(line["situation"], "").split(), *REMARKS)])
    }
    assert wrong == {}
