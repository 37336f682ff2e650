"""Inputs of every kind, told apart by what they hold."""

from __future__ import annotations

import builtins
import io
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from baas_errors.pipeline import Pipeline
from baas_errors.sources import Skip, SourceError, read
from build import make_error_record
from matrix import in_one_test

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
RECORD = make_error_record().to_json() + "\n"


def types_in(path: str | Path, pipeline: Pipeline, stdin: Any = None) -> list[str]:
    """The types of the errors in an input of exchanges."""
    found = []
    for item in read(path, [], stdin):
        backend = pipeline.recognizer.of_exchange(item)  # type: ignore[arg-type]
        found += [record.type for record in pipeline.records(item, backend)] if backend else []  # type: ignore[arg-type]
    return found


EXPECTED = {
    "chrome.har": [
        "kinvey/EntityNotFound",
        "kinvey/InvalidCredentials",
        "parse/IncorrectType",
        "kinvey/http-500",
        "bkend/connection-failed",
        "parse/OperationForbidden",
    ],
    "firefox.har": [
        "bkend/data/table-not-found",
        "bkend/auth/access-token-expired",
        "bkend/data/validation-error",
        "bkend/http-500",
        "bkend/connection-failed",
    ],
    "charles.har": ["parse/ObjectNotFound", "parse/UserInvalidLoginParams", "parse/ScriptFailed", "parse/connection-failed"],
    "fiddler.har": ["backend-services/AccessDenied", "backend-services/InvalidCredentials", "backend-services/connection-failed"],
    "proxyman.har": ["kinvey/KinveyInternalErrorRetry", "kinvey/KinveyInternalErrorRetry", "kinvey/InsufficientCredentials"],
}


@in_one_test("name", EXPECTED)
def test_the_exports_of_other_tools(name: str, pipeline: Pipeline) -> None:
    assert types_in(CAPTURES / "har" / name, pipeline) == EXPECTED[name]


def test_mitmproxys_own_export_holds_the_same_errors_as_its_capture(pipeline: Pipeline) -> None:
    from_flows = types_in(CAPTURES / "demo.mitm", pipeline)
    assert len(from_flows) == 14
    assert types_in(CAPTURES / "har" / "mitmproxy.har", pipeline) == from_flows


def test_a_packed_har_file(pipeline: Pipeline, tmp_path: Path) -> None:
    packed = tmp_path / "run.zhar"
    packed.write_bytes(zlib.compress((CAPTURES / "har" / "fiddler.har").read_bytes(), 9))
    assert types_in(packed, pipeline) == EXPECTED["fiddler.har"]


@in_one_test("name", ["demo.mitm", "har/chrome.har"])
def test_the_name_does_not_matter(name: str, pipeline: Pipeline, tmp_path: Path) -> None:
    renamed = tmp_path / "capture.txt"
    renamed.write_bytes((CAPTURES / name).read_bytes())
    assert types_in(renamed, pipeline) == types_in(CAPTURES / name, pipeline)


@in_one_test("name", ["demo.mitm", "har/chrome.har"])
def test_standard_input(name: str, pipeline: Pipeline) -> None:
    stdin = io.BytesIO((CAPTURES / name).read_bytes())
    assert types_in("-", pipeline, stdin) == types_in(CAPTURES / name, pipeline)


def test_a_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "errors.jsonl").write_text(RECORD)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(list(read("~/errors.jsonl", []))) == 1


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "errors.jsonl"
    empty.touch()
    assert list(read(empty, [])) == []


@in_one_test("name", ["missing.har", "."])
def test_what_cannot_be_opened_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read") as raised:
        list(read(tmp_path / name, []))
    assert str(raised.value).startswith(str(tmp_path / name))


def test_of_a_file_in_part_the_rest_is_said(tmp_path: Path) -> None:
    file = tmp_path / "errors.jsonl"
    file.write_text(RECORD + "rubbish\n")
    skips: list[Skip] = []
    assert len(list(read(file, skips))) == 1
    assert [str(skip) for skip in skips] == [f"{file}, line 2: is not valid JSON"]


def test_a_file_of_which_nothing_can_be_read_is_refused() -> None:
    skips: list[Skip] = []
    with pytest.raises(SourceError, match=r"^standard input: is an error log, but no entry can be read; line 1: is not valid JSON"):
        list(read("-", skips, io.BytesIO(b'{"schema": rubbish\n{"schema": more\n')))
    assert len(skips) == 2


def test_without_mitmproxy_flows_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str, *args: Any, _import: Any = builtins.__import__) -> Any:
        if name.endswith("flow_reader"):
            raise ModuleNotFoundError("No module named 'mitmproxy'", name="mitmproxy")
        return _import(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SourceError, match="mitmproxy is not installed here; install it") as raised:
        list(read(CAPTURES / "demo.mitm", []))
    assert "--set hardump=" in str(raised.value)


@pytest.mark.slow
def test_without_mitmproxy_everything_else_is_read() -> None:
    script = f"""
import sys
sys.modules["mitmproxy"] = None
from baas_errors.cli import main
sys.exit(main(["check", {str(CAPTURES / "har" / "chrome.har")!r}, "--allow", "kinvey/*", "--allow", "parse/*", "--allow", "bkend/*"]))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=CAPTURES.parent.parent / "addons", check=False)
    assert (ended.returncode, ended.stderr.count("\n")) == (0, 1)
    assert "chrome.har: 2 requests have no answer" in ended.stderr
