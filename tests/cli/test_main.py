"""What all commands share: usage, exit statuses, pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from baas_errors.cli import main
from baas_errors.cli import parser as make_parser

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO = str(ROOT / "tests" / "captures" / "demo.mitm")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "baas_errors", *arguments]


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, cwd=ROOT / "addons", check=False, encoding="utf-8", **options)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["check"],
        ["list"],
        ["show", "x.har"],
        ["report", "x.har"],
        ["report", "-o", "x.md"],
        ["explain"],
        ["catalog"],
        ["--nonsense"],
    ],
)
def test_bad_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2
    assert "usage: baas-errors" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["explain", "report", "check", "run", "list", "show", "catalog", "path"])
def test_every_command_says_what_it_takes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main([command, "--help"])
    assert raised.value.code == 0
    assert f"usage: baas-errors {command}" in capsys.readouterr().out


def test_the_help_names_every_command() -> None:
    text = make_parser().format_help()
    assert all(f"\n    {name}" in text for name in ("explain", "report", "check", "run", "list", "show", "catalog", "path"))


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["--version"])
    assert raised.value.code == 0
    assert capsys.readouterr().out.startswith("baas-errors ")


@pytest.mark.parametrize("arguments", [["check", DEMO], ["explain", "209"], ["path"]])
def test_as_a_module(arguments: list[str]) -> None:
    ended = run(*arguments)
    assert ended.returncode == (1 if arguments[0] == "check" else 0)
    assert ended.stdout
    assert ended.stderr == ""


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        command("report", DEMO, "-o", "-", "--format", "html"), stdout=writing, stderr=subprocess.PIPE, cwd=ROOT / "addons"
    ) as process:
        os.close(writing)
        _, said = process.communicate()
    assert (process.returncode, said) == (0, b"")


@pytest.mark.parametrize("arguments", [["check", DEMO], ["report", DEMO, "-o", "-", "--format", "md"], ["explain", "209"]])
def test_a_terminal_that_lacks_characters_stops_nothing(arguments: list[str]) -> None:
    ended = run(*arguments, env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert ended.returncode in (0, 1)
    assert ended.stderr == ""


def test_a_fault_of_its_own_is_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("baas_errors.cli.common.collect", lambda *_, **__: 1 / 0)
    assert main(["check", DEMO]) == 2
    assert capsys.readouterr().err.endswith("baas-errors check: internal error; please report it\n")


def test_who_stops_a_command_is_told_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("baas_errors.cli.common.collect", stopped)
    assert main(["check", DEMO]) == 2
    assert capsys.readouterr().err == "baas-errors check: interrupted\n"
