"""A second process that explains every other error: the same result, in the same order, as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.pipeline import Pipeline
from baas_errors.reports import collect, second_core
from baas_errors.reports.group import Occurrence

CAPTURES = Path(__file__).resolve().parents[1] / "captures"
INPUTS = [str(CAPTURES / name) for name in ("demo.mitm", "parse-server-9.mitm")]


def found(monkeypatch: pytest.MonkeyPatch, processes: int, inputs: list[str] = INPUTS, *, exchanges: bool = True) -> list[Occurrence]:
    monkeypatch.setattr(collect, "is_worth_it", lambda _inputs: processes > 1)
    return collect.collect(inputs, Pipeline(load_catalogs(), pseudonym_key=b"key"), [], exchanges=exchanges)


def told(occurrences: list[Occurrence]) -> list[Any]:
    return [(occurrence.record.to_json(), occurrence.record.part, *occurrence[1:]) for occurrence in occurrences]


def test_two_processes_find_what_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    one = told(found(monkeypatch, 1))
    assert len(one) > 100
    assert told(found(monkeypatch, 2)) == one
    assert told(found(monkeypatch, 2, exchanges=False)) == told(found(monkeypatch, 1, exchanges=False))


def test_half_of_the_errors_are_explained_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    records = second_core.Helper.records

    def counted(helper: second_core.Helper) -> Any:
        made.append(handed := records(helper))
        return handed

    monkeypatch.setattr(second_core.Helper, "records", counted)
    found(monkeypatch, 2)
    assert len([1 for handed in made if handed]) == len(made) // 2 > 50


def test_if_the_other_process_ends_this_one_goes_on_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    one = told(found(monkeypatch, 1))
    persistent_id, calls = second_core._Pickler.persistent_id, iter(range(1_000))

    def fails(pickler: Any, value: Any) -> Any:
        next(calls)
        return persistent_id(pickler, value)

    monkeypatch.setattr(second_core._Pickler, "persistent_id", fails)
    assert told(found(monkeypatch, 2)) == one


def test_small_inputs_and_pipes_are_read_by_one_process(tmp_path: Path) -> None:
    large, small = tmp_path / "large", tmp_path / "small"
    large.write_bytes(bytes(second_core.LARGE))
    small.write_bytes(b"x")
    assert not second_core.is_worth_it([str(small)])
    assert not second_core.is_worth_it([str(large), "-"])
    assert not second_core.is_worth_it([str(large), str(tmp_path / "none")])
    assert not second_core.is_worth_it([])
