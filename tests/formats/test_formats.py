"""Picking a format, and writing files and streams with it."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest
from baas_errors import formats
from baas_errors.formats import SUFFIXES, suffix_of, write, write_stream
from matrix import in_one_test
from samples import make_occurrence

FOUND = [make_occurrence()]


def test_suffixes() -> None:
    assert SUFFIXES == (".jsonl", ".csv", ".md", ".html", ".har")


@in_one_test("suffix", SUFFIXES)
def test_the_suffix_picks_the_format(suffix: str) -> None:
    assert suffix_of(f"out/report{suffix.upper()}") == suffix


@in_one_test(
    ("name", "problem"),
    [
        ("report.pdf", "'report.pdf': unknown suffix .pdf; supported are .jsonl, .csv, .md, .html and .har"),
        ("report", "'report': no suffix; supported are .jsonl, .csv, .md, .html and .har"),
        (".html", "'.html': no suffix; supported are .jsonl, .csv, .md, .html and .har"),
    ],
)
def test_unknown_suffixes_are_named(name: str, problem: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        suffix_of(name)
    assert str(caught.value) == problem


@in_one_test("suffix", SUFFIXES)
def test_files_are_readable_by_their_owner_only(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"report{suffix}"
    write(path, FOUND)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@in_one_test("suffix", SUFFIXES)
def test_no_occurrence_makes_a_file_too(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"report{suffix}", [], notes=["Nothing was in it."])
    assert (tmp_path / f"report{suffix}").exists()


@in_one_test("suffix", SUFFIXES)
def test_a_stream_gets_what_a_file_gets(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"report{suffix}", FOUND, notes=["A note."])
    below = io.BytesIO()
    stream = io.TextIOWrapper(below, "ascii", newline="\r\n")
    write_stream(stream, suffix, FOUND, notes=["A note."])
    assert below.getvalue() == (tmp_path / f"report{suffix}").read_bytes()


def test_what_was_in_a_stream_before_comes_first() -> None:
    below = io.BytesIO()
    stream = io.TextIOWrapper(below, "utf-8")
    stream.write("before\n")
    write_stream(stream, ".jsonl", FOUND)
    stream.write("after\n")
    stream.flush()
    assert below.getvalue().startswith(b"before\n{")
    assert below.getvalue().endswith(b"}\nafter\n")


def test_streams_of_text_alone_are_written_to() -> None:
    stream = io.StringIO()
    write_stream(stream, ".jsonl", FOUND)
    assert stream.getvalue() == FOUND[0].record.to_json() + "\n"


def test_folders_are_made(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / "report.md", FOUND)
    assert (tmp_path / "a" / "b" / "report.md").exists()


def break_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(occurrences: object, stream: io.TextIOBase, notes: object) -> None:
        stream.write("half of it" * 10_000)
        raise KeyboardInterrupt

    monkeypatch.setattr(formats, "FORMATS", {".jsonl": broken})


def test_a_failure_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.jsonl"
    path.write_text("before")
    break_at_the_end(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        write(path, FOUND)
    assert path.read_text() == "before"


def test_a_failure_leaves_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    break_at_the_end(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "report.jsonl", FOUND)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_suffix_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown suffix \.pdf"):
        write(tmp_path / "new" / "report.pdf", FOUND)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "report.md").mkdir()
    with pytest.raises(OSError, match="is a folder"):
        write(tmp_path / "report.md", FOUND)


def test_what_a_link_points_at_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_text("before")
    (tmp_path / "link.md").symlink_to(tmp_path / "real.md")
    write(tmp_path / "link.md", FOUND)
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "real.md").read_text() != "before"


def test_a_device_is_written_to_and_stays(tmp_path: Path) -> None:
    (tmp_path / "link.md").symlink_to(os.devnull)
    write(tmp_path / "link.md", FOUND)
    assert Path(os.devnull).is_char_device()
