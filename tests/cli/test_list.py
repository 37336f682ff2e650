"""`baas-errors list`: one error a line, for scripts and agents."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from baas_errors.cli import main
from baas_errors.cli.common import UsageError
from baas_errors.cli.list import since_of
from build import make_error_record
from json_schemas import validate

ROOT = Path(__file__).resolve().parent.parent.parent
CAPTURES = ROOT / "tests" / "captures"
DEMO = str(CAPTURES / "demo.mitm")


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert main(["list", *arguments, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def log(path: Path, *minutes: int) -> str:
    records = [make_error_record(timestamp=f"2024-05-01T10:{minute:02}:00.000Z", flow_id=f"f{minute}") for minute in minutes]
    path.write_text("".join(f"{record.to_json()}\n" for record in records))
    return str(path)


def test_a_line_for_each_error_newest_last(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", DEMO]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 14
    assert lines == sorted(lines, key=lambda line: line[:19])
    assert " parse/InvalidSessionToken (209) [400] GET /parse/users/me \u201cInvalid session token\u201d" in "\n".join(lines)


def test_json_has_the_form_of_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("demo.mitm", "har/proxyman.har", "har/firefox.har"):
        found = listed(capsys, str(CAPTURES / name))
        assert found
        for line in found:
            validate("list", line)


def test_an_id_is_the_same_in_a_capture_and_in_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [line["id"] for line in listed(capsys, DEMO)]
    assert len(set(ids)) == 14
    main(["report", DEMO, "-o", str(tmp_path / "errors.jsonl")])
    capsys.readouterr()
    again = listed(capsys, str(tmp_path / "errors.jsonl"))
    assert [line["id"] for line in again] == ids
    assert len(listed(capsys, str(tmp_path / "errors.jsonl"), DEMO)) == 14


def test_what_it_prints_can_be_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["list", DEMO, "--json"])
    (tmp_path / "list.jsonl").write_text(capsys.readouterr().out)
    assert main(["check", str(tmp_path / "list.jsonl"), "--allow", "parse/*"]) == 0
    assert "Allowed: 14 errors" in capsys.readouterr().out


def test_since_type_and_limit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = log(tmp_path / "errors.jsonl", 3, 1, 2)
    for arguments, flows in (
        ([], ["f1", "f2", "f3"]),
        (["--since", "2024-05-01T10:02:00Z"], ["f2", "f3"]),
        (["--since", "2024-05-01T12:02:30+02:00"], ["f3"]),
        (["--since", "2024-05-02"], []),
        (["--limit", "2"], ["f2", "f3"]),
        (["--type", "parse/Obj*"], ["f1", "f2", "f3"]),
        (["--type", "parse/timeout", "--type", "kinvey/*"], []),
    ):
        assert [line["mitmproxy.flow_id"] for line in listed(capsys, path, *arguments)] == flows, arguments


def test_an_age_counts_back_from_now() -> None:
    for text, seconds in (("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400)):
        assert abs(time.time() - since_of(text) - seconds) < 60, text
    assert since_of("2024-05-01") == datetime(2024, 5, 1, tzinfo=UTC).timestamp()
    for text in ("yesterday", "", "15", "2024-13-01"):
        with pytest.raises(UsageError, match="--since"):
            since_of(text)


def test_bad_usage_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (["--limit", "0"], "--limit 0: give a number from 1"),
        (["--type", "kinvey/Nothing"], "--type: 'kinvey/Nothing' is not an error type"),
        (["--since", "x"], "--since 'x'"),
    ):
        assert main(["list", DEMO, *arguments]) == 2, arguments
        assert said in capsys.readouterr().err, arguments


def test_inputs_without_traffic_of_a_known_backend_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", log(tmp_path / "errors.jsonl")]) == 0
    assert capsys.readouterr() == ("", "The inputs are empty: they contain no exchange and no record.\n")


def test_hostile_texts_are_inert(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = make_error_record(message="\x1b[2J\n::error::x ##[add-mask]y", type="::error::x")
    (tmp_path / "errors.jsonl").write_text(record.to_json() + "\n")
    for arguments in ([], ["--json"]):
        main(["list", str(tmp_path / "errors.jsonl"), *arguments])
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert out.count("\n") == 1
        assert not out.startswith("::")


@pytest.mark.live
def test_a_log_that_grows_is_listed_as_it_grows() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "baas_errors", "list", "-", "--json"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT / "addons", env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        assert process.stdin
        assert process.stdout
        for minute in (1, 2):
            record = make_error_record(timestamp=f"2024-05-01T10:0{minute}:00.000Z", flow_id=f"f{minute}")
            # A copy is not listed twice.
            for _ in range(2):
                process.stdin.write(record.to_json().encode() + b"\n")
            process.stdin.flush()
            # The pipe is open still: what comes was not kept back.
            assert json.loads(process.stdout.readline())["mitmproxy.flow_id"] == f"f{minute}"
        out, err = process.communicate()
        assert (process.returncode, out, err) == (0, b"", b"")
    finally:
        watchdog.cancel()
        process.kill()


def test_a_capture_comes_from_a_pipe_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(Path(DEMO).read_bytes()))))  # type: ignore[arg-type]
    assert main(["list", "-"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 14
