"""Files written whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import BinaryIO

import pytest
from baas_errors.formats.whole import write_text, write_whole


def test_a_text_is_written_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "ticket.md"
    write_text(target, "schön\n\u2028\r\n")
    assert target.read_bytes() == "schön\n\u2028\r\n".encode()


def test_what_cannot_be_encoded_is_replaced(tmp_path: Path) -> None:
    write_text(tmp_path / "x", "\ud800")
    assert (tmp_path / "x").read_bytes() == b"?"


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    target = tmp_path / "x"
    target.touch(0o644)
    write_text(target, "text")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_what_stood_there_stays_if_writing_fails(tmp_path: Path) -> None:
    def fails(target: BinaryIO) -> None:
        target.write(b"half of ")
        raise OSError(28, "No space left on device")

    (tmp_path / "x").write_text("as it was")
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "x", fails)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("x", "as it was")]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_text(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "text"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_text(tmp_path, "text")


def test_a_device_stays_one() -> None:
    write_text(Path("/dev/null"), "text")
    assert Path("/dev/null").is_char_device()


def test_a_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_text(Path("~/x"), "text")
    assert (tmp_path / "x").read_text() == "text"
