"""The console program in a terminal: markers, the comment, the view, the search by name, and the commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from build import as_text
from demo import DEMO, ERRORS, FLOWS, named
from needs import need
from proxy import ADDON
from terminal import Terminal, terminal


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Terminal]:
    """mitmproxy showing the demo capture, its first flow in focus."""
    need("tmux")
    program = Path(sys.executable).with_name("mitmproxy")
    settings = (f"confdir={tmp_path}", f"errors_log={tmp_path / 'errors.jsonl'}")
    with terminal([str(program), "-s", str(ADDON), "-n", "-r", str(DEMO), *(part for setting in settings for part in ("--set", setting))]) as screen:
        # The last flow is an error: when it is marked, all have been looked at.
        screen.until(lambda text: flow_lines(text)[len(FLOWS) - 1 :] != [] and flow_lines(text)[-1].endswith("\N{MEMO}"))
        yield screen


def flow_lines(screen: str) -> list[str]:
    """The lines of the flow list."""
    return [line.rstrip() for line in screen.splitlines() if " HTTP " in line]


def test_markers_stand_at_the_ends_of_the_rows(console: Terminal) -> None:
    lines = flow_lines(console.screen())
    marks = {flow.situation: line.split()[-1] for flow, line in zip(FLOWS, lines, strict=True)}
    assert {name: marks[name] for name in ("update-others-readable-note", "users-me-ended-session", "vault-find", "fail-custom-code")} == {
        "update-others-readable-note": "\N{MEMO}",
        "users-me-ended-session": "\N{KEY}",
        "vault-find": "\N{LOCK}",
        "fail-custom-code": "\N{BUG}",
    }


def test_the_filter_finds_by_name(console: Terminal) -> None:
    wanted = named("ObjectNotFound")
    lines = flow_lines(find(console, "ObjectNotFound"))
    assert len(lines) == len(wanted)
    for flow, line in zip(wanted, lines, strict=True):
        assert f" {flow.path} " in line


def find(console: Terminal, name: str) -> str:
    """The screen after a search for errors of this name."""
    console.keys("f")
    console.until("set view_filter")
    console.enter(f'~meta "baas.name: {name}"')
    return console.until(f"[1/{len(named(name))}]")


def show(console: Terminal, name: str) -> None:
    """Opens the first flow whose error has this name."""
    find(console, name)
    console.keys("Enter")
    console.until("Flow Details")


def test_an_error_opens_in_the_view_by_itself(console: Terminal) -> None:
    show(console, "UserInvalidLoginParams")
    console.keys("Tab")
    console.until("Backend Error")
    screen = console.until("  Do ")  # the screen is drawn from the top: what stands above is there then
    assert "[m:auto]" in screen
    assert "UserInvalidLoginParams (101)   parse/UserInvalidLoginParams" in screen
    assert "Server   \u201cInvalid username/password.\u201d" in screen
    assert "  Means " in screen


def test_a_success_does_not_open_in_the_view(console: Terminal) -> None:
    console.keys("Enter")
    console.until("Flow Details")
    console.keys("Tab")
    screen = console.until('"objectId"')
    assert "Backend Error" not in screen
    assert "JSON" in screen


def test_the_detail_shows_the_comment_and_the_tags(console: Terminal) -> None:
    show(console, "UserInvalidLoginParams")
    console.keys("Tab")
    console.until("Backend Error")
    console.keys("Tab")
    screen = console.until("Comment:")
    shown = " ".join(screen.split())
    assert "Comment: UserInvalidLoginParams | " in shown
    assert " | Invalid username/password. | code 101" in shown
    assert "baas.type     'parse/UserInvalidLoginParams'" in screen


def test_explain_opens_a_table(console: Terminal) -> None:
    console.enter(":errors.explain ObjectNotFound")
    screen = console.until("ParseException.OBJECT_NOT_FOUND")  # below what follows
    assert "parse/ObjectNotFound" in screen
    assert "code 101" in screen


def test_a_command_that_fails_says_why(console: Terminal) -> None:
    console.enter(":errors.explain ObjectNotFund")
    assert "did you mean parse/ObjectNotFound" in console.until("No catalog knows")


def test_export_writes_the_file_and_says_so(console: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "all errors.jsonl"
    console.enter(f":errors.export @all '{path}'")
    console.until(f"Wrote {len(ERRORS)} errors")
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [record.get("error.code") for record in records] == [as_text(error.code) for error in ERRORS]
