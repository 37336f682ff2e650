"""A slow disk: whoever logs does not wait for it, and nothing is lost, torn or out of order."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest
from baas_errors.record import log_writer
from baas_errors.record.log_file import Journal, Resumed
from baas_errors.record.log_writer import LogWriter


class Said:
    """What a writer has said."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.resumed: list[Resumed] = []


@pytest.fixture
def said() -> Said:
    return Said()


def writer_of(path: Path, said: Said) -> LogWriter:
    return LogWriter(Journal(path), lambda error: said.failed.append(str(error.strerror)), said.resumed.append)


def lines_of(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A disk that takes nothing until the gate is open, and is not waited for as long as the tests' others are."""
    monkeypatch.setattr(log_writer, "QUICK", 0.04)
    gate, write = threading.Event(), os.write

    def slowly(file: int, data: bytes) -> int:
        if threading.current_thread().name == "baas-errors-log":
            gate.wait(20)
        return write(file, data)

    monkeypatch.setattr(os, "write", slowly)
    return gate


def test_what_was_appended_is_in_the_file_at_once_where_the_disk_is_quick(tmp_path: Path, said: Said) -> None:
    writer = writer_of(tmp_path / "log", said)
    for number in range(50):
        writer.append(f"a{number}", f"b{number}")
        assert lines_of(tmp_path / "log")[-2:] == [f"a{number}", f"b{number}"]
    assert writer.close() == 0
    assert (said.failed, said.resumed) == ([], [])


def test_a_disk_that_hangs_is_waited_for_once_and_gets_everything_in_order(
    tmp_path: Path, said: Said, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = writer_of(tmp_path / "log", said)
    writer.append("0")
    # Whoever waits from now on waits until the gate gives way, and a line is in the file.
    monkeypatch.setattr(log_writer, "QUICK", 3_600)
    for number in range(1, 2_000):
        writer.append(str(number))
    assert lines_of(tmp_path / "log") == []
    gate.set()
    assert writer.close() == 0
    assert lines_of(tmp_path / "log") == [str(number) for number in range(2_000)]
    assert (said.failed, said.resumed) == ([], [])


# ---------------------------------------------------------------- an event loop


def test_an_event_loop_is_not_kept_and_can_await_what_it_handed_over(
    tmp_path: Path, said: Said, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_writer, "QUICK", 20)

    async def run() -> None:
        writer.append("one")
        first = writer.written()
        writer.append("two")
        second = writer.written()
        assert lines_of(tmp_path / "log") == []
        assert first is not None
        assert second is not None
        gate.set()
        await first
        assert lines_of(tmp_path / "log")[:1] == ["one"]
        await second
        assert lines_of(tmp_path / "log") == ["one", "two"]
        assert writer.written() is None

    writer = writer_of(tmp_path / "log", said)
    asyncio.run(run())
    assert writer.written() is None
    assert writer.close() == 0


def test_an_event_loop_awaits_no_slow_disk(tmp_path: Path, said: Said, gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        writer.append("0")
        first, other = writer.written(), writer.written()
        assert first
        assert other
        # Who does not wait any more ends nobody else's wait.
        other.cancel()
        await first
        assert lines_of(tmp_path / "log") == []
        # From now on whoever awaits would do so for an hour.
        monkeypatch.setattr(log_writer, "QUICK", 3_600)
        for number in range(1, 2_000):
            writer.append(str(number))
            assert writer.written() is None
        assert lines_of(tmp_path / "log") == []
        gate.set()
        while len(lines_of(tmp_path / "log")) < 2_000:
            await asyncio.sleep(0.001)

    writer = writer_of(tmp_path / "log", said)
    asyncio.run(run())
    assert writer.close() == 0
    assert lines_of(tmp_path / "log") == [str(number) for number in range(2_000)]


def test_a_loop_that_ended_before_its_lines_were_written_loses_none(tmp_path: Path, said: Said, gate: threading.Event) -> None:
    async def run() -> None:
        writer.append("one")
        assert writer.written()

    writer = writer_of(tmp_path / "log", said)
    asyncio.run(run())
    gate.set()
    assert writer.close() == 0
    assert lines_of(tmp_path / "log") == ["one"]
    assert said.failed == []


def test_a_disk_that_is_quick_again_is_waited_for_again(tmp_path: Path, said: Said, gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = writer_of(tmp_path / "log", said)
    writer.append("one")
    gate.set()
    while len(lines_of(tmp_path / "log")) < 1:
        time.sleep(0.001)
    monkeypatch.setattr(log_writer, "QUICK", 20)
    # The write that took so long is over; the next one shows that it was the last of that kind.
    writer.append("two")
    while len(lines_of(tmp_path / "log")) < 2:
        time.sleep(0.001)
    for number in range(20):
        time.sleep(0.001)
        writer.append(str(number))
    assert lines_of(tmp_path / "log")[-1] == "19"
    assert writer.close() == 0


def test_what_waits_is_bounded_and_what_is_lost_is_counted(
    tmp_path: Path, said: Said, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_writer, "MOST_QUEUED", 100)
    writer = writer_of(tmp_path / "log", said)
    writer.append("first")
    writer.append(*("x" * 10 for _ in range(15)))
    gate.set()
    assert writer.close() == 0
    assert lines_of(tmp_path / "log") == ["first", *["x" * 10] * 10]
    assert said.resumed == [Resumed(0, 5)]


def test_an_end_that_the_disk_does_not_let_come_is_not_waited_for_for_ever(
    tmp_path: Path, said: Said, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_writer, "PATIENCE", 0.1)
    writer = writer_of(tmp_path / "log", said)
    writer.append("one", "two")
    writer.append("three")
    assert writer.close() == 3
    gate.set()


def test_what_cannot_be_written_is_said_and_waits(tmp_path: Path, said: Said) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    writer = writer_of(folder / "log", said)
    (folder / "log").unlink()
    folder.rmdir()
    folder.touch()
    for number in range(3):
        writer.append(str(number))
    folder.unlink()
    writer.append("3")
    assert writer.close() == 0
    assert len(said.failed) >= 1
    assert [resumed.lost for resumed in said.resumed] == [0]
    assert lines_of(folder / "log") == ["0", "1", "2", "3"]


def test_lines_that_wait_go_out_in_one_write(tmp_path: Path, said: Said, gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[int] = []
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: (writes.append(data.count(b"\n")), write(file, data))[1])
    writer = writer_of(tmp_path / "log", said)
    writer.append("0")
    for number in range(1, 500):
        writer.append(str(number))
    gate.set()
    assert writer.close() == 0
    assert lines_of(tmp_path / "log") == [str(number) for number in range(500)]
    assert len(writes) <= 4
