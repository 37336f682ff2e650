"""`baas-errors check`: what it prints, and the exit status that CI goes by."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from baas_errors.cli import main
from baas_errors.redact.pseudonyms import ENVIRONMENT
from build import make_error_record
from json_schemas import validate

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
DEMO = str(CAPTURES / "demo.mitm")
PROXYMAN = str(CAPTURES / "har" / "proxyman.har")


@pytest.fixture
def clean(tmp_path: Path) -> str:
    """A HAR file with traffic of a backend and no error in it."""
    entry = {"request": {"method": "GET", "url": "https://baas.kinvey.com/appdata/kid_x"}, "response": {"status": 200, "content": {"text": "[]"}}}
    return har(tmp_path / "clean.har", entry)


def har(path: Path, *entries: object) -> str:
    path.write_text(json.dumps({"log": {"entries": list(entries)}}))
    return str(path)


class TestStatus:
    def test_no_error_is_0(self, clean: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", clean]) == 0
        assert capsys.readouterr() == ("No backend errors were seen.\n", "")

    def test_errors_are_1(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", DEMO]) == 1
        out, err = capsys.readouterr()
        assert out.startswith("14 backend errors of 14 kinds:\n")
        assert "\n1x parse/InvalidSessionToken (209) [400] GET /parse/users/me, 1 user\n" in out
        assert err == ""

    def test_allowed_errors_are_0(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", PROXYMAN, "--allow", "kinvey/KinveyInternalErrorRetry", "--allow", "kinvey/Insuff*"]) == 0
        assert capsys.readouterr().out == "Allowed: 3 errors: kinvey/KinveyInternalErrorRetry (2), kinvey/InsufficientCredentials (1).\n"

    def test_others_beside_them_are_1(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "--allow", "kinvey/KinveyInternalErrorRetry", PROXYMAN]) == 1
        out = capsys.readouterr().out
        assert out.startswith("1 backend error of 1 kind:\n")
        assert out.endswith("Allowed: 2 errors: kinvey/KinveyInternalErrorRetry (2).\n")

    def test_many_allowed_types_are_counted(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", DEMO, "--allow", "parse/*"]) == 0
        assert capsys.readouterr().out.endswith(" and 6 more types.\n")

    def test_a_file_of_allowed_types_has_reasons_and_those_not_needed_are_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "allow.txt").write_text("# known\nkinvey/KinveyInternalErrorRetry POST /appdata/* # flaky in October\nkinvey/http-503\n")
        assert main(["check", PROXYMAN, "--allow-file", str(tmp_path / "allow.txt"), "--allow", "kinvey/Insuff*", "--allow", "parse/timeout"]) == 0
        assert capsys.readouterr().out == (
            "Allowed: 3 errors: kinvey/KinveyInternalErrorRetry (2: flaky in October), kinvey/InsufficientCredentials (1).\n"
            "Not needed: --allow parse/timeout\n"
            "Not needed: --allow kinvey/http-503\n"
        )

    def test_one_allowed_elsewhere_is_1(self) -> None:
        assert main(["check", PROXYMAN, "--allow", "kinvey/Insuff*", "--allow", "kinvey/KinveyInternalErrorRetry GET *"]) == 1

    def test_inputs_without_traffic_of_a_known_backend_are_5_unless_allowed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "errors.jsonl").touch()
        for name, path, why in (
            ("empty log", str(tmp_path / "errors.jsonl"), "The inputs are empty: they contain no exchange and no record."),
            ("empty recording", har(tmp_path / "empty.har"), "The inputs are empty: they contain no exchange and no record."),
            (
                "other traffic",
                har(tmp_path / "other.har", ENTRY),
                "The exchange is not with a known backend. Name your own servers: --hosts parse=HOST",
            ),
        ):
            assert main(["check", path]) == 5, name
            out, err = capsys.readouterr()
            assert out == "Nothing was checked.\n", name
            assert err.startswith(why), name
            assert err.endswith(" To accept that, add --allow-empty.\n"), name
            assert main(["check", path, "--allow-empty"]) == 0, name
            out, err = capsys.readouterr()
            assert (out, err.count("\n")) == ("No backend errors were seen.\n", 1), name

    def test_one_exchange_with_a_known_backend_is_enough(self, clean: str, tmp_path: Path) -> None:
        assert main(["check", clean, har(tmp_path / "other.har", ENTRY)]) == 0

    def test_damaged_inputs_are_2_unless_allowed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        entries = [
            {"request": {"method": "GET", "url": "https://baas.kinvey.com/appdata/kid_x"}, "response": {"status": code}} for code in (200, 503)
        ]
        text = json.dumps({"log": {"entries": entries}})
        (tmp_path / "cut.har").write_text(text[:-30])
        (tmp_path / "cut.mitm").write_bytes(Path(DEMO).read_bytes()[:-100])
        (tmp_path / "cut.jsonl").write_text(make_error_record().to_json() + "\n" + make_error_record().to_json()[:80])
        for name, status in (("cut.har", 0), ("cut.mitm", 1), ("cut.jsonl", 1)):
            assert main(["check", str(tmp_path / name)]) == 2, name
            assert "An input could not be read completely. To accept that, add --allow-damaged." in capsys.readouterr().err, name
            assert main(["check", str(tmp_path / name), "--allow-damaged"]) == status, name

    def test_allowing_damage_does_not_allow_unreadable_inputs(self, tmp_path: Path) -> None:
        (tmp_path / "junk.jsonl").write_text('{"schema": 1}\nrubbish\n')
        assert main(["check", str(tmp_path / "junk.jsonl"), "--allow-damaged", "--allow-empty"]) == 2

    def test_an_unreadable_input_does_not_stop_the_others(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", "missing.har", DEMO, "--allow-damaged", "--allow", "parse/*"]) == 2
        out, err = capsys.readouterr()
        assert out.startswith("Allowed: 14 errors: ")
        assert err == "Not read: missing.har: cannot be read (No such file or directory)\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.har"], "missing.har: cannot be read (No such file or directory)"),
        ([__file__], "is not a capture of a known kind; supported are captures of mitmproxy, HAR files, "),
        ([str(CAPTURES.parent.parent / "docs" / "report.png")], "is a picture or a PDF file, which holds no requests: record"),
        ([DEMO, "--allow", "parse/ObjctNotFound"], "--allow: 'parse/ObjctNotFound' is not an error type of Parse Platform; did you mean parse/Obj"),
        ([DEMO, "--allow", "101"], "--allow: '101' is not an error type; use BACKEND/NAME, for example parse/"),
        ([DEMO, "--allow-file", "missing.txt"], "--allow-file: 'missing.txt' cannot be read"),
        ([DEMO, "--hosts", "localhost:1337"], "--hosts: 'localhost:1337' is not backend=host[:port][/path]"),
        (
            [DEMO, "--hosts", "pars=localhost"],
            "--hosts: 'pars=localhost': unknown backend 'pars'; known backends: backend-services, bkend, kinvey, parse",
        ),
        ([DEMO, "--catalog", "missing.toml"], "--catalog: missing.toml: cannot be read"),
        ([DEMO, "--pseudonym-key", "missing.key"], "--pseudonym-key: 'missing.key' cannot be read"),
    ],
)
def test_bad_usage_and_unreadable_input_are_2_and_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("baas-errors check: ")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(("junk", "more"), [(13, "3"), (5_000, "4,990")])
def test_what_was_left_out_is_said(junk: int, more: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "errors.jsonl"
    log.write_text(make_error_record().to_json() + "\n" + "rubbish\n" * junk)
    assert main(["check", str(log), "--allow-damaged"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"Skipped: {log}, line 2: is not valid JSON."
    assert lines[-1] == f"Skipped {more} more."
    assert len(lines) == 11


@pytest.mark.parametrize("before", [make_error_record().to_json() + "\n", ""])
def test_what_was_left_out_is_said_without_secrets(before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "errors.jsonl"
    log.write_text(before + '{"schema": "r:0123456789abcdef0123456789abcdef"}\n')
    main(["check", str(log)])
    err = capsys.readouterr().err
    assert "`schema` is '<session token 34 chars #" in err
    assert "0123456789abcdef0123456789abcdef" not in err


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(Path(DEMO).read_bytes())))
    assert main(["check", "-"]) == 1


ENTRY: dict[str, object] = {
    "request": {"method": "GET", "url": "https://api.shop.example/v1/data/articles"},
    "response": {"status": 404, "content": {"text": '{"success":false,"error":{"code":"data/table-not-found","message":"x"}}'}},
}


class TestHosts:
    def test_a_server_of_ones_own_is_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", har(tmp_path / "run.har", ENTRY), "--hosts", "bkend=*.shop.example"]) == 1
        assert "bkend/data/table-not-found" in capsys.readouterr().out

    def test_where_nothing_is_recognised_that_is_said(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["check", har(tmp_path / "run.har", ENTRY, ENTRY), "--allow-empty"]) == 0
        assert capsys.readouterr().err == (
            "None of the 2 exchanges is with a known backend. Name your own servers: --hosts parse=HOST[:PORT][/PATH]\n"
        )


def test_a_catalog_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalog = tmp_path / "toy.toml"
    catalog.write_text('format = 1\n[backend]\nid = "toy"\ntitle = "Toy"\nhosts = ["toy.example"]\n')
    entry = {"request": {"method": "GET", "url": "https://toy.example/"}, "response": {"status": 503}}
    run = har(tmp_path / "run.har", entry)
    assert main(["check", run, "--catalog", str(catalog)]) == 1
    assert "toy/http-503" in capsys.readouterr().out
    assert main(["check", run, "--catalog", str(catalog), "--allow", "toy/http-503"]) == 0


def test_a_short_key_in_the_environment_is_bad_usage_and_not_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(ENVIRONMENT, "hunter2")
    assert main(["check", DEMO]) == 2
    err = capsys.readouterr().err
    assert ENVIRONMENT in err
    assert "hunter2" not in err


@pytest.mark.parametrize("form", ["json", "junit", "sarif", "github"])
def test_every_format_gives_the_same_status(form: str, clean: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, status in ((clean, 0), (DEMO, 1), (har(tmp_path / "empty.har"), 5)):
        assert main(["check", path, "--format", form]) == status
        out = capsys.readouterr().out
        if form in ("json", "sarif"):
            told = json.loads(out)
            assert (told["status"] if form == "json" else told["runs"][0]["invocations"][0]["exitCode"]) == status
        assert ("parse/ObjectNotFound" in out) == (path == DEMO)


def test_json_says_what_was_read(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", DEMO, "--format", "json", "--allow", "parse/Obj* # known"])
    told = json.loads(capsys.readouterr().out)
    validate("check", told)
    assert (told["exchanges"], told["backend_exchanges"], told["errors"]) == (17, 17, 11)
    assert {kind["reason"] for kind in told["allowed"]} == {"known"}
