"""No secret, of whatever kind and wherever it stood, is in anything that is written or shown."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from urllib.parse import quote

import pytest
from baas_errors import formats
from baas_errors.catalog import Backend
from baas_errors.cli.list import json_line, text_line
from baas_errors.cli.show import as_data, as_text
from baas_errors.exchange import Exchange, Response
from baas_errors.formats import Occurrence, ci
from baas_errors.mitm.annotate import annotate
from baas_errors.pipeline import Pipeline
from baas_errors.record import ErrorRecord
from baas_errors.render import record_text
from baas_errors.reports import ticket
from baas_errors.reports.collect import Tally
from baas_errors.reports.group import groups_of
from baas_errors.reports.redacted_exchange import clean
from baas_errors.reports.verdict import Verdict
from baas_errors.text import one_line
from build import make_body, make_exchange, make_facts, make_headers, make_request
from documents import PAGES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matrix import in_one_test
from mitmproxy.test import tflow
from secret_samples import JSON, KINDS, PLACES, SENT, SHAPES, Kind, b64, on_socket, planted, traces_in


def occurrences(pipeline: Pipeline, kind: Kind, place: str, backend: str) -> list[Occurrence]:
    """What is known of the errors in an exchange with a secret in it."""
    exchange = planted(kind, place, backend)
    found = pipeline.recognizer.of_exchange(exchange)
    assert found is not None
    assert found.id == backend
    records = pipeline.records(exchange, found)
    assert records
    shown = clean(exchange, pipeline.redactor)
    return [Occurrence(record, shown) for record in records]


def outputs(found: Sequence[Occurrence]) -> Iterator[tuple[str, str]]:
    """Everything that is made of errors, by the name of what it is."""
    for suffix, write in formats.FORMATS.items():
        stream = io.StringIO()
        write(found, stream, ())
        yield suffix, stream.getvalue()
    yield "ticket", ticket.ticket(found)
    yield "block", "\n".join(record_text.terminal_block(occurrence.record) for occurrence in found)
    yield "page", "\n".join(record_text.page(occurrence.record) for occurrence in found)
    yield "flow", "\n".join(flow_texts(occurrence.record) for occurrence in found)
    # Each is a kind of its own, and as many as `check` prints.
    kinds = [groups_of([one])[0] for one in found]
    for start in range(0, len(kinds), ci.MOST_KINDS):
        shown = kinds[start : start + ci.MOST_KINDS]
        verdict = Verdict(shown, [(group, "") for group in shown], (), (), Tally(), 1)
        yield from ((f"check as {name}", form(verdict)) for name, form in ci.FORMATS.items())
    yield "list", "\n".join(form(occurrence) for form in (json_line, text_line) for occurrence in found)
    # The request that failed stands for one that worked, and for one that is cited.
    stories = [(one._replace(worked=one.exchange), [("flow-1", one.exchange)]) for one in found if one.exchange]
    yield "show", "\n".join(as_text(*story) + json.dumps(as_data(*story), ensure_ascii=False) for story in stories)


def flow_texts(record: ErrorRecord) -> str:
    """What is written on the flow."""
    flow = tflow.tflow()
    flow.comment = flow.marked = ""
    annotate(flow, [record])
    return json.dumps([flow.comment, flow.metadata], ensure_ascii=False)


def warned(pipeline: Pipeline, kind: Kind, place: str, backend: str) -> str:
    """What is said of a success."""
    facts = make_facts(planted(kind, place, backend, status=200), pipeline.backends[backend])
    return "\n".join(f"{one_line(finding.says, 400)} {finding.evidence}" for finding in pipeline.warnings(facts))


TRACES = tuple({trace for kind in KINDS for trace in kind.traces})


def backends_by_turns(place: str) -> Iterator[tuple[Kind, str]]:
    """Every kind with a backend: over all places each kind meets each backend, and each place does."""
    first, names = list(PLACES).index(place), list(SHAPES)
    return ((kind, names[(first + number) % len(names)]) for number, kind in enumerate(KINDS))


def test_by_turns_each_kind_and_each_place_meets_each_backend() -> None:
    met = [(place, kind, backend) for place in PLACES for kind, backend in backends_by_turns(place)]
    assert len({(place, kind) for place, kind, _ in met}) == len(PLACES) * len(KINDS)
    assert len({(place, backend) for place, _, backend in met}) == len(PLACES) * len(SHAPES)
    assert len({(kind, backend) for _, kind, backend in met}) == len(KINDS) * len(SHAPES)


@pytest.mark.slow
@in_one_test("place", PLACES)
def test_no_secret_of_any_kind_is_in_any_output(pipeline: Pipeline, place: str) -> None:
    found = {(kind, backend): occurrences(pipeline, kind, place, backend) for kind, backend in backends_by_turns(place)}
    leaked = [name for name, text in outputs([one for each in found.values() for one in each]) if traces_in(text, TRACES)]
    # The single outputs are looked at only to say whose secret it was.
    assert not leaked, [
        (kind.title, backend, name) for (kind, backend), each in found.items() for name, text in outputs(each) if traces_in(text, kind.traces)
    ]


@in_one_test("place", SENT)
def test_no_secret_of_any_kind_is_in_a_warning(pipeline: Pipeline, place: str) -> None:
    assert not [(kind.title, backend) for backend in SHAPES for kind in KINDS if traces_in(warned(pipeline, kind, place, backend), kind.traces)]


def test_no_secret_is_in_what_is_said_of_a_message_of_a_socket(pipeline: Pipeline) -> None:
    leaked = []
    for kind in KINDS:
        exchange = on_socket(kind)
        records = pipeline.records(exchange, pipeline.backends["parse"])
        assert records
        found = [Occurrence(record, clean(exchange, pipeline.redactor)) for record in records]
        leaked += [(kind.title, name) for name, text in outputs(found) if traces_in(text, kind.traces)]
    assert not leaked


@pytest.mark.slow
@pytest.mark.twice
@in_one_test("place", PLACES)
def test_no_secret_of_any_kind_stays_in_what_redactions_share(backends: dict[str, Backend], place: str) -> None:
    pipeline = Pipeline(backends)
    for kind in KINDS:
        occurrences(pipeline, kind, place, "parse")
    kept = [str(entry) for name in _TABLES for entry in getattr(pipeline.redactor.names, name).items()]
    assert kept
    assert not [entry for entry in kept if traces_in(entry, TRACES)]


_TABLES = ("header", "body", "parameter", "text", "weak")


@pytest.mark.slow
@pytest.mark.twice
@in_one_test("place", PLACES)
def test_every_place_holds_the_secret_before_it_is_taken_out(keeping: Pipeline, place: str) -> None:
    """What is never there would never be found."""
    missing = []
    for kind in KINDS:
        found = occurrences(keeping, kind, place, "kinvey")
        if not any(traces_in(text, kind.traces) for _, text in outputs(found)):
            missing.append(kind.title)
    assert not missing


@in_one_test("kind", KINDS, ids=[kind.title for kind in KINDS])
def test_what_is_taken_out_is_counted_and_leaves_a_mark(pipeline: Pipeline, kind: Kind) -> None:
    for place in ("member", "message"):
        for record, shown, *_ in occurrences(pipeline, kind, place, "parse"):
            assert shown is not None
            assert shown.redactions > 0
            assert re.search(r"<[a-z ]+ [0-9]+ chars[^<>]* #[0-9a-f]{6}>", shown.request_body + shown.response_body)
            assert place == "member" or record.redactions > 0


@pytest.fixture(scope="module")
def keeping(backends: dict[str, Backend]) -> Pipeline:
    """A pipeline that leaves secrets where they are."""
    return Pipeline(backends, keep_secrets=True)


_LETTERS = "abcdefgXYZ0123456789-_.~!*'() äß/+&=%\"\\<>"
values = st.text(_LETTERS, min_size=10, max_size=40).filter(lambda text: any(c.isdigit() for c in text) and text == text.strip())
names = st.sampled_from(sorted({kind.key for kind in KINDS if kind.key} | {"PASSWORD", "Client-Secret", "accessToken", "passwd"}))
nested = st.lists(st.sampled_from(["list", "object", "text", "base64", "percent"]), max_size=4)


def wrapped(value: object, layers: Sequence[str]) -> object:
    """A JSON value inside others, some of them written as text."""
    texts = 0
    for layer in layers:
        # Texts in texts are read to some depth only.
        texts += layer in ("text", "base64", "percent")
        if layer == "list" or texts > 2:
            value = ["a", value]
        elif layer == "object":
            value = {"a": 1, "b": value}
        elif layer == "text":
            value = json.dumps(value)
        else:
            text = json.dumps(value)
            value = b64(text) if layer == "base64" else quote(text)
    return value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names, values, nested, st.sampled_from(sorted(SHAPES)), st.booleans())
def test_a_secret_of_any_letters_at_any_depth_is_found(
    pipeline: Pipeline, name: str, value: str, layers: Sequence[str], backend: str, asked: bool
) -> None:
    shape = SHAPES[backend]
    body = {"data": wrapped({name: value}, layers)}
    told = shape.answer(f"no such thing: {value}", json.dumps(body)) | ({} if asked else body)
    exchange = make_exchange(400, told, method="POST", url=shape.url, headers=shape.headers | JSON, request_body={name: value} | body)
    found = pipeline.recognizer.of_exchange(exchange)
    assert found
    shown = clean(exchange, pipeline.redactor)
    written = [record.to_json() for record in pipeline.records(exchange, found)] + [json.dumps(asdict(shown), ensure_ascii=False)]
    assert not traces_in("\n".join(written), [value])


class TestWhatServersMayTry:
    """Found by trying to break it."""

    SECRET = "Zq8v-made-up-31x"

    def shown(self, backends, answer, sent=None, headers=None) -> str:
        pipeline = Pipeline(backends, pseudonym_key=b"key of the tests")
        request = make_request(
            "POST", "https://notes.example/parse/login", {"X-Parse-Application-Id": "app", **(headers or {})}, sent or {"password": self.SECRET}
        )
        exchange = Exchange("1", request, Response(400, make_headers({}), make_body({"code": 101, "error": answer})), 1.0, 2.0)
        (record,) = pipeline.records(exchange, backends["parse"])
        return record.to_json()

    @pytest.mark.parametrize("answer", [f"<secret 16 chars {SECRET} #abcdef> bad", f"<a 1 chars {SECRET} #abcdef>", f"no session s:{SECRET}.sig"])
    def test_a_mark_of_their_own_shields_nothing(self, backends, answer: str) -> None:
        assert self.SECRET not in self.shown(backends, answer)

    def test_a_variable_of_graphql_is_as_secret_as_what_it_is_given_to(self, backends) -> None:
        sent = {"query": 'mutation($p:String!){logIn(input:{username:"x",password:$p}){viewer{id}}}', "variables": {"p": self.SECRET}}
        assert self.SECRET not in self.shown(backends, f"bad {self.SECRET}", sent)

    @pytest.mark.parametrize("name", ["user_pass", "userPwd", "dbPass", "my_pin", "user_otp", "login_pw", "userEmail"])
    def test_a_name_within_a_name_counts(self, backends, name: str) -> None:
        assert self.SECRET not in self.shown(backends, f"bad {self.SECRET}", {name: self.SECRET})

    def test_what_express_signs_is_looked_for_without_its_signature(self, backends) -> None:
        headers = {"Cookie": f"connect.sid=s%3A{self.SECRET}.signature0123"}
        assert self.SECRET not in self.shown(backends, f"no session {self.SECRET}", {"a": 1}, headers)

    @pytest.mark.parametrize(("cookies", "hidden"), [("a=1; pin=9988727", True), ("theme=9988727", False), ("sid=ab12c", True)])
    def test_a_short_cookie_is_a_secret_if_its_name_says_so(self, backends, cookies: str, hidden: bool) -> None:
        value = cookies.rpartition("=")[2]
        assert (value not in self.shown(backends, f"no {value} here", {"a": 1}, {"Cookie": cookies})) is hidden


def test_the_readme_names_as_many_kinds_and_places() -> None:
    assert f"{len(KINDS)} kinds in {len(PLACES)} places" in PAGES["docs/promises.md"]


def test_metadata_of_a_flow_has_no_control_characters(pipeline: Pipeline) -> None:
    bad = "a\x1b[31m\nb\x00\u009b\u202e" + "x" * 2_000
    exchange = make_exchange(
        400,
        {"code": bad, "error": bad},
        url="https://notes.example/parse/classes/A",
        headers={"X-Parse-Application-Id": bad, "X-Parse-Request-Id": bad},
    )
    records = pipeline.records(exchange, pipeline.backends["parse"])
    flow = tflow.tflow()
    flow.comment = flow.marked = ""
    annotate(flow, [replace(records[0], type=f"parse/{bad}", code=bad, request_id=bad)])
    texts = [flow.comment, *(value for value in flow.metadata.values() if isinstance(value, str))]
    assert "baas.code" in flow.metadata
    assert "baas.request_id" in flow.metadata
    assert [text for text in texts if not text.isprintable() or len(text) > 2_000] == []
