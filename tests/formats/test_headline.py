"""The sentences at the head of a report."""

from __future__ import annotations

from baas_errors.formats.headline import counted, headline, sentences, start_with, when_and_where, where_the_fault_lies
from baas_errors.record import Finding
from baas_errors.reports.group import Group, groups_of
from baas_errors.reports.overview import by_cause
from matrix import in_one_test
from samples import make_occurrence


def groups(*facts: dict[str, object]) -> list[Group]:
    return groups_of(make_occurrence(**({"type": f"parse/{number}"} | one)) for number, one in enumerate(facts))


@in_one_test(("count", "expected"), [(0, "No backend errors were recorded"), (1, "1 error of 1 kind"), (2, "2 errors of 2 kinds")])
def test_headline(count: int, expected: str) -> None:
    assert headline(groups(*[{}] * count)) == expected


@in_one_test(
    ("last", "expected"),
    [
        ("2024-05-01T10:00:00.000Z", "parse, 2024-05-01 10:00:00 UTC"),
        ("2024-05-01T10:00:04.000Z", "parse, 2024-05-01 10:00:00 to 10:00:04 UTC (4.0 s)"),
        ("2024-05-01T10:01:05.000Z", "parse, 2024-05-01 10:00:00 to 10:01:05 UTC (65 s)"),
        ("2024-05-01T10:31:00.000Z", "parse, 2024-05-01 10:00:00 to 10:31:00 UTC (31 min)"),
        ("2024-05-01T15:00:00.000Z", "parse, 2024-05-01 10:00:00 to 15:00:00 UTC (5 h)"),
        ("2024-05-09T10:00:00.000Z", "parse, 2024-05-01 10:00:00 to 2024-05-09 10:00:00 UTC (8 days)"),
    ],
)
def test_when(last: str, expected: str) -> None:
    assert when_and_where(groups({}, {"timestamp": last})) == expected


@in_one_test(("names", "expected"), [(("a",), "a,"), (("a", "b"), "a and b,"), (("a", "b", "c"), "a, b and c,"), (("a", "b", "b"), "b and a,")])
def test_where(names: tuple[str, ...], expected: str) -> None:
    assert when_and_where(groups(*({"backend": name} for name in names))).startswith(expected)


def test_backends_and_faults_are_counted() -> None:
    found = groups({"backend": "a", "fault": "auth"}, {"backend": "b", "fault": ""}, {"backend": "b", "fault": "auth"})
    assert counted(found, "backend") == [("b", 2), ("a", 1)]
    assert counted(found, "fault") == [("auth", 2), ("", 1)]


@in_one_test(
    ("names", "expected"),
    [
        (("auth",), "The fault lies in the credentials."),
        (("auth", "auth"), "The fault always lies in the credentials."),
        (("auth", "auth", "server"), "Most errors lie in the credentials: 2 of 3."),
        (("auth", "server", "", "quota"), "The largest share lies in the credentials: 1 of 4."),
        (("",), ""),
    ],
)
def test_where_the_fault_lies(names: tuple[str, ...], expected: str) -> None:
    assert where_the_fault_lies(groups(*({"fault": name} for name in names))) == expected


@in_one_test(
    ("known", "expected"),
    [((True,), ""), ((True, False), "1 error has no entry in any catalog."), ((False, False), "2 errors have no entry in any catalog.")],
)
def test_unknown(known: tuple[bool, ...], expected: str) -> None:
    found = sentences(groups(*({"known": one} for one in known)), [])
    assert [one for one in found if "catalog" in one] == [expected] * bool(expected)
    assert found[-1].startswith("0 secret values were redacted")


def begin(*facts: dict[str, object]) -> tuple[int, str, str, str]:
    found = groups(*facts)
    return start_with(found, by_cause(found))


@in_one_test(
    ("facts", "advice", "fix"),
    [
        ({"findings": (Finding("r", "It is gone.", certain=True),)}, "It is gone.", "Look for it."),
        ({"findings": (Finding("r", "It is gone."),)}, "Likely: It is gone.", "Look for it."),
        ({"findings": (Finding("r", "It is gone."),), "fix": ()}, "Likely: It is gone.", ""),
        ({}, "Look for it.", ""),
        ({"fix": (), "meaning": ""}, "Object not found.", ""),
    ],
)
def test_start_with(facts: dict[str, object], advice: str, fix: str) -> None:
    assert begin(facts) == (0, "ObjectNotFound (101), 1 time at GET /parse/classes/Post/{id}", advice, fix)


def test_a_warning_is_not_what_to_start_with() -> None:
    warning = Finding("credentials-in-the-clear", "Send them over https.", certain=True, secondary=True)
    assert begin({"findings": (warning,), "fix": ("Look for it.",)})[2] == "Look for it."


def test_a_cause_of_several_kinds_is_what_to_start_with() -> None:
    gone, other = ((Finding(text, f"It is {text}.", certain=True),) for text in ("gone", "other"))
    found = {"a": other, "b": gone, "c": gone}
    kinds = [{"type": name, "url_template": f"/{name}", "name": name, "code": name, "findings": one} for name, one in found.items()]
    assert begin(*kinds) == (1, "b, 2 times in 2 kinds", "It is gone.", "Look for it.")
    assert begin(*kinds, kinds[0])[:2] == (0, "a, 2 times at GET /a")
