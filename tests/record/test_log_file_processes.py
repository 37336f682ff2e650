"""The log in the hands of several processes, some of which are killed in the middle of a line."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from baas_errors.record.log_file import Journal

pytestmark = pytest.mark.live

ADDONS = Path(__file__).resolve().parents[2] / "addons"
# Appends lines of many sizes, the longest beyond what a pipe holds at once; each begins and ends with its number. After some it says so with a file.
WRITER = """
import sys
import time
from pathlib import Path
from baas_errors.record.log_file import Journal
name, first, last = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
journal = Journal(Path(sys.argv[1]))
for number in range(first, last):
    text = f"{name} {number}"
    try:
        journal.append(f"[{text}|" + "abcdefgh" * (1, 600, 9_000, 15_000)[number % 4] + f"|{text}]")
    except BlockingIOError:
        # The line waits where the other holds the file for long, as on a disk that is busy; too many lines that wait would be lost.
        time.sleep(0.5)
    # No proxy has an error to write all the time.
    time.sleep(0.002)
    if number == first + 10:
        Path(sys.argv[1]).with_name(name).touch()
sys.exit(journal.close())
"""
WHOLE = re.compile(r"\[(\w+ \d+)\|(?:abcdefgh)+\|\1\]")


def writer(log: Path, name: str, first: int, last: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(log), name, str(first), str(last)], env={"PYTHONPATH": str(ADDONS)})


def sorted_out(log: Path) -> tuple[list[str], list[str]]:
    """What the whole lines of a log are called, and the lines that are not whole."""
    lines = log.read_text().split("\n")
    assert lines.pop() == ""
    found = [(line, WHOLE.fullmatch(line)) for line in lines]
    return [match[1] for _, match in found if match], [line for line, match in found if not match]


def test_lines_of_two_processes_never_mix(tmp_path: Path) -> None:
    log = tmp_path / "errors.jsonl"
    processes = [writer(log, name, 0, 400) for name in ("one", "two")]
    assert [process.wait(60) for process in processes] == [0, 0]
    whole, rest = sorted_out(log)
    assert rest == []
    for name in ("one", "two"):
        assert [line for line in whole if line.startswith(name)] == [f"{name} {number}" for number in range(400)]


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside another"])
def test_a_kill_tears_one_line_at_most_and_the_next_is_whole(beside: bool, tmp_path: Path) -> None:
    log = tmp_path / "errors.jsonl"
    kills = 8
    chance = random.Random(7)
    witness = writer(log, "witness", 0, 1_000_000) if beside else None
    for kill in range(kills):
        process = writer(log, f"killed{kill}", 0, 1_000_000)
        deadline = time.monotonic() + 30
        while not (tmp_path / f"killed{kill}").exists():
            assert time.monotonic() < deadline
            time.sleep(0.001)
        time.sleep(chance.random() / 100)
        process.kill()
        process.wait()
    if witness:
        witness.kill()
        witness.wait()
    # Whoever comes next begins on a line of its own.
    journal = Journal(log)
    journal.append("[last 0|abcdefgh|last 0]")
    journal.close()
    whole, rest = sorted_out(log)
    assert whole[-1] == "last 0"
    assert len(rest) <= kills + beside
    numbers: dict[str, list[int]] = {}
    for line in whole:
        name, number = line.split()
        numbers.setdefault(name, []).append(int(number))
    # Of each process all lines are there up to the one that it was killed in.
    assert all(found == list(range(len(found))) for found in numbers.values())
    assert len(numbers) == kills + 1 + beside
