"""Inputs made occurrences: with exchanges, without secrets, without copies."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from baas_errors.catalog import Backend
from baas_errors.catalog.entries import ADVISING
from baas_errors.exchange import Exchange
from baas_errors.pipeline import Pipeline
from baas_errors.record import Finding
from baas_errors.record_builder import code_text
from baas_errors.reports.collect import RecordCleaner, Tally, collect
from baas_errors.sources import Item, Place, Skip, read
from build import make_error_record
from matrix import in_one_test

CAPTURES = Path(__file__).resolve().parents[1] / "captures"
DEMO = str(CAPTURES / "demo.mitm")
CHROME = str(CAPTURES / "har" / "chrome.har")
TOKEN = "r:0123456789abcdef0123456789abcdef"
RECORD = make_error_record(flow_id="1", timestamp="2020-01-01T00:00:00.000Z")


def write(path: Path, *lines: str) -> str:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return str(path)


def test_errors_come_with_their_exchange(pipeline: Pipeline) -> None:
    found = collect([DEMO], pipeline, [])
    assert len(found) == 14
    assert all(item.exchange and item.exchange.method for item in found)


def test_each_error_names_the_input_that_it_came_from(pipeline: Pipeline, tmp_path: Path) -> None:
    log = write(tmp_path / "errors.jsonl", RECORD.to_json())
    piped = io.BytesIO(RECORD.to_json().replace("2020", "2021").encode())
    assert {item.source for item in collect([DEMO, log, "-"], pipeline, [], stdin=piped)} == {DEMO, log, "standard input"}


def test_the_last_one_that_worked_comes_with_an_error_without_its_secrets(pipeline: Pipeline) -> None:
    found = {(item.record.name, item.record.method, item.record.url_template): item for item in collect([DEMO], pipeline, [])}
    failed = found["IncorrectType", "POST", "/parse/classes/Note"]
    assert failed.worked
    assert failed.exchange
    assert (failed.worked.method, failed.worked.url, failed.worked.status) == (failed.exchange.method, failed.exchange.url, 201)
    assert failed.worked.started < failed.exchange.started
    sent = [item for item in read(DEMO, []) if isinstance(item, Exchange) and item.started == failed.worked.started]
    tokens = [token for item in sent if (token := item.request.headers.get("x-parse-session-token"))]
    assert tokens
    assert not any(token in repr(failed.worked) for token in tokens)
    # One of many requests in one is compared with nothing.
    assert found["IncorrectType", "POST", "/parse/batch"].worked is None


def test_exchanges_can_be_left_out(pipeline: Pipeline) -> None:
    assert {item.exchange for item in collect([DEMO], pipeline, [], exchanges=False)} == {None}


def test_errors_of_one_answer_share_their_exchange(pipeline: Pipeline) -> None:
    batch = [item for item in collect([DEMO], pipeline, []) if item.record.url_template == "/parse/batch"]
    assert len(batch) == 2
    assert batch[0].exchange is batch[1].exchange


def test_inputs_are_one_list_in_the_order_of_time(pipeline: Pipeline, tmp_path: Path) -> None:
    log = write(tmp_path / "errors.jsonl", RECORD.to_json())
    found = collect([DEMO, CHROME, log], pipeline, [])
    times = [item.record.timestamp for item in found]
    assert len(found) == 21
    assert times == sorted(times)
    assert found[0].record == RECORD


@in_one_test("inputs", [[DEMO, DEMO], [CHROME, CHROME]])
def test_what_is_read_twice_counts_once(inputs: list[str], pipeline: Pipeline) -> None:
    assert len(collect(inputs, pipeline, [])) == len(collect(inputs[:1], pipeline, []))


def test_the_log_of_a_run_and_its_capture_are_one(pipeline: Pipeline, backends: dict[str, Backend], tmp_path: Path) -> None:
    elsewhere = Pipeline(backends, pseudonym_key=b"another key, of another run")
    logged = [item.record.to_json() for item in collect([DEMO], elsewhere, [])]
    log = write(tmp_path / "errors.jsonl", *logged, *logged)
    found = collect([log, DEMO], pipeline, [])
    assert len(found) == 14
    assert all(item.exchange for item in found)


def test_what_is_written_and_read_again_is_the_same(pipeline: Pipeline, tmp_path: Path) -> None:
    from baas_errors.formats import write as write_format

    for name in (DEMO, CHROME):
        first = collect([name], pipeline, [])
        write_format(tmp_path / "errors.har", first)
        again = collect([str(tmp_path / "errors.har")], pipeline, [])
        assert [item.record for item in again] == [replace(item.record, part="") for item in first]
        assert [item.exchange and item.exchange.request_headers for item in again] == [
            item.exchange and item.exchange.request_headers for item in first
        ]
        assert [item.exchange and item.exchange.request_body for item in again] == [item.exchange and item.exchange.request_body for item in first]


def test_standard_input(pipeline: Pipeline) -> None:
    assert len(collect(["-"], pipeline, [], stdin=io.BytesIO(Path(DEMO).read_bytes()))) == 14


def test_an_input_that_cannot_be_read_does_not_stop_the_others(pipeline: Pipeline, tmp_path: Path) -> None:
    tally, skips = Tally(), []
    rubbish = write(tmp_path / "rubbish.jsonl", '{"schema": 1}')
    assert len(collect([str(tmp_path / "missing.har"), rubbish, DEMO], pipeline, skips, tally=tally)) == 14
    assert [reason.partition(": ")[0] for reason in tally.unreadable] == [str(tmp_path / "missing.har"), rubbish]
    assert skips == [], "the reason stands in `unreadable`"


def test_an_error_names_the_input_that_it_was_read_from(pipeline: Pipeline) -> None:
    assert {item.source for item in collect([DEMO, CHROME], pipeline, [])} == {DEMO, CHROME}
    assert {item.source for item in collect(["-"], pipeline, [], stdin=io.BytesIO(Path(DEMO).read_bytes()))} == {"standard input"}


def test_what_is_left_out_is_noted(pipeline: Pipeline, tmp_path: Path) -> None:
    skips: list[Skip] = []
    collect([write(tmp_path / "errors.jsonl", RECORD.to_json(), "rubbish")], pipeline, skips)
    assert [skip.number for skip in skips] == [2]


def test_what_was_read_is_counted(pipeline: Pipeline, tmp_path: Path) -> None:
    tally = Tally()
    strangers = {"request": {"method": "GET", "url": "https://www.example.org/"}, "response": {"status": 500}}
    other = write(tmp_path / "other.har", json.dumps({"log": {"entries": [strangers]}}))
    collect([DEMO, other, write(tmp_path / "errors.jsonl", RECORD.to_json())], pipeline, [], tally=tally)
    assert tally == Tally(exchanges=18, ours=17, records=1)


def test_reading_can_be_watched(pipeline: Pipeline) -> None:
    seen: list[str] = []

    def watched(name: str, items: Iterator[Item], _place: Place) -> Iterable[Item]:
        for item in items:
            seen.append(name)
            yield item

    collect([DEMO], pipeline, [], watched=watched)
    assert seen == [DEMO] * 17


class TestCleaned:
    def test_a_record_written_with_its_secrets_loses_them(self, pipeline: Pipeline) -> None:
        said = f"token {TOKEN} of ada@example.com"
        record = make_error_record(
            message=said, debug=said, code=TOKEN, url=f"https://x.example/?a={TOKEN}", url_template=f"/{TOKEN}", request_id=TOKEN,
            client_request_id=TOKEN, app=TOKEN, client=TOKEN, findings=(Finding("rule", said, said, fix=said),), redactions=2,
        )  # fmt: skip
        clean = RecordCleaner(pipeline.redactor).cleaned(record)
        assert TOKEN not in clean.to_json()
        assert "ada@" not in clean.to_json()
        assert clean.redactions == 4

    def test_names_of_ours_are_not_taken_apart(self, pipeline: Pipeline) -> None:
        record = make_error_record(type="parse/token:abc", app="token=abc", request_id="pin=1", client_request_id="pin=2", fingerprint="token=abc")
        assert RecordCleaner(pipeline.redactor).cleaned(record) == record

    @in_one_test(("code", "left"), [("token=Zq7xK9vWj3", "parse/token=<secret-10-chars-#"), ("no such thing", "parse/no-such-thing")])
    def test_the_type_loses_what_the_code_loses(self, pipeline: Pipeline, code: str, left: str) -> None:
        record = make_error_record(name="", backend="parse", code=code, type=f"parse/{code_text(code)}")
        assert RecordCleaner(pipeline.redactor).cleaned(record).type.startswith(left)

    def test_parameters_lose_their_secrets_and_types_their_tokens(self, pipeline: Pipeline) -> None:
        record = make_error_record(type=f"parse/{TOKEN}", url="https://x.example/?key=abc&code=def", address=f"{TOKEN}.example")
        clean = RecordCleaner(pipeline.redactor).cleaned(record)
        assert TOKEN not in clean.to_json()
        assert "abc" not in clean.url
        assert "def" not in clean.url

    def test_a_template_is_a_path(self, pipeline: Pipeline) -> None:
        record = make_error_record(url_template="/parse/{id}/reset/Zq7xK9vWj3;token=abc")
        assert RecordCleaner(pipeline.redactor).cleaned(record).url_template == "/parse/{id}/reset/{secret};token={secret}"

    def test_a_template_that_was_cleaned_stays(self, pipeline: Pipeline) -> None:
        record = make_error_record(url_template="/parse/classes/Note/{id}/reset/{secret}")
        assert RecordCleaner(pipeline.redactor).cleaned(record) == record

    def test_what_stands_in_the_place_of_a_catalogs_words_is_anybodys(self, pipeline: Pipeline) -> None:
        said = f"password=hunter22 and {TOKEN}"
        record = make_error_record(
            type=f"parse/{TOKEN}", backend=TOKEN, name=said, candidates=(said,), meaning=said, fix=("Look.", said), retry=said, fault=said,
            sdk={said: said}, doc=f"https://x.example/?token=hunter22&a={TOKEN}", fingerprint=TOKEN, flow_id=TOKEN, findings=(Finding(TOKEN, "a"),),
        )  # fmt: skip
        clean = RecordCleaner(pipeline.redactor).cleaned(record)
        assert TOKEN not in clean.to_json()
        assert "hunter22" not in clean.to_json()
        assert clean.fix[0] == "Look."
        assert clean.redactions == 2

    @in_one_test(
        "facts",
        [
            *({name: TOKEN} for name in ("name", "meaning", "retry", "fault", "doc")),
            *({name: (TOKEN,)} for name in ("candidates", "fix")),
            *({"sdk": sdk} for sdk in ({TOKEN: "a"}, {"js": TOKEN})),
        ],
    )
    def test_each_of_a_catalogs_words_is_looked_at_though_others_are_known(self, backends: dict[str, Backend], facts: dict[str, Any]) -> None:
        cleaner = RecordCleaner(Pipeline(backends).redactor)
        known = make_error_record(meaning="It broke.", fix=("Mend it.",), sdk={"js": "Error"})
        assert cleaner.cleaned(known) == known
        assert TOKEN not in cleaner.cleaned(replace(known, **facts)).to_json()
        assert cleaner.cleaned(known) == known

    def test_what_a_catalog_says_stays_even_where_it_shows_an_example(self, pipeline: Pipeline, backends: dict[str, Backend]) -> None:
        rules = [rule for b in backends.values() for kind in ADVISING for rule in b.tables.of(kind)]
        for advice in (rule.advice for rule in rules):
            record = make_error_record(
                meaning=advice.meaning,
                fix=tuple(fix.do for fix in advice.fix),
                retry=advice.retry,
                fault=advice.fault,
                sdk=advice.sdk,
                doc=advice.doc,
            )
            assert RecordCleaner(pipeline.redactor).cleaned(record) == record

    def test_what_was_replaced_before_stays_as_it_is(self, pipeline: Pipeline) -> None:
        marks = "Bearer <jwt 812 chars exp 1793188800 #a41f9c>, token=<secret 34 chars #0a1b2c>, <email 15 chars #aabbcc>"
        record = make_error_record(message=marks, url="https://x.example/?token=<secret 7 chars #123456>", redactions=3)
        assert RecordCleaner(pipeline.redactor).cleaned(record) == record
