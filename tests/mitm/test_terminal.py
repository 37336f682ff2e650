"""Blocks in the terminal: at once where there is time, together where they come thick, and none is lost."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest
from baas_errors.mitm.terminal import AT_ONCE, FRESH, IN_FULL, MOST_WAITING, PAUSE, SECOND, Terminal
from baas_errors.record import Finding
from build import make_error_record


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


def test_the_first_are_printed_at_once_each_by_itself_and_those_right_after_them_together(
    terminal: Terminal, caplog: pytest.LogCaptureFixture
) -> None:
    first = [f"block {number}" for number in range(AT_ONCE)]

    async def main() -> None:
        for block in first:
            terminal.tell(block)
            assert caplog.messages[-1] == block
        for number in range(3):
            terminal.tell(f"late {number}")
        assert caplog.messages == first
        await asyncio.sleep(PAUSE * 3)
        assert caplog.messages == [*first, "late 0\nlate 1\nlate 2"]

    asyncio.run(main())


def test_a_flood_is_printed_together_as_long_as_it_lasts(
    terminal: Terminal, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new second gives no room for more logging calls while blocks come thick."""
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)

    async def main() -> None:
        nonlocal now
        for _ in range(AT_ONCE + 1):
            terminal.tell("block")
        terminal._after_pause()
        now += 2 * SECOND
        caplog.clear()
        terminal.tell("more")
        assert caplog.messages == []
        terminal.flush()

    asyncio.run(main())
    assert caplog.messages == ["more"]


@pytest.mark.parametrize(("passed", "printed"), [(SECOND / 2, 1), (SECOND, AT_ONCE)])
def test_after_a_flood_there_is_room_again_a_second_after_it_began(
    terminal: Terminal, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, passed: float, printed: int
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)

    async def main() -> None:
        nonlocal now
        for _ in range(2 * AT_ONCE):
            terminal.tell("block")
        terminal.flush()
        caplog.clear()
        now += passed
        for _ in range(2 * AT_ONCE):
            terminal.tell("block")
        assert len(caplog.messages) == printed

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
    assert len(caplog.messages) < AT_ONCE + 6


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


def test_of_many_errors_of_a_kind_the_first_are_told_in_full_and_the_others_in_two_lines(
    terminal: Terminal, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    found = (Finding("r", "It was deleted.", "", True),)
    for number in range(2 * IN_FULL):
        record = make_error_record(message="Object not found.", url=f"https://toy.example/parse/classes/Post/{number}", findings=found)
        terminal.tell_errors([record], 1)
    terminal.tell_errors([make_error_record(fingerprint="other", message="m", findings=found)], 1)
    # The same error of another cause, and with it another remedy, is not known yet.
    terminal.tell_errors([make_error_record(message="m", findings=(Finding("other", "It is hidden.", "", True),))], 1)
    now += FRESH
    terminal.tell_errors([make_error_record(message="m", findings=found)], 1)
    lines = [len(text.splitlines()) for text in caplog.messages]
    assert lines == [3] * IN_FULL + [2] * IN_FULL + [3, 3, 3]
    assert caplog.messages[IN_FULL].splitlines()[1] == "  found    It was deleted."
