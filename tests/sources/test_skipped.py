"""What is left out of a file is told, and takes little room however much it is."""

from __future__ import annotations

import io

from baas_errors.sources.har.file import MOST_BAD
from baas_errors.sources.har.file import read as read_har
from baas_errors.sources.skipped import MOST_KEPT, Skip, Skips
from baas_errors.sources.source import Source


def test_of_very_many_the_first_are_kept_and_the_others_counted() -> None:
    into = [Skip("other.har", "entry", 1, "is not an object")]
    skips = Skips("a.har", into)
    for number in range(1, MOST_KEPT + 1_235):
        skips.add("entry", number, "is not an object")
    assert into[1:-1] == [Skip("a.har", "entry", number, "is not an object") for number in range(1, MOST_KEPT + 1)]
    assert into[-1].many == 1_234
    assert str(into[-1]) == "a.har: 1,234 more could not be read"
    assert (skips.count, skips.first) == (MOST_KEPT + 1_234, "entry 1: is not an object")


def test_as_many_as_are_kept_are_all_told() -> None:
    into: list[Skip] = []
    skips = Skips("a.har", into)
    for number in range(1, MOST_KEPT + 1):
        skips.add("entry", number, "is not an object")
    assert [skip.number for skip in into] == list(range(1, MOST_KEPT + 1))


def test_several_files_share_a_list() -> None:
    into: list[Skip] = []
    first, second = Skips("a.har", into), Skips("b.har", into)
    for number in range(1, MOST_KEPT + 4):
        first.add("entry", number, "is not an object")
        second.add("entry", number, "is not an object")
    assert [(skip.file, skip.many) for skip in into if skip.many > 1] == [("a.har", 3), ("b.har", 3)]
    assert len(into) == 2 * (MOST_KEPT + 1)


def test_a_har_file_full_of_junk_fills_no_memory() -> None:
    into: list[Skip] = []
    entries = ",".join(["1"] * 50_000)
    assert list(read_har(Source(io.BytesIO(f'{{"log":{{"entries":[{entries}]}}}}'.encode()), Skips("a.har", into)))) == []
    assert len(into) == MOST_KEPT + 2
    assert sum(skip.many for skip in into if skip.damage) == MOST_BAD
    assert into[-1].reason == "after 10,000 entries in a row that cannot be read, the rest was not read"
