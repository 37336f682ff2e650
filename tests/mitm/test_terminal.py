"""Blocks in the terminal: at once where there is time, together where they come thick, and none is lost."""

from __future__ import annotations

import asyncio
import logging

import pytest
from baas_errors.mitm.terminal import MOST_WAITING, PAUSE, Terminal


@pytest.fixture
def terminal(caplog: pytest.LogCaptureFixture) -> Terminal:
    caplog.set_level(logging.WARNING)
    made = Terminal()
    made.together = True
    return made


def test_without_an_event_loop_each_is_printed_at_once(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(3):
        terminal.tell(f"block {number}")
        assert caplog.messages[-1] == f"block {number}"


def test_the_first_is_printed_at_once_and_those_right_after_it_together(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        for number in range(4):
            terminal.tell(f"block {number}")
        assert caplog.messages == ["block 0"]
        await asyncio.sleep(PAUSE * 3)
        assert caplog.messages == ["block 0", "block 1\nblock 2\nblock 3"]

    asyncio.run(main())


def test_after_a_pause_the_next_is_printed_at_once_again(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        terminal.tell("first")
        await asyncio.sleep(PAUSE * 3)
        terminal.tell("second")
        assert caplog.messages == ["first", "second"]

    asyncio.run(main())


def test_a_loop_that_is_too_busy_loses_none(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        for number in range(3 * MOST_WAITING):
            terminal.tell(f"block {number}")
        terminal.flush()

    asyncio.run(main())
    assert "\n".join(caplog.messages).split("\n") == [f"block {number}" for number in range(3 * MOST_WAITING)]
    assert len(caplog.messages) < 6


def test_where_each_flow_is_printed_too_none_waits(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    terminal.together = False

    async def main() -> None:
        terminal.tell("a")
        terminal.tell("b")
        assert caplog.messages == ["a", "b"]

    asyncio.run(main())


def test_of_one_error_that_comes_again_and_again_only_the_last_is_printed(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        terminal.tell("block")
        for number in range(5):
            terminal.tell_again("a", lambda number=number: f"a for the {number}th time")
            terminal.tell_again("b", lambda number=number: f"b for the {number}th time")
        terminal.tell("another")
        await asyncio.sleep(PAUSE * 3)
        terminal.flush()

    asyncio.run(main())
    assert caplog.messages == ["block", "another\na for the 4th time\nb for the 4th time"]


def test_repeats_of_very_many_errors_are_bounded(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        for number in range(1_000):
            terminal.tell_again(str(number), lambda number=number: str(number))
            assert len(terminal._again) <= MOST_WAITING
        terminal.flush()

    asyncio.run(main())
    assert "\n".join(caplog.messages).split("\n") == [str(number) for number in range(1_000)]


def test_without_an_event_loop_repeats_are_printed_at_once(terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    terminal.tell_again("a", lambda: "a again")
    assert caplog.messages == ["a again"]
