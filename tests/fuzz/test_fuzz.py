"""A part of the fuzzing, with fixed seeds: mutated answers, HAR files, logs, catalogs and files of flows. README.md in fuzz/ says how to run more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fuzz.targets import TARGETS, Answers, answers
from hypothesis import given, settings
from hypothesis import strategies as st

SEED = 20


@pytest.fixture(scope="module")
def looked() -> Iterator[Answers]:
    with answers() as target:
        yield target


def test_all_seeds_have_the_names_that_the_catalogs_promise(looked: Answers) -> None:
    for number in range(looked.seeds):
        looked.run(SEED, number)
    assert looked.seeds > 1_000
    assert looked.looker.records > 1_000


def test_no_mutated_answer_makes_a_hook_fail_or_a_record_wrong(looked: Answers) -> None:
    before = looked.looker.records
    for number in range(looked.seeds, looked.seeds + 3_000):
        looked.run(SEED, number)
    # Most are still answers of a known backend: what is tested is more than being passed by.
    assert looked.looker.records - before > 1_500


@given(st.binary(max_size=300))
@settings(max_examples=400)
def test_no_mutation_that_hypothesis_thinks_of(looked: Answers, data: bytes) -> None:
    looked.run_bytes(data)


@pytest.mark.parametrize(
    ("name", "runs", "counted"),
    [("har", 400, "errors"), ("jsonl", 1_200, "records"), ("catalog", 120, "taken"), ("flows", 500, "errors"), ("exports", 600, "errors")],
)
def test_no_mutated_file_makes_a_reader_fail_or_lose_what_is_good(name: str, runs: int, counted: str) -> None:
    with TARGETS[name]() as target:
        for number in range(runs):
            target.run(SEED, number)
        assert target.counts[counted] > 5
