"""The data of an HTML report."""

from __future__ import annotations

import json

import pytest
from baas_errors.formats.html.data import as_json, detail_blocks, group_data, link, row_blocks, row_data, shares
from baas_errors.formats.html.details import detail
from baas_errors.reports.group import groups_of
from hypothesis import given
from samples import harmful, make_clean, make_occurrence, many_occurrences, patient


@patient
@given(harmful)
def test_json_cannot_end_its_element(text: str) -> None:
    shown = as_json({text: text})
    assert "<" not in shown
    assert json.loads(shown) == {text: text}


@pytest.mark.parametrize(
    ("sizes", "most", "expected"),
    [
        ([], 10, []),
        ([3, 2], 10, [3, 2]),
        ([8, 1, 1], 6, [4, 1, 1]),
        ([8, 8, 1], 9, [4, 4, 1]),
        ([5, 5], 0, [0, 0]),
        ([1] * 5, 3, [0, 0, 1, 1, 1]),
    ],
)
def test_shares(sizes: list[int], most: int, expected: list[int]) -> None:
    groups = [groups_of([make_occurrence()] * size)[0] for size in sizes]
    assert shares(groups, most) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://docs.example/a?b=1#c", "https://docs.example/a?b=1#c"),
        ("http://docs.example/", ""),
        ("javascript:alert(1)", ""),
        ("https://a.example/ b", ""),
        ('https://a.example/"', ""),
        ("", ""),
    ],
)
def test_only_addresses_become_links(address: str, expected: str) -> None:
    assert link(address) == expected


def test_absent_facts_of_a_group_are_left_out() -> None:
    (group,) = groups_of([make_occurrence(meaning="", fix=(), status=None, message="")])
    assert group_data(group, 0, [1]).keys().isdisjoint({"meaning", "fix", "status", "message", "found", "candidates", "sdk", "doc"})


def test_texts_of_a_group_are_safe_to_look_at() -> None:
    (group,) = groups_of([make_occurrence(meaning="a\u202eb", message="two\nlines\x1b")])
    data = group_data(group, 0, [1])
    assert (data["meaning"], data["message"]) == ("a\\u202eb", "two lines\\x1b")


def test_a_row() -> None:
    occurrence = make_occurrence(request_id="r", client_request_id="c", app="a", client="js", flow_id="f")
    assert row_data(occurrence, opens=True) == [
        "2024-05-01T10:00:00.000Z",
        404,
        "GET",
        "https://toy.example/parse/classes/Post/abc",
        "Object not found.",
        "r",
        "c a js f",
        1,
    ]


def test_rows_are_those_of_the_groups_latest_first() -> None:
    groups = groups_of(many_occurrences(2_500, kinds=2))
    blocks = list(row_blocks(groups, [1_250, 3]))
    rows = [row for block in blocks for row in block]
    assert [len(block) for block in blocks] == [1_000, 1_000, 500]
    assert rows[0][0] == groups[0].last
    assert rows[1_249][0] == groups[0].first
    assert [row[7] for row in rows[1_248:1_256]] == [1, 1, 1, 1, 1, 0, 0, 0]


def test_details_can_be_put_together_again() -> None:
    groups = groups_of(many_occurrences(250, kinds=2))
    found = {}
    for number, block in detail_blocks(groups, [125, 2]):
        for row, numbers in block["details"].items():
            assert row // 100 == number
            texts = block["texts"]
            found[row] = ["\n".join(texts[line] for line in lines) for lines in numbers[4:]]
    expected = [detail(groups[0], occurrence) for occurrence in reversed(groups[0].members)]
    expected += [detail(groups[1], occurrence) for occurrence in list(reversed(groups[1].members))[:2]]
    assert found == {row: [shown.curl, shown.ticket] for row, shown in enumerate(expected)}


def test_a_text_stands_once_in_a_block() -> None:
    groups = groups_of([make_occurrence(make_clean())] * 3)
    ((_, block),) = detail_blocks(groups, [3])
    assert len(block["texts"]) == len(set(block["texts"]))
