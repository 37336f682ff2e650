from baas_errors.record import summary as module
from baas_errors.record.summary import Summary
from build import make_error_record


def summed(*records):
    summary = Summary()
    for record in records:
        summary.add(record)
    return summary


def test_repeats_are_one_row_with_first_last_and_last_request_id():
    summary = summed(
        make_error_record(timestamp="2024-05-01T10:00:02.000Z", request_id="b"),
        make_error_record(timestamp="2024-05-01T10:00:01.000Z", request_id=""),
        make_error_record(timestamp="2024-05-01T10:00:03.000Z", request_id="d"),
    )
    (row,) = summary.rows()
    assert (row.count, row.first, row.last, row.request_id) == (3, "2024-05-01T10:00:01.000Z", "2024-05-01T10:00:03.000Z", "d")
    assert summary.total == 3


def test_rows_differ_by_type_method_and_path():
    summary = summed(
        make_error_record(),
        make_error_record(type="parse/InvalidQuery"),
        make_error_record(method="PUT"),
        make_error_record(url_template="/parse/classes/Other/{id}"),
    )
    assert [row.count for row in summary.rows()] == [1, 1, 1, 1]


def test_the_most_frequent_stands_first():
    summary = summed(make_error_record(), make_error_record(type="parse/b"), make_error_record(type="parse/b"))
    assert [row.type for row in summary.rows()] == ["parse/b", "parse/ObjectNotFound"]


def test_table_without_errors_is_a_sentence():
    assert Summary().table() == "No backend errors were seen."


def test_table_aligns_columns_and_leaves_empty_ones_out():
    summary = summed(*[make_error_record()] * 11, make_error_record(type="parse/世界", code=None, url_template="/x"))
    assert summary.table().splitlines() == [
        "12 backend errors of 2 kinds:",
        "  count  error                 code  request",
        "     11  parse/ObjectNotFound  101   GET /parse/classes/Post/{id}",
        "      1  parse/世界                  GET /x",
    ]


def test_table_says_what_it_does_not_show():
    summary = summed(*(make_error_record(type=f"parse/{n}") for n in range(5)))
    assert summary.table(most=3).splitlines()[-1] == "  ... and 2 more kinds"


def test_hostile_text_cannot_act_on_the_terminal_or_break_rows():
    summary = summed(make_error_record(code="\x1b[31mx\ny", url_template="/a\nb\x9b", request_id="id\n\x1b]0;t\x07"))
    summary.add(make_error_record(code="\x1b[31mx\ny", url_template="/a\nb\x9b", request_id="id\n\x1b]0;t\x07"))
    assert len(summary.table().splitlines()) == 3
    assert not any(character in summary.table() for character in "\x1b\x9b\x07")


def test_rows_are_bounded_and_frequent_ones_survive(monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 10)
    summary = summed(make_error_record(), make_error_record(), *(make_error_record(type=f"parse/{n}") for n in range(30)))
    assert len(summary.rows()) == 10
    assert summary.rows()[0].type == "parse/ObjectNotFound"
    assert (summary.total, summary.dropped) == (32, 21)
    assert "21 rare kinds no longer listed" in summary.table()


def test_rows_are_bounded_whatever_stands_in_them():
    long = "\U0001f511" * 60_000
    summary = summed(make_error_record(code=long, method=long, url_template=long, request_id=long))
    (row,) = summary.rows()
    assert sum(len(text) for text in (row.type, row.code, row.method, row.url_template, row.request_id)) < 500


def test_clear_forgets_everything():
    summary = summed(make_error_record())
    summary.clear()
    assert (summary.total, summary.rows(), summary.table()) == (0, [], "No backend errors were seen.")


def test_data_has_headings_and_rows_of_texts():
    head, row = summed(make_error_record(request_id="r1")).data()
    assert dict(zip(head, row, strict=True)) == {
        "count": "1",
        "error": "parse/ObjectNotFound",
        "code": "101",
        "request": "GET /parse/classes/Post/{id}",
        "first": "2024-05-01T10:00:00.000Z",
        "last": "2024-05-01T10:00:00.000Z",
        "last request id": "r1",
    }
