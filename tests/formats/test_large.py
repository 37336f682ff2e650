"""Many errors: how much is done for each of them, and how much memory 100,000 take in a process of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from baas_errors.formats import write
from baas_errors.formats.html.page import MOST_DETAILS
from samples import many_occurrences

MANY = 100_000
MEBIBYTES = 500
# Calls and returns of functions, which are the same on every machine, however busy: in the report of `FEW` errors, and for each error that is added.
FEW = MOST_DETAILS + 500
EVENTS = {".csv": (1_500_000, 400), ".html": (7_000_000, 220)}

PROGRAM = r"""
import sys
from pathlib import Path
from baas_errors.formats import write
from samples import many_occurrences

write(Path(sys.argv[1]), list(many_occurrences(int(sys.argv[2]))))
# Not what getrusage says: that is never less than what the process had that started this one.
print(open("/proc/self/status").read())
"""


def events(work: Callable[[], object]) -> int:
    """How often functions were called and returned."""
    found = 0

    def count(_frame: object, _event: str, _argument: object) -> None:
        nonlocal found
        found += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return found


@pytest.mark.slow
@pytest.mark.twice
@pytest.mark.parametrize("suffix", list(EVENTS))
def test_the_work_for_each_error_is_the_same_however_many_there_are(tmp_path: Path, suffix: str) -> None:
    few, more = (list(many_occurrences(count)) for count in (FEW, 2 * FEW))
    of_few, of_more = (events(lambda: write(tmp_path / f"many{suffix}", found)) for found in (few, more))  # noqa: B023 - called at once
    most, for_each = EVENTS[suffix]
    assert of_few < most
    assert (of_more - of_few) / FEW < for_each


@pytest.mark.slow
@pytest.mark.twice
@pytest.mark.parametrize("suffix", list(EVENTS))
def test_memory(tmp_path: Path, suffix: str) -> None:
    tests = Path(__file__).resolve().parents[1]
    folders = [str(tests), str(tests.parent / "addons")]
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {folders!r}\n{PROGRAM}", str(tmp_path / f"many{suffix}"), str(MANY)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    most = re.search(r"VmHWM:\s+(\d+) kB", done.stdout)
    assert most
    assert int(most[1]) / 2**10 < MEBIBYTES
