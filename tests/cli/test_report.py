"""`baas-errors report`: every format, tickets, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from baas_errors.cli import main
from baas_errors.redact.pseudonyms import ENVIRONMENT
from build import make_error_record

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
ADDONS = CAPTURES.parent.parent / "addons"
DEMO = str(CAPTURES / "demo.mitm")
CHROME = str(CAPTURES / "har" / "chrome.har")
KEY = "0123456789abcdef0123"
SECRETS = [
    "made up pass phrase",
    "ada@example.com",
    "made-up-session-token",
    "made-up-app-secret",
    "madeUpJavaScriptKey",
    "0123456789abcdef0123456789abcdef",
    "5e1d5e1d",
]


def count_of(text: str, suffix: str) -> int:
    """How many errors a report of some format holds."""
    if suffix == "jsonl":
        return len(text.splitlines())
    if suffix == "csv":
        return len(list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline="")))) - 1
    if suffix == "har":
        return sum(len(entry["_baasErrors"]) for entry in json.loads(text)["log"]["entries"])
    return len(set(re.findall(r"\b(?:kinvey|parse|bkend)/[A-Za-z][\w-]+", text)) & KINDS)


KINDS = {
    "kinvey/EntityNotFound",
    "kinvey/InvalidCredentials",
    "kinvey/http-500",
    "parse/IncorrectType",
    "parse/OperationForbidden",
    "bkend/connection-failed",
}
UNANSWERED = f"Note: {CHROME}: 2 requests have no answer: still waiting, never sent, or ended by the app or the user.\n"
FORMATS = ["jsonl", "csv", "md", "html", "har"]


@pytest.mark.parametrize("suffix", FORMATS)
class TestFormats:
    def test_a_file(self, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        target = tmp_path / "new folder" / f"report.{suffix}"
        assert main(["report", CHROME, "-o", str(target)]) == 0
        assert count_of(target.read_text("utf-8"), suffix) == 6
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert capsys.readouterr() == (f"6 errors of 6 kinds: {target} (its folder was not there and was made)\n", UNANSWERED)

    def test_standard_output(self, suffix: str, capfd: pytest.CaptureFixture[str]) -> None:
        assert main(["report", CHROME, "-o", "-", "--format", suffix]) == 0
        out, err = capfd.readouterr()
        assert count_of(out, suffix) == 6
        assert err == UNANSWERED

    def test_no_secret_is_in_it(self, suffix: str, tmp_path: Path) -> None:
        target = tmp_path / f"report.{suffix}"
        main(["report", CHROME, "-o", str(target)])
        text = target.read_text("utf-8")
        assert [secret for secret in SECRETS if secret in text] == []

    def test_what_was_left_out_is_said_on_the_side(self, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        log = tmp_path / "errors.jsonl"
        log.write_text(make_error_record().to_json() + "\nrubbish\n")
        assert main(["report", str(log), "-o", str(tmp_path / f"report.{suffix}")]) == 0
        assert capsys.readouterr().err == f"Skipped: {log}, line 2: is not valid JSON.\n"

    def test_without_errors_the_report_is_empty(self, suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "errors.jsonl").touch()
        target = tmp_path / f"report.{suffix}"
        assert main(["report", str(tmp_path / "errors.jsonl"), "-o", str(target)]) == 0
        assert target.is_file()
        assert capsys.readouterr().out == f"No backend errors were seen; the report is empty: {target}\n"


@pytest.mark.parametrize("suffix", ["md", "html", "har"])
def test_what_was_left_out_stands_in_reports_for_people(suffix: str, tmp_path: Path) -> None:
    log = tmp_path / "errors.jsonl"
    log.write_text(make_error_record().to_json() + "\nrubbish\n")
    main(["report", str(log), "-o", str(tmp_path / f"report.{suffix}")])
    assert "line 2" in (tmp_path / f"report.{suffix}").read_text("utf-8")


def test_what_was_left_out_is_said_without_secrets(tmp_path: Path) -> None:
    log = tmp_path / "errors.jsonl"
    log.write_text(make_error_record().to_json() + '\n{"schema": "r:0123456789abcdef0123456789abcdef"}\n')
    main(["report", str(log), "-o", str(tmp_path / "report.html")])
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "line 2" in text
    assert "0123456789abcdef0123456789abcdef" not in text


class TestTicket:
    def test_a_file(self, tmp_path: Path) -> None:
        target = tmp_path / "ticket.md"
        assert main(["report", CHROME, "--ticket", "-o", str(target)]) == 0
        text = target.read_text("utf-8")
        assert "6d1f0c6f3a2e4b5c8d7e9f0a1b2c3d4e" in text
        assert "curl" in text
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert [secret for secret in SECRETS if secret in text] == []

    @pytest.mark.parametrize("arguments", [[], ["--format", "md"]])
    def test_standard_output(self, arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
        assert main(["report", CHROME, "--ticket", "-o", "-", *arguments]) == 0
        out, err = capfd.readouterr()
        assert out.startswith("# ")
        assert err == UNANSWERED


def test_several_inputs_are_one_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "errors.jsonl"
    assert main(["report", CHROME, "-o", str(log)]) == 0
    assert main(["report", CHROME, DEMO, str(log), str(log), "-o", str(tmp_path / "all.jsonl")]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("20 errors of ")


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(Path(CHROME).read_bytes())))
    assert main(["report", "-", "-o", str(tmp_path / "r.jsonl")]) == 0
    assert count_of((tmp_path / "r.jsonl").read_text("utf-8"), "jsonl") == 6


class TestPseudonyms:
    def pseudonyms(self, path: Path, *arguments: str) -> list[str]:
        assert main(["report", CHROME, "-o", str(path), *arguments]) == 0
        return re.findall(r"#[0-9a-f]{6}>", path.read_text("utf-8"))

    def test_without_a_key_they_are_other_ones_each_time(self, tmp_path: Path) -> None:
        assert self.pseudonyms(tmp_path / "a.har") != self.pseudonyms(tmp_path / "b.har")

    def test_with_a_key_they_can_be_compared(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        key = tmp_path / "key"
        key.write_text(KEY)
        first = self.pseudonyms(tmp_path / "a.har", "--pseudonym-key", str(key))
        monkeypatch.setenv(ENVIRONMENT, KEY)
        assert self.pseudonyms(tmp_path / "b.har") == first
        assert KEY not in "".join(capsys.readouterr())
        assert KEY not in (tmp_path / "a.har").read_text("utf-8")

    def test_the_file_goes_before_the_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "key").write_text(KEY)
        monkeypatch.setenv(ENVIRONMENT, "another key, from elsewhere")
        first = self.pseudonyms(tmp_path / "a.har", "--pseudonym-key", str(tmp_path / "key"))
        monkeypatch.setenv(ENVIRONMENT, KEY)
        assert self.pseudonyms(tmp_path / "b.har") == first


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "report.xlsx"], "-o 'report.xlsx': unknown suffix .xlsx; supported are .jsonl, .csv, .md, .html and .har"),
        (["-o", "report"], "-o 'report': no suffix; supported are .jsonl, .csv, .md, .html and .har"),
        (["-o", "-"], "-o -: standard output has no suffix that selects the format; add --format, one of jsonl, csv, md, html, har"),
        (["-o", "report.md", "--format", "csv"], "--format csv: only valid with -o -; the suffix of 'report.md' selects the format"),
        (["-o", "ticket.html", "--ticket"], "-o 'ticket.html': support tickets are Markdown; give a name that ends in .md"),
        (["-o", "-", "--ticket", "--format", "csv"], "--format csv: support tickets are Markdown; omit --format with --ticket"),
        (["-o", "/dev/null/report.md"], "-o: '/dev/null/report.md' cannot be written ("),
    ],
)
def test_bad_usage_is_2_and_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", CHROME, *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"baas-errors report: {said}" in err


def test_an_unknown_format_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["report", CHROME, "-o", "-", "--format", "pdf"])
    assert raised.value.code == 2
    assert "'pdf'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["errors.jsonl", "./errors.jsonl", "sub/../errors.jsonl"])
def test_an_input_is_not_overwritten(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "errors.jsonl"
    log.write_text("as it was")
    assert main(["report", "errors.jsonl", "-o", name]) == 2
    assert log.read_text() == "as it was"
    assert capsys.readouterr().err == f"baas-errors report: -o {name!r} is one of the inputs; write to another file\n"


def two_runs(folder: Path, *, named: bool) -> str:
    """A log of two runs of mitmproxy; the second began later and has the newer errors. Either the records name their run, or the first line of each
    ends with a space."""
    log = folder / "errors.jsonl"
    times = (("2024-05-01T09:00:00.000Z", "10:00"), ("2024-05-01T09:00:00.000Z", "10:01"), ("2024-05-02T09:00:00.000Z", "11:00"))
    made = [make_error_record(timestamp=f"{run[:11]}{at}:00.000Z", run=run, machine="ci-7" if named else "") for run, at in times]
    begins = [not named and run not in {before for before, _ in times[:number]} for number, (run, _) in enumerate(times)]
    log.write_text("".join(record.to_json() + " " * new + "\n" for record, new in zip(made, begins, strict=True)))
    return str(log)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ([], ["05-01T10:00", "05-01T10:01", "05-02T11:00"]),
        (["--since", "2024-05-01T10:01:00Z"], ["05-01T10:01", "05-02T11:00"]),
        (["--run", "last"], ["05-02T11:00"]),
        (["--run", "last", "--since", "2024-05-03"], []),
    ],
)
def test_a_part_of_a_log(options: list[str], kept: list[str], named: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["report", two_runs(tmp_path, named=named), "-o", "-", "--format", "jsonl", *options]) == 0
    written = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line["@timestamp"][5:16] for line in written] == kept
    assert {"baas.run" in line for line in written} <= {named}


def test_a_capture_has_no_last_run_and_a_bad_time_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", DEMO, "-o", "-", "--format", "jsonl", "--run", "last"]) == 2
    assert "--run last: the inputs do not say where a run begins" in capsys.readouterr().err
    assert main(["report", DEMO, "-o", "-", "--format", "jsonl", "--since", "noon"]) == 2
    assert "--since 'noon': give a time such as" in capsys.readouterr().err


@pytest.mark.parametrize("bad", ["missing.har", __file__])
class TestUnreadable:
    def test_an_input_that_cannot_be_read_does_not_stop_the_others(self, bad: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        target = tmp_path / "report.md"
        assert main(["report", bad, CHROME, "-o", str(target)]) == 2
        assert count_of(target.read_text("utf-8"), "md") == 6
        out, err = capsys.readouterr()
        assert out == f"6 errors of 6 kinds: {target}\n"
        assert err.startswith(f"Not read: {bad}: ")
        assert "- Not read: " in target.read_text("utf-8")

    def test_if_none_can_be_read_the_report_stays_as_it_was(self, bad: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        target = tmp_path / "report.md"
        target.write_text("as it was")
        assert main(["report", bad, "absent.har", "-o", str(target)]) == 2
        assert target.read_text() == "as it was"
        assert re.fullmatch(rf"baas-errors report: {re.escape(bad)}: .*; absent\.har: cannot be read .*\n", capsys.readouterr().err)


def test_a_report_says_from_which_input_each_error_came(tmp_path: Path) -> None:
    for suffix, seen in (
        ("jsonl", lambda text: {json.loads(line)["source"] for line in text.splitlines()}),
        ("csv", lambda text: {row["source"] for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))}),
        ("har", lambda text: {entry["_baasSource"] for entry in json.loads(text)["log"]["entries"]}),
        ("md", lambda text: {name for name in (CHROME, DEMO) if f"`{name}` |" in text}),
        ("html", lambda text: {name for name in (CHROME, DEMO) if f"<dt>Input</dt><dd>{name}</dd>" in text}),
    ):
        target = tmp_path / f"report.{suffix}"
        assert main(["report", CHROME, DEMO, "-o", str(target)]) == 0
        assert seen(target.read_text("utf-8")) == {CHROME, DEMO}, suffix


def test_the_name_of_an_input_shows_no_secret(tmp_path: Path) -> None:
    named, target = tmp_path / "ada@example.com.har", tmp_path / "report.jsonl"
    named.write_bytes(Path(CHROME).read_bytes())
    assert main(["report", str(named), "-o", str(target)]) == 0
    assert "ada@example.com" not in target.read_text("utf-8")


def test_tickets_on_standard_output_are_utf_8_whatever_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(make_error_record(message="Nicht gefunden: Käse").to_json() + "\n", "utf-8")
    command = [sys.executable, "-m", "baas_errors", "report", "log.jsonl", "--ticket", "-o", "-"]
    environment = os.environ | {"PYTHONPATH": str(ADDONS), "PYTHONIOENCODING": "ascii"}
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=True)
    assert "Käse" in ended.stdout.decode("utf-8")


def test_a_folder_as_output_is_refused_before_anything_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", DEMO, "-o", f"{tmp_path}/new.md/"]) == 2
    assert "is a folder; give the name of a file in it" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
