"""Files written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

import pytest
from baas_errors.formats.write_file import write_text, write_whole
from matrix import in_one_test


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


@in_one_test("umask", [0o000, 0o077, 0o777])
def test_only_the_owner_can_read_it_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        write_text(tmp_path / "x", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600


def test_what_is_not_finished_is_in_the_same_folder_and_for_the_owner_only(tmp_path: Path) -> None:
    seen = []

    def look(target: BinaryIO) -> None:
        target.write(b"text")
        seen.extend((file.parent, stat.S_IMODE(file.stat().st_mode)) for file in tmp_path.iterdir())

    write_whole(tmp_path / "x", look)
    assert seen == [(tmp_path, 0o600)]


def stranger(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    """Makes whoever owns these somebody else; where only root could, we become another user ourselves."""
    monkeypatch.delenv("SUDO_UID", raising=False)
    if os.geteuid() == 0:
        for path in paths:
            os.chown(path, 12_345, -1, follow_symlinks=False)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)


@pytest.fixture
def public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like /tmp, made by the system for everybody."""
    folder = tmp_path / "public"
    folder.mkdir()
    folder.chmod(0o1777)
    status = os.stat

    def systems(path: object, *args: object, **keywords: object) -> os.stat_result:
        found = status(path, *args, **keywords)  # type: ignore[call-overload]
        if str(path) != str(folder):
            return found  # type: ignore[no-any-return]
        values = list(found)
        values[stat.ST_UID] = 4711
        return os.stat_result(values)

    monkeypatch.setattr(os, "stat", systems)
    return folder


@pytest.mark.parametrize("name", ["link", "deeper/x", "by-another"])
def test_a_link_that_a_stranger_has_laid_is_not_followed(name: str, public: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x").write_text("as it was")
    (public / "link").symlink_to(tmp_path / "mine" / "x")
    (public / "deeper").symlink_to(tmp_path / "mine")
    (public / "by-another").symlink_to("link")
    stranger(monkeypatch, *public.iterdir())
    with pytest.raises(PermissionError, match=r"is a link that another user, whose id is \d+, made in a folder that others may write to"):
        write_text(public / name, "text")
    assert (tmp_path / "mine" / "x").read_text() == "as it was"


def test_my_own_link_is_followed_there(public: Path, tmp_path: Path) -> None:
    (public / "link").symlink_to(tmp_path / "target")
    write_text(public / "link", "text")
    assert (tmp_path / "target").read_text() == "text"


def test_a_pipe_that_a_stranger_has_laid_is_not_written_to(public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(public / "x")
    stranger(monkeypatch, public / "x")
    with pytest.raises(PermissionError, match="is a pipe that another user"):
        write_text(public / "x", "text")


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write_text(tmp_path / "a", "text")


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
