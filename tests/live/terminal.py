"""A terminal for programs that fill the screen: tmux, on a socket of its own, read as text."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path


class Terminal:
    """One screen. Keys go in, text comes out."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def run(self, *arguments: str) -> str:
        """What a tmux command prints."""
        # -u: the emoji of the markers are UTF-8, whatever the locale of the machine.
        command = ["tmux", "-u", "-S", str(self._socket), "-f", os.devnull, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout

    def screen(self) -> str:
        """What stands on the screen."""
        return self.run("capture-pane", "-p")

    def keys(self, *names: str) -> None:
        """Presses keys, by tmux's names for them."""
        self.run("send-keys", *names)

    def enter(self, text: str) -> None:
        """Types a text, then Enter."""
        self.run("send-keys", "-l", text)
        self.keys("Enter")

    def until(self, shows: str | Callable[[str], bool], seconds: float = 20) -> str:
        """The screen, as soon as it shows a text or meets a condition; raises AssertionError with the screen if it does not within this time."""
        end = time.monotonic() + seconds
        while True:
            screen = self.screen()
            if shows(screen) if callable(shows) else shows in screen:
                return screen
            assert time.monotonic() < end, f"the screen does not show {shows!r}:\n{screen.strip()}"
            time.sleep(0.05)


@contextlib.contextmanager
def terminal(command: Sequence[str], width: int = 170, height: int = 48) -> Iterator[Terminal]:
    """A terminal that runs a program; the program is ended with it."""
    with tempfile.TemporaryDirectory(prefix="baas-errors-tmux-") as folder:
        screen = Terminal(Path(folder, "socket"))
        # The shell is replaced by the program, so that the end of tmux reaches it.
        screen.run("new-session", "-d", "-x", str(width), "-y", str(height), "-c", folder, f"exec {shlex.join(command)}")
        try:
            yield screen
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):  # the program has ended, and its tmux with it
                screen.run("kill-server")
