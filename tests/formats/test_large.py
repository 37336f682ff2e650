"""100,000 errors: time and memory, measured in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

MANY = 100_000
# Units of the loop in effort.py, each about 10 ms.
EFFORT = 1_000
MEBIBYTES = 500

PROGRAM = r"""
import json, re, sys
from pathlib import Path
from baas_errors.formats import write
from effort import processor_time, unit
from samples import many_occurrences

occurrences = list(many_occurrences(int(sys.argv[2])))
before = unit()
taken = processor_time(lambda: write(Path(sys.argv[1]), occurrences))
# Not what getrusage says: that is never less than what the process had that started this one.
most = int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1])
print(json.dumps([taken / max(before, unit()), most / 2**10]))
"""


@pytest.mark.slow
@pytest.mark.twice
@pytest.mark.parametrize("suffix", [".csv", ".html"])
def test_time_and_memory(tmp_path: Path, suffix: str) -> None:
    tests = Path(__file__).resolve().parents[1]
    folders = [str(tests), str(tests.parent / "addons")]
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {folders!r}\n{PROGRAM}", str(tmp_path / f"many{suffix}"), str(MANY)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    units, mebibytes = json.loads(done.stdout)
    assert units < EFFORT
    assert mebibytes < MEBIBYTES
