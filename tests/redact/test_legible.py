"""What servers and catalogs say stays as it is: a text that was taken apart explains nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from baas_errors.catalog import Backend
from baas_errors.catalog.entries import ADVISING
from baas_errors.pipeline import Pipeline
from baas_errors.redact import Redactor

CAPTURES = Path(__file__).resolve().parents[1] / "captures"


def texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)


def taken_apart(redactor: Redactor, said: Iterator[str]) -> list[tuple[str, str]]:
    return [(text, shown) for text in said if (shown := redactor.session().text(text)) != text]


def test_what_real_servers_said(pipeline: Pipeline) -> None:
    files = sorted(CAPTURES.glob("*.expected.jsonl"))
    messages = [text for file in files for line in file.read_text("utf-8").splitlines() for text in texts(json.loads(line).get("errors"))]
    assert len(messages) > 500
    # One of them repeats an address of mail.
    assert not taken_apart(pipeline.redactor, (text for text in messages if "@" not in text))


def test_what_catalogs_say(pipeline: Pipeline, backends: dict[str, Backend]) -> None:
    rules = [rule for b in backends.values() for kind in ADVISING for rule in b.tables.of(kind)]
    said = [
        text for rule in rules for text in (rule.advice.meaning, rule.advice.doc, *(fix.do for fix in rule.advice.fix), *rule.advice.sdk.values())
    ]
    assert len(said) > 1_000
    assert not taken_apart(pipeline.redactor, iter(said))
    assert all(map(pipeline.redactor.is_ours, said))


def test_names_and_what_entries_match(pipeline: Pipeline, backends: dict[str, Backend]) -> None:
    entries = [entry for b in backends.values() for entry in b.entries]
    said = [text for entry in entries for text in (entry.name, str(entry.code), *entry.applies_to, *entry.not_to_confuse_with.values())]
    patterns = [pattern.text for entry in entries for match in entry.match for pattern in (match.message, match.debug) if pattern]
    assert len(patterns) > 20
    assert not taken_apart(pipeline.redactor, iter([*said, *patterns]))
