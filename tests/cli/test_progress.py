"""Progress: only where somebody watches, and only for what takes long."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from baas_errors.cli import progress
from baas_errors.cli.progress import Progress
from baas_errors.sources import Place
from build import make_error_record

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "addons")}
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


def half_read(tmp_path: Path) -> Place:
    """An input of 40 MB of which 10 MB were read."""
    place = Place()
    place.file = (tmp_path / "run.har").open("w+b")
    place.file.truncate(40_000_000)
    place.file.seek(10_000_000)
    return place


def test_bytes_per_cent_rate_and_time_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 5))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    terminal = Terminal()
    assert list(Progress(terminal, delay=0, every=0)("run.har", iter(ITEMS), half_read(tmp_path))) == ITEMS
    assert terminal.getvalue().split("\r\x1b[K")[1] == "run.har: 10.0 of 40.0 MB, 25 %, 2.0 MB/s, 15 s left"


def test_in_a_pipe_a_line_every_ten_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 4))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    pipe = io.StringIO()
    list(Progress(pipe)("run.har", iter(ITEMS * 3), half_read(tmp_path)))
    lines = pipe.getvalue().splitlines()
    assert lines[0] == "run.har: 10.0 of 40.0 MB, 25 %, 0.8 MB/s, 36 s left"
    assert len(lines) == 3
    assert "\x1b" not in pipe.getvalue()


def test_the_size_of_a_pipe_is_not_known() -> None:
    read, write = os.pipe()
    place = Place()
    place.file = os.fdopen(read, "rb")
    terminal = Terminal()
    list(Progress(terminal, delay=0, every=0)("-", iter(ITEMS), place))
    os.close(write)
    assert "-: 1 entry read" in terminal.getvalue()


def test_quiet() -> None:
    terminal = Terminal()
    assert list(Progress(terminal, delay=0, every=0, quiet=True)("run.har", iter(ITEMS))) == ITEMS
    assert terminal.getvalue() == ""


def test_an_interrupted_report_leaves_no_file(tmp_path: Path) -> None:
    """By the signal of Ctrl-C, at any time: the file that was there stays, and no other appears."""
    record, log, out = make_error_record().to_json(), tmp_path / "many.jsonl", tmp_path / "out" / "errors.html"
    log.write_text("".join(f"{record}\n".replace("2026-", f"20{number % 40 + 10}-") for number in range(20_000)), encoding="utf-8")
    out.parent.mkdir()
    out.write_text("before")
    for wait in (0.3, 1.0, 2.0, 4.0):
        with subprocess.Popen(
            [sys.executable, "-m", "baas_errors", "report", str(log), "-o", str(out)], env=ENVIRONMENT, stderr=subprocess.PIPE
        ) as process:
            try:
                process.wait(wait)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGINT)
            assert process.stderr
            said = process.stderr.read()
        whole = out.read_text()
        assert list(out.parent.iterdir()) == [out]
        assert whole == "before" or whole.rstrip().endswith("</html>")
        assert process.returncode in (0, 2, -signal.SIGINT), said
        if process.returncode == 2:
            assert b"interrupted" in said
