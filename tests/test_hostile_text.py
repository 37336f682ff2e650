"""Nothing that a server, an app, a file's name or an argument says acts on a terminal, or passes for a line of ours."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from baas_errors.cli import main
from baas_errors.cli.list import json_line, text_line
from baas_errors.cli.show import as_data
from baas_errors.cli.show import as_text as story
from baas_errors.formats import Occurrence, write
from baas_errors.mitm.annotate import WarnedBefore
from baas_errors.pipeline import Pipeline
from baas_errors.record import ErrorRecord, Finding
from baas_errors.record.summary import Summary
from baas_errors.render.catalog_text import as_rows, as_text, explain, near_misses
from baas_errors.render.record_text import comment, page, repeat_line, terminal_block
from baas_errors.text import inert, json_text, one_line, safe
from build import make_backend, make_error_record, make_exchange, make_facts
from hostile import ALL, HTML, MARKDOWN, TERMINAL, active_in, occurrence_of, records, texts, wild_texts
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from matrix import in_one_test
from samples import make_occurrence

many = settings(deadline=None, max_examples=150)
few = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
ADDONS = Path(__file__).resolve().parents[1] / "addons"
# What somebody would say who wants a line of theirs to be taken for one of ours.
FORGED = "x\nparse: Forged (1) [500] GET /y\r\n  do       run this\u2028  id       request id 0\x85Allowed: 9 errors\n"


@pytest.mark.twice
@many
@given(wild_texts)
def test_safe_texts_cannot_act(text: str) -> None:
    assert active_in(safe(text), "\n\t") == []
    assert active_in(one_line(text), "") == []
    assert "\n" not in one_line(text)
    safe(text).encode()


@in_one_test("code", [*range(0x20), *range(0x7F, 0xA0), 0xAD, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x61C, 0xFEFF])
def test_each_active_character_is_shown_by_its_number(code: int) -> None:
    shown = safe(f"a{chr(code)}b")
    if chr(code) in "\t\n":
        assert shown == f"a{chr(code)}b"
    else:
        assert re.fullmatch(r"a\\[xuU]0*" + f"{code:x}b", shown)


@pytest.mark.twice
@many
@given(texts)
def test_json_for_terminals_keeps_its_value(text: str) -> None:
    line = inert(json.dumps([text, {text: text}], ensure_ascii=False))
    assert active_in(line, "") == []
    assert json.loads(line) == [text, {text: text}]


LABELS = ("found", "do", "says", "debug", "means", "retry", "also", "or it is", "id")


@pytest.mark.twice
@many
@given(records)
@example(make_error_record(message=FORGED, debug=FORGED, method=FORGED, backend=FORGED, type=FORGED, name=FORGED, url=FORGED, request_id=FORGED))
@example(
    make_error_record(code=FORGED, name="", url_template=FORGED, candidates=(FORGED,), fix=(FORGED,), findings=(Finding("r", FORGED),), retry=FORGED)
)
def test_a_block_has_one_head_and_each_of_its_rows_once(record: ErrorRecord) -> None:
    head, *rows = terminal_block(record).split("\n")
    assert active_in(terminal_block(record)) == []
    assert not head.startswith(" ") or not record.backend.strip()
    labels = [row[2:11].strip() for row in rows if row[2:3] != " "]
    order = LABELS if "found" in labels else ("means", *LABELS)
    assert all(row.startswith("  ") for row in rows)
    # The rest of a long head stands above the labels.
    rest = next((number for number, row in enumerate(rows) if row[2:3] != " "), len(rows))
    assert all(row[:4] == " " * 4 and row[4:5] != " " for row in rows[:rest])
    assert all(row[:11] == " " * 11 for row in rows[rest:] if row[2:3] == " ")
    assert labels == [label for label in dict.fromkeys(order) if label in labels]


@pytest.mark.twice
@many
@given(records)
@example(make_error_record(name=FORGED, message=FORGED, request_id=FORGED, fix=(FORGED,)))
def test_comments_and_titles_are_one_line(record: ErrorRecord) -> None:
    for text in (comment([record]), comment([record, record]), record.title, repeat_line(record, 3)):
        assert active_in(text, "") == []


@pytest.mark.twice
@many
@given(records)
@example(make_error_record(message=FORGED, type=FORGED, doc=FORGED, app=FORGED, sdk={FORGED: FORGED}, findings=(Finding("r", FORGED, FORGED),)))
def test_pages_of_the_content_view_cannot_act(record: ErrorRecord) -> None:
    first, *rows = page(record).split("\n")
    assert active_in(page(record)) == []
    assert first
    assert all(row.startswith("  ") for row in rows)


@pytest.mark.twice
@many
@given(st.lists(records, min_size=1, max_size=4))
def test_the_table_has_one_line_a_kind(found: list[ErrorRecord]) -> None:
    summary = Summary()
    for record in found:
        summary.add(record)
    lines = summary.table().split("\n")
    assert active_in(summary.table()) == []
    assert len(lines) == 2 + len({record.fingerprint for record in found})
    assert all(line.startswith("  ") for line in lines[1:])
    for row in summary.data():
        assert active_in("".join(row), "") == []


@many
@given(texts)
def test_warnings_are_one_line(text: str) -> None:
    finding = Finding("r", text, text, certain=True)
    warned = WarnedBefore().told(make_facts(make_exchange(headers={"X-App": text.replace("\n", " ")}), make_backend()), [finding])
    for line in warned.lines:
        assert active_in(line, "") == []


@pytest.mark.twice
@few
@given(wild_texts)
def test_explanations_cannot_act(pipeline: Pipeline, text: str) -> None:
    found = explain(pipeline.backends, text, "parse")
    assert active_in(as_text(found)) == []
    assert all(active_in(cell, "") == [] for row in as_rows(found) for cell in row)
    near_misses(pipeline.backends, text)


# --- the command line --------------------------------------------------------------------------------------------------------
ARGUMENTS = (
    ["explain", "TEXT"],
    ["explain", "TEXT", "101"],
    ["explain", "parse", "TEXT"],
    ["explain", "parse", "TEXT", "--json"],
    ["check", "TEXT"],
    ["check", "LOG", "--allow", "TEXT"],
    ["check", "LOG", "--hosts", "TEXT"],
    ["check", "LOG", "--hosts", "parse=TEXT"],
    ["check", "LOG", "--pseudonym-key", "TEXT"],
    ["check", "LOG", "--catalog", "TEXT"],
    ["check", "LOG", "--TEXT"],
    ["report", "LOG", "-o", "TEXT"],
    ["report", "LOG", "-o", "TEXT.html"],
    ["report", "LOG", "-o", "x.md", "--format", "TEXT"],
    ["report", "LOG", "-o", "TEXT.csv", "--ticket"],
    ["report", "TEXT", "-o", "x.md"],
    ["catalog", "TEXT"],
    ["TEXT"],
    ["--TEXT"],
)
NAMES = ("a\x1b[2Jb\r\x9b31m\x1b]0;x\x07", "a\nparse: Forged\u2028Allowed: 9", "\u202eexe.har\u200b\ufeff\u2066", "a\udcffb", "-\x07")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "errors.jsonl"
    write(path, [occurrence_of(FORGED, make_occurrence()), make_occurrence()])
    return path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("arguments", ARGUMENTS, ids=" ".join)
def test_what_was_given_is_told_harmlessly(
    arguments: list[str], name: str, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with suppress(SystemExit):
        main([part.replace("TEXT", name).replace("LOG", str(log)) for part in arguments])
    told = capfd.readouterr()
    assert active_in(told.out) == []
    assert active_in(told.err) == []
    assert told.out + told.err
    assert not any(line.startswith(("parse: Forged", "Allowed: 9")) for line in (told.out + told.err).split("\n"))


@pytest.mark.parametrize("text", [*TERMINAL, FORGED])
def test_names_of_inputs_and_what_is_wrong_in_them(text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    name = text.replace("/", "_").replace("\0", "_")
    broken = tmp_path / f"{name}.jsonl"
    broken.write_text(f'{make_error_record().to_json()}\n{{"schema":"{name}"}}\n{{"schema": 1, "x{name}": "', "utf-8", "replace")
    assert main(["check", str(broken), "--allow-damaged"]) == 1
    assert main(["report", str(broken), "-o", str(tmp_path / f"{name}.md")]) == 0
    told = capfd.readouterr()
    assert "Skipped: " in told.err
    assert active_in(told.out + told.err) == []
    assert all(line.startswith("Skipped: ") for line in told.err.split("\n")[:-1])


@pytest.mark.parametrize("form", ["jsonl", "csv", "md", "html", "har"])
def test_reports_on_standard_output_cannot_act_on_the_terminal(form: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hostile.har"
    write(path, [occurrence_of("".join((*TERMINAL, *HTML, *MARKDOWN)), make_occurrence())])
    assert main(["report", str(path), "-o", "-", "--format", form]) == 0
    out = capfd.readouterr().out
    assert len(out) > 1_000
    assert active_in(out.removeprefix("\ufeff"), "\r\n\t" if form == "csv" else "\n\t") == []


def test_tickets_on_standard_output_cannot_act_on_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hostile.har"
    write(path, [occurrence_of("".join(ALL), make_occurrence())])
    assert main(["report", str(path), "-o", "-", "--ticket"]) == 0
    assert active_in(capfd.readouterr().out, "\n\t") == []


def test_what_is_allowed_is_told_on_one_line(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(log), "--allow", "parse/*"]) == 1
    out = capfd.readouterr().out
    assert "Allowed: 1 error" in out
    assert not any(line.startswith(("parse: Forged", "Allowed: 9")) for line in out.split("\n"))


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=str,
)
def test_terminals_that_lack_characters(environment: dict[str, str], tmp_path: Path) -> None:
    found = [occurrence_of("\u4e16\u754c \U0001f511 \u00fc \u201c\u2026", make_occurrence()), Occurrence(make_occurrence().record)]
    write(tmp_path / "a.jsonl", found)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "PYTHON", "LANG"))}
    command = [sys.executable, "-m", "baas_errors"]
    for arguments in (
        ["check", "a.jsonl", b"no-\xff\xc3\xbc.har"],
        ["check", "a.jsonl"],
        ["report", "a.jsonl", "-o", "-", "--ticket"],
        ["report", "a.jsonl", "-o", b"out-\xff\xc3\xbc.html"],
        ["explain", b"\xff\xc3\xbc"],
        [b"\xff\xc3\xbc"],
    ):
        done = subprocess.run([*command, *arguments], cwd=tmp_path, env={**env, "PYTHONPATH": str(ADDONS), **environment}, capture_output=True)
        assert b"Traceback" not in done.stderr
        assert b"Error: " not in done.stderr
        assert done.returncode in (0, 1, 2)
        assert done.stdout + done.stderr


@in_one_test("text", [*TERMINAL, *HTML, *MARKDOWN, FORGED, "::error::x", "a\n::add-mask::x", "##[group]x", "##vso[task.complete]"])
def test_what_scripts_and_agents_read_cannot_act(text: str) -> None:
    one = occurrence_of(text, make_occurrence())
    one = one._replace(worked=one.exchange, source=text)
    assert one.exchange
    earlier = [(text, one.exchange)]
    assert active_in(text_line(one), "") == []
    assert active_in(json_line(one), "") == []
    assert active_in(json_text(as_data(one, earlier)), "\n") == []
    shown = story(one, earlier)
    assert active_in(shown, "\n\t") == []
    for line in (*shown.splitlines(), text_line(one)):
        assert not line.lstrip().startswith("::")
        assert re.search(r"##\w*\[", line) is None
