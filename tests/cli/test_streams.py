"""The command line among other programs: pipes, closed and full streams, a terminal; and inputs as they lie about in the world."""

from __future__ import annotations

import gzip
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from baas_errors.cli import main

ROOT = Path(__file__).resolve().parent.parent.parent
CAPTURES = ROOT / "tests" / "captures"
DEMO = CAPTURES / "demo.mitm"
HAR = CAPTURES / "har" / "firefox.har"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "addons"), "BAAS": f"{sys.executable} -m baas_errors", "DEMO": str(DEMO), "HAR": str(HAR)}


def shell(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of bash, in which `$BAAS` is the command; the status is that of the command wherever it stands in a pipe."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", text], cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        # `true` reads nothing and is gone before anything is written.
        ("$BAAS check $DEMO | true", 1, ""),
        ("$BAAS check $DEMO | head -1 >head", 1, ""),
        ("$BAAS explain parse 101 | true", 0, ""),
        ("$BAAS explain --json nothing-like-this | true", 1, ""),
        ("$BAAS report $DEMO -o - --format html | head -c 10 >head", 0, ""),
        ("$BAAS report $DEMO -o - --ticket | true", 0, ""),
        ("$BAAS path | true", 0, ""),
        ("$BAAS check $DEMO >&-", 1, ""),
        ("$BAAS check $DEMO 2>&- >out", 1, ""),
        ("$BAAS path >&-", 0, ""),
        ("$BAAS check missing.har 2>/dev/full", 2, ""),
        ("$BAAS check missing.har 2>&-", 2, ""),
        ("$BAAS check - <&-", 2, "baas-errors check: standard input: is closed; name a file, or pipe a capture into the command\n"),
        ("$BAAS check $DEMO >/dev/full", 2, "baas-errors check: standard output cannot be written (No space left on device)\n"),
        ("$BAAS path >/dev/full", 2, "baas-errors path: standard output cannot be written (No space left on device)\n"),
        ("$BAAS explain 101 >/dev/full", 2, "baas-errors explain: standard output cannot be written (No space left on device)\n"),
    ],
)
def test_other_ends_of_a_stream(text: str, status: int, said: str, tmp_path: Path) -> None:
    ended = shell(text, tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, "", said)


@pytest.mark.parametrize("capture", ["$DEMO", "$HAR", "log.jsonl"])
@pytest.mark.parametrize("text", ["$BAAS check - < {}", "cat {} | $BAAS check -", "$BAAS check <(cat {})", "gzip -c {} | $BAAS check -"])
def test_every_kind_of_input_comes_through_a_pipe(text: str, capture: str, tmp_path: Path) -> None:
    assert main(["report", str(DEMO), "-o", str(tmp_path / "log.jsonl")]) == 0
    ended = shell(text.format(capture), tmp_path)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert re.match(r"\d+ backend errors of \d+ kinds:\n", ended.stdout)


def on_a_terminal(folder: Path, *arguments: str) -> tuple[int, bytes, bytes]:
    """The command with a terminal to say things on; its status, its output, and what came to the terminal."""
    ours, theirs = pty.openpty()
    said = bytearray()

    def listen() -> None:
        try:
            while part := os.read(ours, 4096):
                said.extend(part)
        except OSError:
            # So Linux says that nobody holds the other end any more.
            return

    # The delay of a second before the first line is left out: no capture here takes that long.
    code = (
        "import sys; from baas_errors.cli import main, progress; progress.Progress.__init__.__defaults__ = (None, 0, 0); sys.exit(main(sys.argv[1:]))"
    )
    with subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        listener = threading.Thread(target=listen)
        listener.start()
        out, _ = process.communicate(timeout=60)
    listener.join(60)
    os.close(ours)
    return process.returncode, out, bytes(said)


def test_progress_is_shown_on_a_terminal_and_taken_away(tmp_path: Path) -> None:
    status, out, said = on_a_terminal(tmp_path, "check", str(DEMO))
    assert status == 1
    assert re.search(rb"demo.mitm: [0-9.]+ of [0-9.]+ MB, [0-9]+ %, [0-9.]+ MB/s, [0-9]+ s left", said)
    assert said.endswith(b"\r\x1b[K")
    assert b"\x1b" not in out
    assert b" MB" not in out


def test_progress_is_not_shown_elsewhere(tmp_path: Path) -> None:
    ended = shell("$BAAS check $DEMO", tmp_path)
    assert ended.stderr == ""
    assert "\x1b" not in ended.stdout


def as_utf16(data: bytes) -> bytes:
    return data.decode().encode("utf-16-le")


def as_utf16_be(data: bytes) -> bytes:
    return data.decode().encode("utf-16-be")


@pytest.mark.parametrize(
    ("source", "change", "name"),
    [
        (HAR, bytes, "wrong.mitm"),
        (DEMO, bytes, "wrong.har"),
        (HAR, gzip.compress, "run.har.gz"),
        (DEMO, gzip.compress, "run.mitm"),
        (HAR, lambda data: b"\xef\xbb\xbf" + data, "bom.har"),
        (HAR, lambda data: b"\xff\xfe" + as_utf16(data), "utf16.har"),
        (HAR, as_utf16, "utf16-no-bom.har"),
        (HAR, as_utf16_be, "utf16-be-no-bom.har"),
        (HAR, lambda data: b"\r\n\r\n " + data, "blank.har"),
    ],
)
def test_an_input_is_known_by_what_it_holds(
    source: Path, change: Callable[[bytes], bytes], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BAAS_ERRORS_PSEUDONYM_KEY", "the same key for both")
    said = []
    for data in (source.read_bytes(), change(source.read_bytes())):
        (tmp_path / name).write_bytes(data)
        assert main(["check", str(tmp_path / name)]) == 1
        said.append(capsys.readouterr())
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("source", "keep", "skipped"),
    [
        (DEMO, 30_000, r", flow 12: breaks off or is damaged here; flows after it are lost\."),
        (HAR, 6_000, r": is incomplete: the file was cut off, or is damaged from here on\."),
        (CAPTURES / "log.jsonl", 5_000, r", line \d+: is incomplete: it was being written, or the file was cut off\."),
    ],
)
def test_what_a_killed_program_left_is_read_as_far_as_it_goes(
    source: Path, keep: int, skipped: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not source.exists():
        source = tmp_path / source.name
        assert main(["report", str(DEMO), "-o", str(source)]) == 0
        capsys.readouterr()
    cut = tmp_path / f"cut{source.suffix}"
    cut.write_bytes(source.read_bytes()[:keep])
    assert main(["check", str(cut), "--allow-damaged"]) == 1
    out, err = capsys.readouterr()
    assert re.match(r"\d+ backend errors? of \d+ kinds?:\n", out)
    assert err.startswith(f"Skipped: {cut}")
    assert re.search(skipped + r"\n\Z", err)


def test_inputs_of_all_kinds_are_one_and_none_is_counted_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, har = str(tmp_path / "log.jsonl"), str(tmp_path / "errors.har")
    assert main(["report", str(DEMO), "-o", log]) == 0
    assert main(["report", log, str(DEMO), "-o", har]) == 0
    capsys.readouterr()
    assert main(["check", log, har, str(DEMO), log, str(DEMO)]) == 1
    assert capsys.readouterr().out.startswith("14 backend errors of 14 kinds:\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "."], ".: cannot be read (Is a directory)"),
        (["check", ""], "'': cannot be read (Is a directory)"),
        (["check", "~nobody-of-this-name/run.har"], "~nobody-of-this-name/run.har: cannot be read (No such file or directory)"),
        (["check", str(ROOT / "LICENSE")], "is not a capture of a known kind; supported are captures of mitmproxy, HAR files"),
        (["check", str(ROOT / "docs" / "report.png")], "is a picture or a PDF file, which holds no requests"),
        (["report", str(DEMO), "-o", ""], "-o '': no suffix"),
        (["report", str(DEMO), "-o", "folder.md"], "folder.md' is a folder; give the name of a file in it"),
        (["report", str(DEMO), "-o", f"{'n' * 300}.md"], "cannot be written (File name too long)"),
        (["report", "missing\x1b[31m.har", "-o", "x.md"], "missing\\x1b[31m.har: cannot be read (No such file or directory)"),
    ],
)
def test_what_cannot_be_read_or_written_is_2_and_named(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.md").mkdir()
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["folder.md"]
