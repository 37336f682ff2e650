import contextlib
import fcntl
import os
import resource
import shutil
import stat
import time
from pathlib import Path

import pytest
from baas_errors.record.log_file import MOST_WAITING, MOST_WAITING_BYTES, Journal, Resumed
from matrix import in_one_test


@pytest.fixture
def path(tmp_path: Path):
    return tmp_path / "errors.jsonl"


def test_a_folder_that_is_not_there_is_a_slip_of_the_pen_and_not_made(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        Journal(tmp_path / "lgos" / "errors.jsonl")
    assert not (tmp_path / "lgos").exists()


def test_a_folder_that_goes_away_is_made_again(tmp_path: Path):
    folder = tmp_path / "logs"
    folder.mkdir()
    journal = Journal(folder / "errors.jsonl")
    journal.append("one")
    shutil.rmtree(folder)
    journal.append("two")
    journal.close()
    assert (folder / "errors.jsonl").read_text() == "two\n"


def test_appends_lines_at_once(path: Path):
    journal = Journal(path)
    journal.append('{"a":1}')
    assert path.read_text() == '{"a":1}\n'
    journal.append('{"b":"ü"}')
    assert path.read_text(encoding="utf-8") == '{"a":1}\n{"b":"ü"}\n'
    journal.close()


def test_goes_on_after_what_is_there(path: Path):
    path.write_text("old\n")
    journal = Journal(path)
    journal.append("new")
    journal.close()
    assert path.read_text() == "old\nnew\n"


def test_a_last_line_that_breaks_off_is_not_glued_to_the_next(path: Path):
    path.write_text('whole\n{"half":')
    journal = Journal(path)
    journal.append("new")
    journal.append("newer")
    journal.close()
    assert path.read_text().splitlines() == ["whole", '{"half":', "new", "newer"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277])
def test_is_for_its_owner_only(path: Path, umask: int):
    before = os.umask(umask)
    try:
        Journal(path).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_log_that_others_could_read_is_taken_from_them_and_that_is_said(path: Path):
    path.touch()
    path.chmod(0o644)
    journal = Journal(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert journal.note == "others could open it (mode 644); from now on only its owner can (mode 600)"
    journal.close()
    journal = Journal(path)
    assert journal.note == ""
    journal.close()


def becomes_a_strangers(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives a file or link to another user; where only root could, we become another user ourselves."""
    monkeypatch.delenv("SUDO_UID", raising=False)
    if os.geteuid() == 0:
        os.chown(path, 12_345, -1, follow_symlinks=False)
    else:
        user = path.lstat().st_uid
        monkeypatch.setattr(os, "geteuid", lambda: user + 1)


@pytest.mark.parametrize("make", [Path.touch, os.mkfifo], ids=["file", "pipe"])
def test_a_log_of_somebody_else_is_refused_and_stays_as_it_is(path: Path, make, monkeypatch: pytest.MonkeyPatch):
    make(path)
    path.chmod(0o666)
    becomes_a_strangers(path, monkeypatch)
    before = path.stat()
    with contextlib.ExitStack() as stack:
        if path.is_fifo():
            stack.callback(os.close, os.open(path, os.O_RDWR))
        with pytest.raises(PermissionError, match=f"it belongs to another user, whose id is {before.st_uid}"):
            Journal(path)
    assert (path.stat().st_mode, path.stat().st_size) == (before.st_mode, 0)


def test_the_log_of_the_person_who_used_sudo_is_no_strangers(path: Path, monkeypatch: pytest.MonkeyPatch):
    path.touch()
    becomes_a_strangers(path, monkeypatch)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", str(path.stat().st_uid))
    Journal(path).close()


@in_one_test("way", ["the log", "a folder on the way", "a link that ours leads to"])
def test_a_link_that_somebody_else_made_in_a_folder_open_to_all_is_not_followed(tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch):
    ours, everybodys = tmp_path / "ours", tmp_path / "everybodys"
    ours.mkdir()
    everybodys.mkdir()
    everybodys.chmod(0o1777)
    link = everybodys / "link"
    link.symlink_to(ours if way == "a folder on the way" else ours / "target")
    log = {"the log": link, "a folder on the way": link / "target", "a link that ours leads to": tmp_path / "mine"}[way]
    if log.parent == tmp_path:
        log.symlink_to(link)
    Journal(log).close()
    (ours / "target").unlink()
    # The folder must be no stranger's with the link: what its owner makes there is for all to follow.
    monkeypatch.setattr(Path, "stat", lambda self, real=Path.stat, **how: _of_root(real(self, **how)) if self == everybodys else real(self, **how))
    becomes_a_strangers(link, monkeypatch)
    with pytest.raises(PermissionError, match=r"link' is a link that another user, whose id is \d+, made in a folder that others may write to"):
        Journal(log)
    assert not (ours / "target").exists()
    everybodys.chmod(0o755)
    if os.geteuid() == 0:
        Journal(log).close()


def _of_root(stat: os.stat_result) -> os.stat_result:
    return os.stat_result((*stat[:4], 0, *stat[5:]))


def test_a_link_put_in_the_place_of_a_log_is_not_followed_and_the_lines_wait(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "everybodys"
    folder.mkdir()
    folder.chmod(0o1777)
    journal = Journal(folder / "errors.jsonl")
    journal.append("one")
    (folder / "errors.jsonl").unlink()
    path.touch()
    (folder / "errors.jsonl").symlink_to(path)
    monkeypatch.setattr("baas_errors.text.paths.is_strangers", lambda user: True)
    monkeypatch.setattr(Path, "stat", lambda self, real=Path.stat, **how: _of_nobody(real(self, **how)) if self == folder else real(self, **how))
    with pytest.raises(PermissionError, match="is a link that another user"):
        journal.append("two")
    monkeypatch.undo()
    (folder / "errors.jsonl").unlink()
    assert journal.append("three") == Resumed(1, 0)
    journal.close()
    assert ((folder / "errors.jsonl").read_text(), path.read_text()) == ("two\nthree\n", "")


def _of_nobody(stat: os.stat_result) -> os.stat_result:
    return os.stat_result((*stat[:4], 65_534, *stat[5:]))


@pytest.mark.parametrize("mode", [0o644, 0o666])
def test_a_file_that_log_rotation_made_is_taken_from_others(path: Path, mode: int):
    journal = Journal(path)
    path.rename(path.with_suffix(".1"))
    path.touch()
    path.chmod(mode)
    journal.append("line")
    journal.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "line\n"


@pytest.mark.parametrize("away", [lambda path: path.unlink(), lambda path: path.rename(path.with_suffix(".1"))], ids=["removed", "moved"])
def test_makes_the_file_anew_when_it_was_taken_away(path: Path, away):
    journal = Journal(path)
    journal.append("one")
    away(path)
    journal.append("two")
    journal.close()
    assert path.read_text() == "two\n"


def test_lone_surrogates_are_written_as_something_else(path: Path):
    journal = Journal(path)
    journal.append("a\ud800b")
    journal.close()
    assert path.read_bytes() == b"a?b\n"


def test_says_when_it_cannot_be_opened(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        Journal(tmp_path / "file" / "errors.jsonl")
    with pytest.raises(OSError, match="directory"):
        Journal(tmp_path)


@contextlib.contextmanager
def files_limited_to(size: int):
    """No file of this process may grow beyond so many bytes: what exceeds them is written in part, then refused, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_the_disk_took_of_a_line_is_taken_back_and_the_line_written_later(path: Path):
    journal = Journal(path)
    journal.append("whole")
    with files_limited_to(10):
        with pytest.raises(OSError, match="File too large"):
            journal.append("too long for it")
        assert path.read_text() == "whole\n"
    assert journal.append("next") == Resumed(1, 0)
    assert journal.append("last") is None
    journal.close()
    assert path.read_text() == "whole\ntoo long for it\nnext\nlast\n"


def test_what_cannot_be_taken_back_is_ended_before_the_next_line(path: Path, monkeypatch: pytest.MonkeyPatch):
    """As in a file that may only be appended to."""

    def refused(*_):
        raise PermissionError

    journal = Journal(path)
    monkeypatch.setattr(os, "ftruncate", refused)
    with files_limited_to(4), pytest.raises(OSError, match="File too large"):
        journal.append("abcdefgh")
    assert path.read_text() == "abcd"
    journal.append("next")
    journal.close()
    assert path.read_text() == "abcd\nabcdefgh\nnext\n"


def test_a_line_of_which_less_was_taken_than_there_is_room_for_is_completed(path: Path, monkeypatch: pytest.MonkeyPatch):
    journal = Journal(path)
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:4]))
    journal.append("abcdefgh")
    journal.close()
    assert path.read_text() == "abcdefgh\n"


def test_lines_wait_in_their_order_while_the_file_cannot_be_written(tmp_path: Path):
    folder = tmp_path / "logs"
    folder.mkdir()
    journal = Journal(folder / "errors.jsonl")
    shutil.rmtree(folder)
    folder.write_text("a file where the folder was")
    for number in range(3):
        with pytest.raises(OSError, match=r"File exists|Not a directory"):
            journal.append(f"{number}")
    folder.unlink()
    assert journal.append("3") == Resumed(3, 0)
    journal.close()
    assert (folder / "errors.jsonl").read_text() == "0\n1\n2\n3\n"


@pytest.mark.parametrize(("count", "length"), [(MOST_WAITING + 7, 10), (20, 100_000)], ids=["number", "bytes"])
def test_what_waits_is_bounded_and_what_is_lost_is_counted(path: Path, count: int, length: int):
    journal = Journal(Path("/dev/full"))
    for number in range(count):
        with pytest.raises(OSError, match="No space left"):
            journal.append(f"{number:010d}".ljust(length))
    kept = min(MOST_WAITING, MOST_WAITING_BYTES // (length + 1))
    assert journal._waiting_bytes == kept * (length + 1) <= MOST_WAITING_BYTES
    # What is written again is told once.
    journal.path, journal._name = path, str(path)
    assert journal.append("last") == Resumed(kept, count - kept)
    assert journal.append("one more") is None
    assert journal.close() == 0
    lines = path.read_text().splitlines()
    assert [int(line) for line in lines[:-2]] == list(range(kept))
    assert lines[-2:] == ["last", "one more"]


def test_a_line_that_is_longer_than_all_that_may_wait_is_lost_and_counted(path: Path):
    journal = Journal(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left"):
        journal.append("x" * MOST_WAITING_BYTES)
    journal.path, journal._name = path, str(path)
    assert journal.append("next") == Resumed(0, 1)
    journal.close()


@in_one_test(
    ("resumed", "says"),
    [
        (Resumed(1, 0), "1 error that had to wait is in it, none is missing"),
        (Resumed(2, 1), "2 errors that had to wait are in it, 1 error is missing"),
        (Resumed(0, 2_000), "2,000 errors are missing"),
    ],
)
def test_what_became_of_the_lines_is_said(resumed: Resumed, says: str):
    assert str(resumed) == says


def test_at_the_end_what_waits_is_tried_once_more(tmp_path: Path):
    folder = tmp_path / "logs"
    folder.mkdir()
    journal = Journal(folder / "errors.jsonl")
    folder.rename(tmp_path / "away")
    folder.write_text("")
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        journal.append("late")
    folder.unlink()
    assert journal.close() == 0
    assert (folder / "errors.jsonl").read_text() == "late\n"


def test_at_the_end_what_could_never_be_written_is_counted():
    journal = Journal(Path("/dev/full"))
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            journal.append("line")
    assert journal.close() == 2
    assert journal.close() == 0


def test_two_journals_can_share_a_file(path: Path):
    one, two = Journal(path), Journal(path)
    for number in range(50):
        one.append(f"one {number}")
        two.append(f"two {number}")
    one.close()
    two.close()
    assert len(path.read_text().splitlines()) == 100


def test_a_line_that_another_process_left_unfinished_is_ended_before_the_next(path: Path):
    journal = Journal(path)
    journal.append("one")
    with path.open("a") as other:
        other.write('{"killed in the mid')
    journal.append("two")
    with path.open("a") as other:
        other.write("whole\n")
    journal.append("three")
    journal.close()
    assert path.read_text() == 'one\n{"killed in the mid\ntwo\nwhole\nthree\n'


def test_a_process_that_was_stopped_in_the_middle_of_a_line_is_not_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch):
    journal = Journal(path)
    with path.open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write("half")
        other.flush()
        slept: list[float] = []
        monkeypatch.setattr(time, "sleep", slept.append)
        with pytest.raises(BlockingIOError, match="another process holds it locked"):
            journal.append("one")
        assert 0 < sum(slept) < 0.5
        # It is waited for a while, and then not for every line.
        monkeypatch.setattr("baas_errors.record.log_file._PATIENCE", 0)
        monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("the proxy stood still again"))
        with pytest.raises(BlockingIOError):
            journal.append("another")
        assert path.read_text() == "half"
        other.write(" and half\n")
    assert journal.append("two") == Resumed(2, 0)
    journal.close()
    assert path.read_text() == "half and half\none\nanother\ntwo\n"


def test_a_log_that_is_cut_to_nothing_goes_on_from_its_beginning(path: Path):
    """As by logrotate with copytruncate."""
    journal = Journal(path)
    journal.append("one")
    os.truncate(path, 0)
    journal.append("two")
    journal.close()
    assert path.read_bytes() == b"two\n"


def test_a_link_is_followed_where_it_leads_to_now(tmp_path: Path):
    path = tmp_path / "errors.jsonl"
    journal = Journal(path)
    journal.append("one")
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere.jsonl")
    journal.append("two")
    journal.close()
    assert (tmp_path / "elsewhere.jsonl").read_text() == "two\n"


def test_a_pipe_that_nobody_reads_stops_nothing(path: Path):
    journal = Journal(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(OSError, match="No such device"):
        journal.append("one")
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert journal.append("two") == Resumed(1, 0)
        assert os.read(reader, 100) == b"one\ntwo\n"
    finally:
        os.close(reader)
        journal.close()


def test_a_pipe_that_is_full_stops_nothing(path: Path):
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    journal = Journal(path)
    try:
        with contextlib.suppress(BlockingIOError):
            for _ in range(1_000):
                journal.append("x" * 1_000)
        with pytest.raises(BlockingIOError):
            journal.append("y")
    finally:
        os.close(reader)
        assert journal.close() == 2


def test_a_log_that_may_be_written_and_not_read_is_one(path: Path, monkeypatch: pytest.MonkeyPatch):
    path.write_text("half")
    opened = os.open

    def may_not_read(name, flags, mode=0o777):
        if flags & os.O_RDWR:
            raise PermissionError
        return opened(name, flags, mode)

    monkeypatch.setattr(os, "open", may_not_read)
    journal = Journal(path)
    journal.append("line")
    journal.append("next")
    journal.close()
    assert path.read_text() == "halfline\nnext\n"


def test_a_file_system_without_locks_will_do(path: Path, monkeypatch: pytest.MonkeyPatch):
    def unsupported(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("baas_errors.record.log_file.flock", unsupported)
    path.write_text("half")
    journal = Journal(path)
    journal.append("line")
    with files_limited_to(12), pytest.raises(OSError, match="only 2 of 9 bytes"):
        journal.append("abcdefgh")
    journal.append("next")
    journal.close()
    assert path.read_text() == "half\nline\nab\nabcdefgh\nnext\n"


def test_a_line_is_one_call_and_the_checks_before_it_are_few(path: Path, monkeypatch: pytest.MonkeyPatch):
    """What an error costs: the file is not opened, closed, read or waited for."""
    journal = Journal(path)
    journal.append("one")
    calls = []
    for name in ("open", "close", "read", "lseek", "fstat", "stat", "write", "fsync", "ftruncate"):
        called = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, called=called, name=name: [calls.append(name), called(*args)][1])
    journal.append("two" * 50_000)
    monkeypatch.undo()
    journal.close()
    assert calls == ["stat", "write"]


def test_closing_twice_is_harmless(path: Path):
    journal = Journal(path)
    journal.close()
    journal.close()
