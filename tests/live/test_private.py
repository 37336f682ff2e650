"""What the addon and the command line keep to themselves: no network of their own, and files for their owner only, whatever the umask."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from proxy import ADDON

ROOT = ADDON.parent.parent
DEMO = ROOT / "tests" / "captures" / "demo.mitm"
PATIENCE = 60
SUFFIXES = ("csv", "md", "html", "har", "jsonl")

# Python loads a module of this name before anything else; what the process does with the network, or starts, is written down.
NOTED = """
import os, sys

_out = os.open(os.environ["NOTED"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
_watched = ("socket.", "subprocess.", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "urllib.", "http.client.",
            "ctypes.dlopen", "ftplib.", "smtplib.", "webbrowser.", "pickle.find_class")

def _note(event, arguments):
    if event.startswith(_watched) and event != "socket.gethostname":
        what = " ".join(str(argument) for argument in arguments if not hasattr(argument, "fileno"))
        os.write(_out, f"{event} {what}\\n".encode())

sys.addaudithook(_note)
"""


def watched(folder: Path, *command: str, status: int = 0) -> list[str]:
    """What a command does with the network, and the programs that it starts."""
    (folder / "sitecustomize.py").write_text(NOTED)
    noted = folder / "noted.txt"
    noted.write_text("")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ADDON.parent))), "NOTED": str(noted)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return noted.read_text("utf-8").splitlines()


def test_what_is_watched_is_seen(tmp_path: Path) -> None:
    asks = "import socket, subprocess; socket.getaddrinfo('127.0.0.1', 1); socket.socket().close(); subprocess.run(['true'])"
    events = [line.split()[0] for line in watched(tmp_path, sys.executable, "-c", asks)]
    assert {"socket.getaddrinfo", "socket.__new__", "subprocess.Popen"} <= set(events)


def test_the_addon_does_nothing_with_the_network(tmp_path: Path) -> None:
    """Beside what mitmproxy does itself."""
    program = str(Path(sys.executable).with_name("mitmdump"))
    exports = [part for suffix in SUFFIXES for part in ("--set", f"errors_export=all.{suffix}")]

    def run(*script: str) -> Counter[str]:
        return Counter(watched(tmp_path, program, "--set", f"confdir={tmp_path / 'conf'}", *script, "-nr", str(DEMO)))

    run()  # makes its certificates
    assert run("-s", str(ADDON), "--set", "errors_log=errors.jsonl", *exports) == run()
    # It was at work meanwhile.
    assert min((tmp_path / name).stat().st_size for name in ("errors.jsonl", *(f"all.{suffix}" for suffix in SUFFIXES))) > 5_000


COMMANDS = (
    ("explain", "parse", "101"),
    ("path",),
    ("catalog", str(ROOT / "catalogs" / "parse.toml")),
    ("report", str(DEMO), "-o", "errors.html"),
    ("report", str(DEMO), "-o", "tickets.md", "--ticket"),
    ("report", str(ROOT / "tests" / "captures" / "har" / "chrome.har"), "-o", "errors.har"),
)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Counter[str]]:
    """What importing does by itself: with mitmproxy, which reads its own captures and makes sockets of no use, and without."""
    folder = tmp_path_factory.mktemp("imported")
    modules = {True: "baas_errors.cli, baas_errors.mitm.flow_reader", False: "baas_errors.cli"}
    return {key: Counter(watched(folder, sys.executable, "-c", f"import {names}")) for key, names in modules.items()}


@pytest.mark.parametrize("command", [*COMMANDS, ("check", str(DEMO))], ids=lambda command: command[0])
def test_the_command_line_does_nothing_with_the_network(command: tuple[str, ...], imported: dict[bool, Counter[str]], tmp_path: Path) -> None:
    seen = watched(tmp_path, sys.executable, "-m", "baas_errors", *command, status=int(command[0] == "check"))
    assert Counter(seen) == imported[str(DEMO) in command]


@pytest.mark.parametrize("before", [None, 0o666])
def test_whatever_is_written_is_for_its_owner_only(before: int | None, tmp_path: Path) -> None:
    """By the addon and by the command line, where nothing stood and where something stood that others could read; the umask takes nothing away."""
    shown = [f"errors.{suffix}" for suffix in SUFFIXES if suffix != "jsonl"]
    reports = [f"report.{suffix}" for suffix in SUFFIXES]
    names = ["log.jsonl", *shown, *reports, "tickets.md"]
    folder = tmp_path / "files"
    folder.mkdir()
    for name in names if before else ():
        (folder / name).touch()
        (folder / name).chmod(before or 0)
    environment = {**os.environ, "PYTHONPATH": str(ADDON.parent)}
    settings = [f"confdir={tmp_path / 'conf'}", "errors_log=log.jsonl", *(f"errors_export={name}" for name in shown)]
    report = [sys.executable, "-m", "baas_errors", "report", str(DEMO)]
    commands = [
        [str(Path(sys.executable).with_name("mitmdump")), "-s", str(ADDON), *(part for one in settings for part in ("--set", one)), "-nr", str(DEMO)],
        *([*report, "-o", name] for name in (reports if before else reports[:1])),
        [*report, "-o", "tickets.md", "--ticket"],
    ]
    for command in commands:
        done = subprocess.run(command, cwd=folder, env=environment, umask=0, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    written = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert written == dict.fromkeys(names if before else [name for name in names if name not in reports[1:]], 0o600)
