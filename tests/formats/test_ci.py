"""The formats of `baas-errors check`: valid by the schemas of those who read them, and never obeyed."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from baas_errors.formats import Occurrence, ci, write_stream
from baas_errors.record import Finding
from baas_errors.reports.collect import Tally
from baas_errors.reports.group import groups_of
from baas_errors.reports.verdict import Verdict
from baas_errors.text import uncommanded
from build import make_error_record
from hostile import HTML, TERMINAL, active_in, occurrence_of
from json_schemas import validate
from live.needs import need
from live.processes import npm_install

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"

FULL = make_error_record(
    message="Object not found.",
    meaning="The object does not exist, or is hidden.",
    fix=("Compare id and class.",),
    findings=(Finding("gone", "It was deleted.", "DELETE", True),),
    request_id="req-1",
    user="#1",
    doc="https://docs.example/101",
    flow_id="abcdef0123",
    retry="never",
    fault="request",
)
BARE = make_error_record(type="parse/http-500", name="", code=None, known=False, status=None, url_template="", method="", flow_id="")


def verdict(*occurrences: Occurrence, allowed: tuple[Occurrence, ...] = (), problem: str = "", unused: tuple[str, ...] = ()) -> Verdict:
    status = 2 if problem else 1 if occurrences else 0
    pairs = [(group, "it is rare") for group in groups_of(allowed)]
    return Verdict(groups_of(occurrences), pairs, unused, ["Skipped: x."] if problem else [], Tally(3, 2, 0), status, problem)


def seen(record: object = FULL, source: str = "run.mitm", **facts: object) -> Occurrence:
    return Occurrence(replace(record, **facts), source=source)  # type: ignore[type-var]


CASES = {
    "errors": verdict(seen(), seen(timestamp="2024-05-01T10:01:00.000Z", user="#2"), seen(BARE, "/tmp/my file.har"), unused=("parse/timeout",)),
    "none": verdict(),
    "allowed": verdict(allowed=(seen(),)),
    "damaged": verdict(seen(source="standard input"), problem="An input could not be read completely."),
}
HOSTILE = [
    *TERMINAL,
    *HTML,
    "::error::x",
    "a\n::set-output name=x::y",
    "a\r::stop-commands::x",
    "##[add-mask]x",
    "##vso[task.setvariable variable=x]y",
    "]]>",
    "\ufffe\ud800",
]
ATTACKS = {f"attack {number}": verdict(occurrence_of(text, seen(source=text)), unused=(text,)) for number, text in enumerate(HOSTILE)}


class TestText:
    def test_each_kind_has_words_cause_fix_request_id_first_place_count_and_users(self) -> None:
        text = ci.as_text(CASES["errors"])
        assert text.splitlines()[:10] == [
            "3 backend errors of 2 kinds:",
            "",
            "2x parse/ObjectNotFound (101) [404] GET /parse/classes/Post/{id}, 2 users",
            "  says     \u201cObject not found.\u201d",
            "  found    It was deleted.",
            "  do       Compare id and class.",
            "  id       request id req-1",
            f"  first    2024-05-01 10:00:00 UTC in run.mitm, flow abcdef01; id {ci.error_id(FULL)}",
            "",
            "1x parse/http-500",
        ]
        assert text.endswith("\n\nNot needed: --allow parse/timeout")

    def test_without_errors(self) -> None:
        assert ci.as_text(CASES["none"]) == "No backend errors were seen."
        assert ci.as_text(CASES["allowed"]) == "Allowed: 1 error: parse/ObjectNotFound (1: it is rare)."

    def test_of_many_kinds_the_first_are_shown(self) -> None:
        many = verdict(*(seen(fingerprint=f"{number:012}") for number in range(40)))
        text = ci.as_text(many)
        assert text.count("\n1x ") == 30
        assert text.endswith("\n\n... and 10 more kinds")

    def test_a_catalogs_meaning_stands_where_no_cause_was_found(self) -> None:
        assert "found    The object does not exist, or is hidden." in ci.as_text(verdict(seen(findings=())))


class TestSchemas:
    def test_json(self) -> None:
        for found in (CASES | ATTACKS).values():
            validate("check", json.loads(ci.as_json(found)))

    def test_junit(self) -> None:
        need("xmlschema")
        import xmlschema

        schema = xmlschema.XMLSchema(str(SCHEMAS / "junit-10.xsd"))
        for case, found in (CASES | ATTACKS).items():
            assert [str(error.reason) for error in schema.iter_errors(ci.as_junit(found))] == [], case

    @pytest.mark.live
    def test_sarif(self) -> None:
        need("jsonschema", "npm")
        import jsonschema

        modules = npm_install("sarif-schema", SCHEMAS / "package.json")
        schema = json.loads((modules / "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json").read_text("utf-8"))
        check = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
        for case, found in (CASES | ATTACKS).items():
            assert [error.message for error in check.iter_errors(json.loads(ci.as_sarif(found)))] == [], case


class TestJUnit:
    def cases(self, case: str) -> list[tuple[str, list[str]]]:
        found = ET.fromstring(ci.as_junit(CASES[case])).iter("testcase")
        return [(one.get("name", ""), [f"{child.tag} {child.get('message')}" for child in one]) for one in found]

    def test_errors_fail_and_allowed_ones_are_skipped(self) -> None:
        inputs = "the inputs hold traffic of a known backend"
        kind = "parse/ObjectNotFound GET /parse/classes/Post/{id}"
        failure = "failure ObjectNotFound (101): Object not found."
        assert self.cases("errors") == [(inputs, []), (kind, [failure]), ("parse/http-500", ["failure http-500"])]
        assert self.cases("allowed") == [(inputs, []), (kind, ["skipped allowed: it is rare"])]
        assert self.cases("damaged")[0] == (inputs, ["error An input could not be read completely."])

    def test_the_failure_holds_what_the_text_says(self) -> None:
        assert "do       Compare id and class." in ci.as_junit(CASES["errors"])

    def test_the_counts(self) -> None:
        assert {name: ET.fromstring(ci.as_junit(CASES["errors"])).get(name) for name in ("tests", "failures", "errors")} == {
            "tests": "3", "failures": "2", "errors": "0",
        }  # fmt: skip


class TestSarif:
    def test_a_result_points_at_its_rule_and_input(self) -> None:
        run = json.loads(ci.as_sarif(CASES["errors"]))["runs"][0]
        first, second = run["results"]
        assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "parse/ObjectNotFound"
        assert (first["level"], first["occurrenceCount"]) == ("warning", 2)
        assert first["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "run.mitm"}
        assert second["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///tmp/my%20file.har"}

    def test_an_allowed_kind_is_suppressed_with_its_reason(self) -> None:
        (result,) = json.loads(ci.as_sarif(CASES["allowed"]))["runs"][0]["results"]
        assert result["suppressions"] == [{"kind": "external", "justification": "it is rare"}]

    def test_damage_is_an_unsuccessful_invocation(self) -> None:
        (told,) = json.loads(ci.as_sarif(CASES["damaged"]))["runs"][0]["invocations"]
        assert (told["executionSuccessful"], told["exitCode"]) == (False, 2)
        assert [note["message"]["text"] for note in told["toolExecutionNotifications"]] == ["An input could not be read completely.", "Skipped: x."]


class TestGitHub:
    def test_a_command_for_each_kind(self) -> None:
        lines = ci.as_github(CASES["errors"]).splitlines()
        assert lines[0].startswith(
            "::error title=parse/ObjectNotFound (2x) GET /parse/classes/Post/{id}::Object not found.%0AIt was deleted.%0ACompare id and class.%0A"
        )
        assert lines[1].startswith("::error title=parse/http-500 (1x)::")
        assert lines[2:] == ["::notice title=Not needed::--allow parse/timeout", "3 backend errors of 2 kinds"]

    def test_percent_colon_and_comma_are_escaped(self) -> None:
        line = ci.as_github(verdict(seen(type="parse/a,b:c%", message="100%"))).splitlines()[0]
        assert line.startswith("::error title=parse/a%2Cb%3Ac%25 (1x) GET ")
        assert "::100%25%0A" in line


def test_hostile_texts_are_no_commands_and_act_on_no_terminal() -> None:
    for case, found in ATTACKS.items():
        for name, form in ci.FORMATS.items():
            assert active_in(form(found)) == [], (case, name)
        for line in ci.as_text(found).splitlines():
            assert not line.lstrip().startswith("::"), case
            assert "##[" not in line, case
            assert "##vso[" not in line, case
        lines = ci.as_github(found).splitlines()
        assert [line.partition(" ")[0] for line in lines[:-1]] == ["::error", "::notice"], case
        assert not any("##[" in line for line in lines), case


def test_what_a_ci_service_would_obey() -> None:
    for text, shown in (
        ("::error::x", ": :error::x"),
        ("  ::error::x", "  : :error::x"),
        ("a ::error::x", "a ::error::x"),
        ("a\n\t::error::x", "a\n\t: :error::x"),
        ("a ##[group]b", "a # #[group]b"),
        ("##vso[x]", "# #vso[x]"),
        ("###[x]", "## #[x]"),
        ("## heading", "## heading"),
    ):
        assert uncommanded(text) == shown, text


def test_a_ci_service_obeys_no_report_on_standard_output() -> None:
    told = "Bad value\n::error::x\n##vso[task.setvariable variable=a]b and ##[group]c"
    found = [Occurrence(replace(FULL, message=told, debug=told))]
    for suffix in (".md", ".csv", ".jsonl", ".har"):
        stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
        write_stream(stream, suffix, found)
        text = stream.buffer.getvalue().decode()  # type: ignore[attr-defined]
        assert uncommanded(text) == text, suffix
        assert "task.setvariable" in text, suffix
        if suffix == ".jsonl":
            assert json.loads(text)["error.debug"] == told
