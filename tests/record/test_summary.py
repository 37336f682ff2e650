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


def test_table_says_how_often_how_many_users_and_since_when_and_leaves_empty_columns_out():
    asked = ["a", "b", "a", "", "c", "d"]
    summary = summed(*(make_error_record(user=user, timestamp=f"2024-05-01T12:{29 + at}:07.000Z") for at, user in enumerate(asked)))
    summary.add(make_error_record(type="parse/世界", code=None, url_template="/x", user="a", timestamp="2024-05-01T12:30:00.000Z"))
    assert summary.table().splitlines() == [
        "7 backend errors of 2 kinds, 4 users:",
        "  how often                          error                 code  request",
        "  6 times, 4 users, since 12:29 UTC  parse/ObjectNotFound  101   GET /parse/classes/Post/{id}",
        "  once, 1 user, at 12:30:00 UTC      parse/世界                  GET /x",
    ]


def test_users_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "MOST_USERS", 3)
    monkeypatch.setattr(module, "USER_ROOM", 5)
    summary = summed(
        *(make_error_record(user=f"u{number}") for number in range(4)), *(make_error_record(type="parse/b", user=f"u{n}") for n in range(3))
    )
    assert "4 times, 3+ users, since " in summary.table()
    assert sum(len(row.users) for row in summary.rows()) == 5
    summary.clear()
    summary.add(make_error_record(user="u" * 5_000))
    assert [len(user) for user in summary.rows()[0].users] == [80]


def test_a_row_that_is_dropped_gives_its_room_for_users_back(monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    monkeypatch.setattr(module, "USER_ROOM", 2)
    summary = summed(*(make_error_record(type=f"parse/{number}", user="a") for number in range(9)))
    assert [len(row.users) for row in summary.rows()] == [1, 1]


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
        "users": "",
        "error": "parse/ObjectNotFound",
        "code": "101",
        "request": "GET /parse/classes/Post/{id}",
        "first": "2024-05-01T10:00:00.000Z",
        "last": "2024-05-01T10:00:00.000Z",
        "last request id": "r1",
    }
