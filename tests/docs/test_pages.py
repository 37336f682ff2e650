"""What README.md and docs/ show is there, and what is there is in them."""

from __future__ import annotations

import argparse
import re
import runpy
import shlex
import subprocess
from pathlib import Path

import pytest
from baas_errors.catalog.vocabulary import FAULTS, RETRIES
from baas_errors.cli import main, parser
from baas_errors.mitm.annotate import UNKNOWN, WARNED
from baas_errors.mitm.inject import InjectCommands
from baas_errors.record import KEYS
from documents import ALL, OTHERS, PAGES, README, ROOT, START, TEST, table, words_in
from errors import BackendErrors
from mitmproxy.test import taddons
from mitmproxy.utils.emoji import emoji


class TestReadme:
    def test_it_is_short(self) -> None:
        lines = README.splitlines()
        assert len(lines) <= 160
        assert [line for line in lines if len(line) > 110] == []

    def test_the_first_command_sets_up_shows_errors_and_listens(self) -> None:
        assert START.startswith("python3 -m venv .venv && .venv/bin/python -m pip install ")
        assert "-r tests/captures/demo.mitm" in START
        assert "--set keepserving=true" in START
        # It goes on to listen, and the clone is to stay as it was.
        assert "-q -s addons/errors.py --set errors_print=true --set errors_log= " in START

    def test_the_second_command_sets_up_and_runs_all_tests(self) -> None:
        assert TEST.startswith("python3 -m venv .venv && .venv/bin/python -m pip install ")
        assert TEST.endswith("pytest -q -nauto")

    def test_ci_runs_the_second_command(self) -> None:
        found = re.search(r"^command=\$\((awk .*)\)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.M)
        assert found
        assert subprocess.run(["bash", "-c", found[1]], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip() == TEST

    def test_every_page_can_be_reached(self) -> None:
        reached, fresh = set[Path](), {ROOT / "README.md"}
        while fresh:
            reached |= fresh
            fresh = {linked for page in fresh for linked in links(page) if linked.suffix == ".md"} - reached
        assert [path.name for path in (ROOT / "docs").glob("*.md") if path not in reached] == []


def links(page: Path) -> set[Path]:
    """The files that a page links to, wherever they are said to be."""
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    return {(page.parent / target).resolve() for target in targets if not target.startswith("http")}


@pytest.mark.parametrize("name", [*PAGES, *(str(path.relative_to(ROOT)) for path in OTHERS if path.exists())])
def test_every_file_that_is_linked_is_there(name: str) -> None:
    assert [str(path) for path in links(ROOT / name) if not path.exists()] == []


@pytest.mark.parametrize("name", [*PAGES, "CONTRIBUTING.md", "SECURITY.md"])
def test_every_path_that_is_named_is_there(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    named = re.findall(r"`((?:addons|catalogs|docs|tests|\.ci)/[\w./-]*\w/?)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_heading_that_is_linked_is_there(name: str) -> None:
    text = PAGES[name]
    there = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.M)}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= there


def test_every_option_is_in_the_table_with_its_default() -> None:
    addon = BackendErrors()
    with taddons.context(addon) as context:
        options = {name: option for name, option in context.options._options.items() if name.startswith("errors_")}
        defaults = {name: option.default for name, option in options.items()}
        context.configure(addon, errors_log="")
        addon.done()
    shown = {words_in(row[0])[0]: words_in(row[1]) for row in table("docs/options.md", "Options")}
    assert set(shown) == set(defaults)
    for name, default in defaults.items():
        wanted = [] if default in ("", []) else [str(default).lower() if isinstance(default, bool) else default]
        assert shown[name] == wanted, name
    assert set(re.findall(r"\berrors_[a-z_]+(?==)", ALL)) <= set(defaults)


def test_every_command_of_mitmproxy_is_in_the_table() -> None:
    there = {f.command_name for f in (*vars(BackendErrors).values(), *vars(InjectCommands).values()) if hasattr(f, "command_name")}
    assert {words_in(row[0])[0].split()[0] for row in table("docs/options.md", "Commands")} == there


def test_every_command_of_the_command_line_is_in_the_table_with_its_exit_statuses() -> None:
    (commands,) = [action.choices for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    shown = {words_in(row[0])[0].split()[1]: set(re.findall(r"\b\d\b", row[2])) for row in table("docs/options.md", "Command line")}
    assert set(shown) == set(commands)
    for name, command in commands.items():
        # Bad usage is said once, below the table.
        assert set(re.findall(r"\b\d\b", command.epilog or "0")) - {"2"} == shown[name] - {"2"}, name
    assert f"exit status is {2} for bad usage" in PAGES["docs/options.md"]
    statuses = {row[0] for row in table("docs/ci.md", "Check")}
    assert statuses == set(re.findall(r"\b\d\b", commands["check"].epilog))


def test_every_key_of_a_record_is_in_the_table() -> None:
    shown = [word for row in table("docs/log.md", "Keys") for word in words_in(row[0])]
    assert sorted(shown) == sorted(key for _, key in KEYS)


def test_the_page_of_rules_is_as_its_script_makes_it() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_rules.py"))["page"]()
    assert (ROOT / "docs" / "rules.md").read_text("utf-8") == made, "run `python docs/make_rules.py`"


def test_the_values_of_retry_and_fault_are_in_the_table() -> None:
    meanings = {row[0]: row[2] for row in table("docs/log.md", "Keys")}
    for key, values in (("`baas.retry`", RETRIES), ("`baas.fault`", FAULTS)):
        assert [value for value in values if f"`{value}`" not in meanings[key]] == [], key


def test_every_marker_is_in_the_table() -> None:
    shown = {word: row[0] for row in table("docs/causes.md", "Markers") for word in words_in(row[1])[:1]}
    assert shown == {name: emoji[fault.marker] for name, fault in FAULTS.items()}
    for marker in (*(fault.marker for fault in FAULTS.values()), UNKNOWN):
        assert emoji[marker] in README
        assert emoji[marker] in PAGES["docs/causes.md"]
    assert emoji[WARNED] in PAGES["docs/causes.md"]


@pytest.mark.parametrize("line", sorted(set(re.findall(r"baas-errors explain [^`\n|]+", ALL))))
def test_every_explain_command_explains(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(line)[1:]) == 0
    assert capsys.readouterr().out


def test_every_promise_names_tests_that_are_there() -> None:
    rows = table("docs/promises.md", "What it promises")
    assert len(rows) >= 7
    for promise, tests in rows:
        named = [word for word in words_in(tests) if word.startswith("tests/")]
        assert named, promise
        assert [name for name in named if not (ROOT / name).exists()] == [], promise
