"""What mitmdump prints with the addon, as a user meets it: on terminals of any width, piped, quiet, with a wrong option; and which log it writes."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DEMO = str(ROOT / "tests" / "captures" / "demo.mitm")
QUIET = ("-q", "--set", "errors_print=true", "-nr", DEMO)
COLOUR = re.compile(r"\x1b\[[\d;]*m")


def command(folder: Path, *arguments: str) -> list[str]:
    program = str(Path(sys.executable).with_name("mitmdump"))
    return [program, "--set", f"confdir={folder / 'conf'}", "-s", str(ROOT / "addons" / "errors.py"), *arguments]


def piped(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(folder, *arguments), cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)


def on_terminal(folder: Path, columns: int, *arguments: str, **environment: str) -> str:
    """What is printed on a terminal of this width."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        command(folder, *arguments), cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm", **environment}
    )
    os.close(theirs)
    printed = b""
    while True:
        try:
            read = os.read(ours, 65_536)
        except OSError:  # so Linux says that the other end is closed
            break
        if not read:
            break
        printed += read
    os.close(ours)
    assert process.wait(60) == 0
    return printed.decode("utf-8").replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [80, 160])
def test_blocks_fill_the_terminal_break_no_word_and_show_errors_and_the_summary_alone(columns: int, tmp_path: Path) -> None:
    printed = on_terminal(tmp_path, columns, *QUIET)
    lines = COLOUR.sub("", printed).splitlines()
    blocks = lines[: next(number for number, line in enumerate(lines) if "14 backend errors of 14 kinds" in line)]
    assert max(map(len, blocks)) <= columns
    assert max(map(len, blocks)) > columns - 12
    words = " ".join(" ".join(blocks).split())
    for text in (
        "Send the key that the server has configured: `X-Parse-REST-API-Key: <key>` (JavaScript: `Parse.initialize(appId, javascriptKey)`).",
        "http://127.0.0.1:40605/parse/classes/Note?where=%7Btitle%3A+%27Milk%27%7D",
    ):
        assert text in words
    heads = [line for line in lines if line and not line.startswith("  ")]
    assert len(heads) == 15
    assert all(re.match(r"(\[12:29:\d\d UTC\] )?(parse: |14 backend errors of 14 kinds)", line) for line in heads), heads


def test_name_cause_and_remedy_have_colours_of_their_own_on_a_terminal(tmp_path: Path) -> None:
    printed = on_terminal(tmp_path, 120, *QUIET)
    colours = {}
    for start, text in re.findall(r"\x1b\[([\d;]*)m([^\x1b\n]+)\x1b\[0m", printed):
        kind = "name" if text.startswith("parse: ") else text[2:11].strip()
        if kind in ("name", "found", "do", "says"):
            colours.setdefault(kind, set()).add(start)
    assert {kind: len(found) for kind, found in colours.items()} == {"name": 1, "found": 1, "do": 1, "says": 1}
    assert len(set.union(*colours.values())) == 4


def test_no_colours_where_they_are_not_wanted_and_in_a_pipe(tmp_path: Path) -> None:
    assert "\x1b" not in on_terminal(tmp_path, 120, *QUIET, NO_COLOR="1")
    ended = piped(tmp_path, *QUIET)
    assert "\x1b" not in ended.stdout
    assert max(len(line) for line in ended.stdout.splitlines() if line.startswith("           ")) <= 100
    assert max(len(line) for line in ended.stdout.splitlines()) > 88


def test_quiet_without_the_option_prints_no_error(tmp_path: Path) -> None:
    ended = piped(tmp_path, "-q", "-nr", DEMO)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_what_is_read_goes_only_to_a_log_that_is_named_and_that_is_said(tmp_path: Path) -> None:
    log = tmp_path / "errors.jsonl"
    ended = piped(tmp_path, "-nr", DEMO)
    assert "errors_log: errors are not logged; to log those of the file that is read (-r), name a log: --set errors_log=FILE" in ended.stdout
    assert not log.exists()
    ended = piped(tmp_path, "-nr", DEMO, "--set", "errors_log=errors.jsonl")
    assert f"errors_log: errors are appended to {log}\n" in ended.stdout
    assert len(log.read_text("utf-8").splitlines()) == 14
    (tmp_path / "conf").mkdir(exist_ok=True)
    (tmp_path / "conf" / "config.yaml").write_text("errors_log: mine.jsonl\n")
    piped(tmp_path, "-nr", DEMO)
    assert len((tmp_path / "mine.jsonl").read_text("utf-8").splitlines()) == 14
    assert len(log.read_text("utf-8").splitlines()) == 14


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("errors_hosts=toy=localhost", "errors_hosts: "),
        ("errors_catalogs=nowhere.toml", "errors_catalogs: "),
        ("errors_log=nowhere/there/errors.jsonl", "errors_log: "),
        ("errors_export=report.pdf", "errors_export: "),
        ("errors_inject=nonsense", "errors_inject: "),
        ("errors_pseudonym_key=nowhere", "errors_pseudonym_key: "),
    ],
)
def test_a_wrong_option_is_told_in_one_line_without_a_traceback(option: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "nowhere").mkdir()
    (tmp_path / "nowhere" / "there").write_text("a file")
    ended = piped(tmp_path, "-q", "--set", option)
    assert ended.returncode == 1
    (line,) = ended.stdout.splitlines()
    assert line.partition("] ")[2].startswith(said)
    assert ended.stderr == "Error logged during startup, exiting...\n"
