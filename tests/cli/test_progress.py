"""Progress: only where somebody watches, and only for what takes long."""

from __future__ import annotations

import io

import pytest
from baas_errors.cli.common import Progress
from build import make_error_record

ITEMS = [make_error_record()] * 3


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_long_work_is_shown_and_taken_away_again() -> None:
    terminal = Terminal()
    assert list(Progress(terminal, delay=0, every=0)("run.har", iter(ITEMS))) == ITEMS
    assert "\r\x1b[Krun.har: 2 entries read" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_short_work_is_not_shown() -> None:
    terminal = Terminal()
    assert list(Progress(terminal, delay=1000)("run.har", iter(ITEMS))) == ITEMS
    assert terminal.getvalue() == ""


def test_nobody_watches() -> None:
    stream = io.StringIO()
    assert list(Progress(stream, delay=0, every=0)("run.har", iter(ITEMS))) == ITEMS
    assert stream.getvalue() == ""


def test_the_line_is_taken_away_when_reading_fails() -> None:
    terminal = Terminal()

    def failing():
        yield ITEMS[0]
        yield ITEMS[0]
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(Progress(terminal, delay=0, every=0)("run.har", failing()))
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_hostile_name_does_nothing_to_the_terminal() -> None:
    terminal = Terminal()
    list(Progress(terminal, delay=0, every=0)("\x1b]0;x\x07.har", iter(ITEMS)))
    assert "\x07" not in terminal.getvalue()
