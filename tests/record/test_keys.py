"""The description of the log's keys: complete, and the same as in docs/log.md."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path

from baas_errors.record import FACTS, ErrorRecord
from baas_errors.record.model import DERIVED

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
