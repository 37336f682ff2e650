"""No record is lost or torn: mitmdump is killed, shares its log with another, and finds the disk full or the log gone, while errors come in."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from baas_errors.record.log_file import MOST_WAITING
from many import Client, failing_server, name_of, write_errors
from processes import HarnessError
from proxy import ADDON, Proxy, mitmdump

PATIENCE = 60


def reading(capture: Path, log: Path, *options: str) -> list[str]:
    """The command that reads a capture."""
    settings = (f"confdir={capture.parent}", f"errors_log={log}", "flow_detail=0", *options)
    return [
        *(str(Path(sys.executable).with_name("mitmdump")), "-s", str(ADDON), "-nr", str(capture)),
        *(part for setting in settings for part in ("--set", setting)),
    ]


def start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise HarnessError(f"{what}: not within {PATIENCE} s")
        time.sleep(0.005)


def records(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def report(log: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "baas_errors", "report", str(log), "-o", str(target)]
    environment = {**os.environ, "PYTHONPATH": str(ADDON.parent)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE, check=False)


# ---------------------------------------------------------------- killed


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10,000 errors."""
    path = tmp_path_factory.mktemp("capture") / "errors.mitm"
    write_errors(path, (f"n{number}" for number in range(10_000)))
    return path


def test_killed_in_the_midst_of_10000_errors(capture: Path, tmp_path: Path) -> None:
    log = tmp_path / "errors.jsonl"
    chance = random.Random(3)
    torn: list[int] = []
    runs = []
    for _ in range(3):
        before = log.stat().st_size if log.exists() else 0
        process = start(reading(capture, log))
        # Somewhere in the midst: a record takes some 1,600 bytes.
        enough = before + chance.randrange(100, 1_000) * 1_600
        wait_for(lambda enough=enough: log.exists() and log.stat().st_size > enough, "the log grows")
        process.kill()
        process.wait()
        data = log.read_bytes()
        lines = data.split(b"\n")
        # Every line but the last, which a kill may tear, is a record.
        runs = [json.loads(line) for number, line in enumerate(lines[:-1], 1) if number not in torn]
        # A loss of power tears lines as a kill seldom does.
        cut = data[: len(data) - (len(lines[-1]) or 1) - chance.randrange(1, 1_000)]
        log.write_bytes(cut)
        torn.append(cut.count(b"\n") + 1)
    demo = tmp_path / "few.mitm"
    write_errors(demo, ["last0", "last1"])
    assert start(reading(demo, log)).wait(PATIENCE) == 0

    whole = [line for number, line in enumerate(log.read_text("utf-8").splitlines(), 1) if number not in torn]
    names = [name_of(json.loads(line)) for line in whole]
    # Of each run all errors are there, without a gap, up to where it was killed.
    starts = [at for at, name in enumerate(names) if name in ("n0", "last0")]
    assert len(starts) == 4
    for at, end in pairwise(starts):
        assert names[at:end] == [f"n{number}" for number in range(end - at)]
        assert end - at > 50
    assert names[starts[-1] :] == ["last0", "last1"]
    assert len(runs) > 200

    # The reader says which lines it passed over, and loses nothing else.
    done = report(log, tmp_path / "all.jsonl")
    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if line.startswith("Skipped")] == [
        f"Skipped: {log}, line {n}: is not valid JSON." for n in torn
    ]
    assert {name_of(record) for record in records(tmp_path / "all.jsonl")} == set(names)


def test_the_reader_says_that_the_last_line_breaks_off(tmp_path: Path) -> None:
    capture, log = tmp_path / "few.mitm", tmp_path / "errors.jsonl"
    write_errors(capture, ["a", "b", "c"])
    assert start(reading(capture, log)).wait(PATIENCE) == 0
    log.write_bytes(log.read_bytes()[:-100])
    done = report(log, tmp_path / "all.jsonl")
    assert done.stderr.splitlines() == [f"Skipped: {log}, line 3: is incomplete: it was being written, or the file was cut off."]
    assert [name_of(record) for record in records(tmp_path / "all.jsonl")] == ["a", "b"]


def ask_until_killed(log: Path, count: int) -> None:
    with failing_server() as port, mitmdump("regular", f"errors_hosts=parse=127.0.0.1:{port}/parse", log=log) as proxy:
        client = Client(proxy.port, port)
        for number in range(count):
            assert client.ask(f"n{number}") == 404
        os.kill(proxy.pid, signal.SIGKILL)
        client.close()


def test_killed_in_the_midst_of_live_traffic(tmp_path: Path) -> None:
    """Whoever has the answer finds the error in the log."""
    log = tmp_path / "errors.jsonl"
    with pytest.raises(HarnessError, match="ended with status -9"):
        ask_until_killed(log, 300)
    assert [name_of(record) for record in records(log)] == [f"n{number}" for number in range(300)]


# ---------------------------------------------------------------- two at one log


def test_two_append_to_one_log(tmp_path: Path) -> None:
    log = tmp_path / "errors.jsonl"
    processes = []
    for who in ("one", "two"):
        (tmp_path / who).mkdir()
        # Records of more than a page, and of more than a pipe takes at once, among short ones.
        write_errors(tmp_path / who / "errors.mitm", (f"{who}{number}" for number in range(80)), padding=6_000)
        processes.append(start(reading(tmp_path / who / "errors.mitm", log)))
    assert [process.wait(PATIENCE) for process in processes] == [0, 0]
    names = [name_of(record) for record in records(log)]
    assert len(names) == 160
    for who in ("one", "two"):
        assert [name for name in names if name.startswith(who)] == [f"{who}{number}" for number in range(80)]


# ---------------------------------------------------------------- the log is taken away, and comes back


@dataclass
class Scene:
    """A proxy, and an app that meets nothing but errors."""

    proxy: Proxy
    client: Client
    log: Path
    asked: int = 0
    heard: int = 0

    def ask(self, count: int) -> list[str]:
        """Makes errors, each of which must reach the app; returns their names."""
        names = [f"n{number}" for number in range(self.asked, self.asked + count)]
        self.asked += count
        assert [self.client.ask(name) for name in names] == [404] * count
        return names

    def said(self) -> list[str]:
        """What the proxy has said of its log since this was asked last."""
        lines = [line for line in (self.proxy.folder / "output.txt").read_text("utf-8").splitlines() if "errors_log" in line]
        self.heard, new = len(lines), lines[self.heard :]
        return new


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    log = tmp_path_factory.mktemp("stage") / "logs" / "errors.jsonl"
    log.parent.mkdir()
    with failing_server() as port, mitmdump("regular", f"errors_hosts=parse=127.0.0.1:{port}/parse", log=log) as proxy:
        client = Client(proxy.port, port)
        try:
            yield Scene(proxy, client, log)
        finally:
            client.close()


@pytest.fixture
def scene(stage: Scene) -> Scene:
    """The proxy with a log that is whole and empty."""
    assert stage.log.parent.is_dir()
    if stage.log.exists():
        os.truncate(stage.log, 0)
    stage.said()
    return stage


def names_in_text(text: str) -> list[str]:
    return [name_of(json.loads(line)) for line in text.splitlines()]


def names_in(log: Path) -> list[str]:
    return names_in_text(log.read_text("utf-8"))


def rotated(log: Path) -> None:
    """As by logrotate with `create`."""
    log.rename(log.with_suffix(".1"))
    log.touch()
    log.chmod(0o644)


def copied_and_cut(log: Path) -> None:
    """As by logrotate with `copytruncate`."""
    shutil.copy(log, log.with_suffix(".1"))
    os.truncate(log, 0)


@pytest.mark.parametrize("away", [rotated, copied_and_cut, lambda log: log.rename(log.with_suffix(".1"))], ids=["rotated", "copied", "moved"])
def test_a_log_that_is_rotated_loses_nothing(away: Callable[[Path], None], scene: Scene) -> None:
    before = scene.ask(2)
    away(scene.log)
    after = scene.ask(2)
    assert (names_in(scene.log.with_suffix(".1")), names_in(scene.log)) == (before, after)
    assert stat.S_IMODE(scene.log.stat().st_mode) == 0o600
    assert scene.said() == []


@pytest.mark.parametrize("away", [lambda log: log.unlink(), lambda log: shutil.rmtree(log.parent)], ids=["file", "folder"])
def test_a_log_that_is_removed_is_made_anew(away: Callable[[Path], None], scene: Scene) -> None:
    scene.ask(1)
    away(scene.log)
    after = scene.ask(2)
    assert names_in(scene.log) == after
    assert stat.S_IMODE(scene.log.stat().st_mode) == 0o600
    assert scene.said() == []


def test_a_log_that_becomes_a_link_goes_on_where_it_leads(scene: Scene, tmp_path: Path) -> None:
    before = scene.ask(1)
    moved = tmp_path / "moved.jsonl"
    shutil.move(scene.log, moved)
    scene.log.symlink_to(moved)
    after = scene.ask(1)
    assert names_in(moved) == before + after
    assert scene.said() == []
    scene.log.unlink()


class FileInPlaceOfTheFolder:
    """The folder is gone, and something else bears its name."""

    says = "File exists|Not a directory"

    def break_it(self, scene: Scene) -> None:
        shutil.rmtree(scene.log.parent)
        scene.log.parent.write_text("")

    def mend(self, scene: Scene) -> None:
        scene.log.parent.unlink()


class FolderInPlaceOfTheFile:
    says = "Is a directory"

    def break_it(self, scene: Scene) -> None:
        scene.log.unlink()
        scene.log.mkdir()

    def mend(self, scene: Scene) -> None:
        scene.log.rmdir()


class PipeThatNobodyReads:
    says = "No such device or address"

    def break_it(self, scene: Scene) -> None:
        scene.log.unlink()
        os.mkfifo(scene.log)

    def mend(self, scene: Scene) -> None:
        scene.log.unlink()


class LinkInACircle:
    says = "Too many levels of symbolic links"

    def break_it(self, scene: Scene) -> None:
        scene.log.unlink()
        scene.log.symlink_to(scene.log.name)

    def mend(self, scene: Scene) -> None:
        scene.log.unlink()


class FullDevice:
    says = "No space left on device"

    def break_it(self, scene: Scene) -> None:
        scene.log.unlink()
        scene.log.symlink_to("/dev/full")

    def mend(self, scene: Scene) -> None:
        scene.log.unlink()


class FileThatMayNotGrow:
    """The system takes some bytes, the last of them part of a line, then no more. What the proxy prints goes to a file too, which stays below."""

    says = "File too large"

    def __init__(self, room: int = 700) -> None:
        self._room = room

    def break_it(self, scene: Scene) -> None:
        scene.log.write_bytes(b"\n" * 1_000_000 + scene.log.read_bytes())
        self._before = resource.prlimit(scene.proxy.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(scene.proxy.pid, resource.RLIMIT_FSIZE, (scene.log.stat().st_size + self._room, self._before[1]))

    def mend(self, scene: Scene) -> None:
        resource.prlimit(scene.proxy.pid, resource.RLIMIT_FSIZE, self._before)
        scene.log.write_bytes(scene.log.read_bytes()[1_000_000:])


class FullDisk:
    """A small file system of its own over the folder of the log; only root may make one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
        self.is_there = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0

    def break_it(self, _: Scene) -> None:
        (self.folder / "filler").write_bytes(b"x" * 88 * 1024)

    def mend(self, _: Scene) -> None:
        (self.folder / "filler").unlink()

    def remove(self) -> None:
        if self.is_there:
            subprocess.run(["umount", str(self.folder)], check=True)


@pytest.mark.parametrize(
    "trouble", [FileInPlaceOfTheFolder, FolderInPlaceOfTheFile, PipeThatNobodyReads, LinkInACircle, FullDevice, FileThatMayNotGrow]
)
def test_while_the_log_cannot_be_written_the_proxy_goes_on_says_so_once_and_resumes(trouble: Any, scene: Scene) -> None:
    trouble = trouble()
    before = scene.ask(1)
    assert names_in(scene.log) == before
    trouble.break_it(scene)
    late = scene.ask(3)
    trouble.mend(scene)
    after = scene.ask(2)
    # Errors that had to wait are written in their place; only what was in a file that is gone is gone.
    assert names_in(scene.log) in ([*before, *late, *after], [*late, *after])
    broken, resumed = scene.said()
    assert re.search(rf"errors_log: '{re.escape(str(scene.log))}' cannot be written \((?:{trouble.says})\); going on without", broken)
    assert f"errors_log: '{scene.log}' is written again; 3 errors that had to wait are in it, none is missing" in resumed


def test_a_long_outage_loses_what_is_beyond_the_bounds_and_counts_it(scene: Scene) -> None:
    trouble = FullDevice()
    trouble.break_it(scene)
    scene.ask(MOST_WAITING + 5)
    trouble.mend(scene)
    after = scene.ask(1)
    assert len(names_in(scene.log)) == MOST_WAITING + 1
    assert names_in(scene.log)[-1:] == after
    assert scene.said()[1].endswith(f"; {MOST_WAITING} errors that had to wait are in it, 5 errors are missing")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FullDisk]:
    (tmp_path / "disk").mkdir()
    disk = FullDisk(tmp_path / "disk")
    yield disk
    disk.remove()


def test_a_disk_that_fills_up(disk: FullDisk) -> None:
    """A real one where this user may make one; else a limit on files stands for it."""
    trouble = disk if disk.is_there else FileThatMayNotGrow(40_000)
    log = disk.folder / "errors.jsonl"
    with failing_server() as port, mitmdump("regular", f"errors_hosts=parse=127.0.0.1:{port}/parse", log=log) as proxy:
        scene = Scene(proxy, Client(proxy.port, port), log)
        trouble.break_it(scene)
        names = scene.ask(50)
        # What fits is there, whole, and the rest waits.
        fits = names_in_text(log.read_text("utf-8").lstrip("\n"))
        assert 5 < len(fits) < 45
        assert fits == names[: len(fits)]
        trouble.mend(scene)
        names += scene.ask(1)
        scene.client.close()
        assert names_in(log) == names
        assert [line.rpartition("; ")[2] for line in scene.said()] == [
            "going on without, and trying again at each error",
            f"{50 - len(fits)} errors that had to wait are in it, none is missing",
        ]
