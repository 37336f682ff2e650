import os
import shutil
import stat
from pathlib import Path

import pytest
from baas_errors.journal import Journal


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


def test_is_for_its_owner_only(path: Path):
    Journal(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


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


def test_a_line_that_was_torn_is_reported_and_ended_before_the_next(path: Path, monkeypatch: pytest.MonkeyPatch):
    journal = Journal(path)
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:4]))
    with pytest.raises(OSError, match="only 4 of 9 bytes"):
        journal.append("abcdefgh")
    monkeypatch.setattr(os, "write", write)
    journal.append("next")
    journal.close()
    assert path.read_text() == "abcd\nnext\n"


def test_two_journals_can_share_a_file(path: Path):
    one, two = Journal(path), Journal(path)
    for number in range(50):
        one.append(f"one {number}")
        two.append(f"two {number}")
    one.close()
    two.close()
    assert len(path.read_text().splitlines()) == 100


def test_closing_twice_is_harmless(path: Path):
    journal = Journal(path)
    journal.close()
    journal.close()
