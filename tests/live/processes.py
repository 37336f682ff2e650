"""What a live run starts and ends: servers on free loopback ports, stopped by their own process ids, and npm packages in a cache folder.

Nothing beyond the standard library.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# In the environment of whatever a run starts, and so of whatever that starts in turn: how a leftover is known.
MARK = "BAAS_ERRORS_LIVE_RUN"


class HarnessError(Exception):
    """What is needed for a live run is missing, did not start, or was left behind."""


def cache_dir() -> Path:
    """Where npm's packages are kept: BAAS_ERRORS_TEST_CACHE, or a folder in the user's cache directory."""
    if chosen := os.environ.get("BAAS_ERRORS_TEST_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "baas-errors-tests"


def free_port() -> int:
    """A loopback port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def npm_install(name: str, manifest: Path) -> Path:
    """node_modules for a package.json, installed once under this name and kept outside the repository."""
    folder = cache_dir() / name
    done = folder / "installed.json"
    if done.exists() and done.read_bytes() == manifest.read_bytes():
        return folder / "node_modules"
    folder.mkdir(parents=True, exist_ok=True)
    done.unlink(missing_ok=True)
    (folder / "package-lock.json").unlink(missing_ok=True)
    shutil.copy(manifest, folder / "package.json")
    run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder)
    # Written last: an interrupted installation is begun anew.
    shutil.copy(manifest, done)
    return folder / "node_modules"


def run(command: Sequence[str | Path], **keywords: Any) -> str:
    """What a command prints; raises HarnessError with its complaint if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **keywords)
    if done.returncode:
        raise HarnessError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:] or done.stdout[-2000:]}")
    return done.stdout


def ready_line(server: subprocess.Popen[str], start: str = '{"port"') -> str | None:
    """The line that a server prints when it listens, known by its start; None if it ended before."""
    assert server.stdout is not None
    return next((line for line in server.stdout if line.startswith(start)), None)


def await_port(port: int, server: subprocess.Popen[Any], what: str, seconds: float = 30) -> None:
    """Returns when something listens on the port; raises HarnessError if the server ends, or the time, in seconds, is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise HarnessError(f"{what} ended at its start with status {server.returncode}.")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise HarnessError(f"{what} does not listen on port {port} after {seconds:.0f} s.")


def stop(server: subprocess.Popen[Any], how: signal.Signals = signal.SIGTERM) -> None:
    """Ends a process that was started here, and waits until it has ended."""
    if server.poll() is None:
        server.send_signal(how)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    for stream in (server.stdin, server.stdout):
        if stream:
            stream.close()


@contextlib.contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Raises HarnessError if a process that was started inside, or a process of such a one, lives on after it."""
    before = os.environ.get(MARK)
    mark = os.environ[MARK] = uuid.uuid4().hex
    try:
        yield
    finally:
        if before is None:
            del os.environ[MARK]
        else:
            os.environ[MARK] = before
    # One that was told to end by its parent's end may need a moment.
    deadline = time.monotonic() + 5
    while left := marked(mark):
        if time.monotonic() > deadline:
            raise HarnessError(f"These processes were left behind: {left}")
        time.sleep(0.05)


def marked(mark: str) -> dict[int, str]:
    """The living processes other than this one that carry the mark, with their command lines; Linux alone can tell."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile, or is another user's
            if int(folder.name) != os.getpid() and f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    return found
