"""The description of the log's keys: complete, and the same as in docs/log.md."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path

from baas_errors.pipeline import Pipeline
from baas_errors.record import FACTS, ErrorRecord
from baas_errors.record.model import DERIVED
from baas_errors.reports.collect import collect
from json_schemas import validate

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_shows_the_keys_as_they_are() -> None:
    spec = importlib.util.spec_from_file_location("make_log", DOCS / "make_log.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    text = (DOCS / "log.md").read_text(encoding="utf-8")
    assert text == made.page(text), "run `python docs/make_log.py`"


def test_every_field_of_a_record_has_a_key_but_the_part() -> None:
    fields = {field.name for field in dataclasses.fields(ErrorRecord)} - {"part"}
    assert {fact.attribute for fact in FACTS} == fields | DERIVED
    assert len({fact.key for fact in FACTS}) == len(FACTS)


def test_the_schema_of_the_record_is_made_from_the_facts() -> None:
    spec = importlib.util.spec_from_file_location("make_schema", DOCS / "make_schema.py")
    assert spec
    assert spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert made.FILE.read_text("utf-8") == made.text(), "run `python docs/make_schema.py`"


def test_the_records_of_the_captures_have_the_form_of_the_schema(pipeline: Pipeline) -> None:
    captures = DOCS.parent / "tests" / "captures"
    records = [one.record.as_dict() for one in collect([str(captures / name) for name in ("demo.mitm", "har/proxyman.har")], pipeline, [])]
    assert len(records) > 10
    for record in records:
        validate("record", record)
