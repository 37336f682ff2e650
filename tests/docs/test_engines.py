"""The files for other engines: questions are asked for real, settings are valid YAML and name keys that records have."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from baas_errors.record.model import FACTS
from build import make_error_record
from ruamel.yaml import YAML

ENGINES = Path(__file__).resolve().parents[2] / "docs" / "engines"
PAGE = ENGINES.with_suffix(".md")
KEYS = {fact.key for fact in FACTS}


def log(folder: Path) -> None:
    """Errors of two hours, of three users; one of them repeats the same request six times within a minute, and one error was made on demand."""
    began = datetime(2026, 3, 1, 10, 59, 50, tzinfo=UTC)
    shown = [(0, "parse/A", "aaa111", "r-0"), (600, "parse/B", "bbb222", "r-1"), (610, "parse/A", "bbb222", "")]
    shown += [(3_700 + 5 * number, "parse/B", "ccc333", f"r-{number + 2}") for number in range(6)]
    lines = [
        make_error_record(
            timestamp=(began + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            type=kind,
            user=user,
            request_id=request_id,
            method="POST",
            url_template="/classes/{id}",
            fingerprint=kind[-1] * 12,
            machine="ci-7",
            injected="parse/A" if at == 610 else "",
        ).to_json()
        for at, kind, user, request_id in shown
    ]
    (folder / "errors.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


def statements(name: str) -> list[str]:
    return [part for part in re.sub(r"(?m)^--.*$", "", (ENGINES / name).read_text("utf-8")).split(";") if part.strip()]


def check(answers: list[list[tuple[Any, ...]]]) -> None:
    """The four questions, whatever engine answered them; columns are told by their place."""
    by_hour, users, ids, storms = answers
    assert [(row[0], row[-1]) for row in by_hour] == [("parse/A", 1), ("parse/B", 1), ("parse/B", 6)]
    assert [(row[0], row[3], row[4]) for row in users] == [("parse/B", 7, 2), ("parse/A", 1, 1)]
    assert [row[-1] for row in ids] == ["r-1", *(f"r-{number}" for number in range(2, 8))]
    assert [(row[1], row[-3], row[-2]) for row in storms] == [("parse/B", "ccc333", 6)]


def test_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    log(tmp_path)
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as engine:
        check([engine.execute(text).fetchall() for text in statements("duckdb.sql")][2:])


def test_clickhouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Some 500 MB: CI has it on one line.
    engine = pytest.importorskip("chdb.session")
    log(tmp_path)
    monkeypatch.chdir(tmp_path)
    session = engine.Session()
    try:
        answers = [str(session.query(text, "JSONCompactEachRow")) for text in statements("clickhouse.sql")][1:]
    finally:
        session.close()
    check([[tuple(json.loads(line)) for line in answer.splitlines()] for answer in answers])


def test_questions_name_keys_that_records_have() -> None:
    for name in ("duckdb.sql", "clickhouse.sql"):
        named = re.findall(r"[\"`]([@a-z_]+(?:\.[a-z_]+)+|@\w+)[\"`]", (ENGINES / name).read_text("utf-8"))
        assert len(named) > 8, name
        assert set(named) <= KEYS, (name, set(named) - KEYS)


def test_settings_are_yaml_and_name_keys_that_records_have() -> None:
    files = [path for path in sorted(ENGINES.iterdir()) if path.suffix in (".yaml", ".yml")]
    assert len(files) == 5
    for path in files:
        text = path.read_text("utf-8")
        assert isinstance(YAML(typ="safe").load(text), dict), path.name
        named = set(re.findall(r"[\[\"](@timestamp|(?:baas|error|log|http|url|trace)[._][a-z_.]+)[\"\]]", text))
        assert named <= KEYS, (path.name, named - KEYS)


def test_the_page_lists_every_file() -> None:
    assert set(re.findall(r"\(engines/([\w.-]+)\)", PAGE.read_text("utf-8"))) == {path.name for path in ENGINES.iterdir()}
