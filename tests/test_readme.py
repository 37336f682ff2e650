"""What the README shows is there, and what is there is in the README."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from baas_errors.cli import main
from baas_errors.record import KEYS
from errors import BackendErrors
from mitmproxy.test import taddons
from readme import COMMANDS, README, ROOT, table, words_in


def test_every_option_stands_in_the_table_with_its_default() -> None:
    addon = BackendErrors()
    with taddons.context(addon) as context:
        options = {name: option for name, option in context.options._options.items() if name.startswith("errors_")}
        defaults = {name: option.default for name, option in options.items()}
        context.configure(addon, errors_log="")
        addon.done()
    shown = {words_in(row[0])[0]: words_in(row[1]) for row in table("Options")}
    assert set(shown) == set(defaults)
    for name, default in defaults.items():
        wanted = [] if default in ("", []) else [str(default).lower() if isinstance(default, bool) else default]
        assert shown[name] == wanted, name


def test_every_command_of_mitmproxy_stands_in_the_table() -> None:
    there = {f.command_name for f in vars(BackendErrors).values() if hasattr(f, "command_name")}
    assert {words_in(row[0])[0].split()[0] for row in table("Commands")} == there


def test_every_key_of_a_record_stands_in_the_table() -> None:
    shown = [word for row in table("The log") for word in words_in(row[0])]
    assert sorted(shown) == sorted(key for _, key in KEYS)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_file_that_is_linked_is_there(link: str) -> None:
    assert link.startswith("http") or (ROOT / link).is_file()


def test_the_demo_command_prints_what_the_picture_shows(tmp_path: Path) -> None:
    (line,) = [line for line in COMMANDS if "demo.mitm" in line and "flow_detail=0" in line]
    words = shlex.split(line)
    assert words[0] == ".venv/bin/mitmdump"
    program = Path(sys.executable).with_name("mitmdump")
    extra = ["--set", f"errors_log={tmp_path / 'errors.jsonl'}", "--set", f"confdir={tmp_path}"]
    ran = subprocess.run([str(program), *words[1:], *extra], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0
    assert "parse: InvalidJSON (107) [400] GET" in ran.stdout
    assert "backend errors of" in ran.stdout


@pytest.mark.parametrize("line", sorted(set(re.findall(r"baas-errors explain [^`\n|]+", README))))
def test_every_explain_command_explains(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(line)[1:]) == 0
    assert capsys.readouterr().out


def test_the_newcomers_commands_do_their_own_setup() -> None:
    setups = [line for line in COMMANDS if "python3 -m venv .venv" in line]
    assert len(setups) == 2
    start, test = setups
    assert start.endswith(".venv/bin/mitmdump -s addons/errors.py")
    assert "pytest" in test


def test_the_options_in_examples_exist() -> None:
    known = {words_in(row[0])[0] for row in table("Options")}
    assert set(re.findall(r"\berrors_[a-z_]+(?==)", README)) <= known


def test_every_promise_names_tests_that_are_there() -> None:
    # What it costs stands in a table of its own, with three columns.
    rows = [row for row in table("What it promises") if len(row) == 2]
    assert len(rows) >= 7
    for promise, tests in rows:
        named = [word for word in words_in(tests) if word.startswith("tests/")]
        assert named, promise
        assert [name for name in named if not (ROOT / name).exists()] == [], promise
