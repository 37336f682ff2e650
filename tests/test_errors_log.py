"""What the addon says of its log: when it was open to others, when it cannot be written, when it can again, and what is missing at the end."""

from __future__ import annotations

import json
import logging
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from errors import BackendErrors
from mitmproxy import exceptions, http
from mitmproxy.test import taddons, tflow, tutils


def failed_flow(number: int) -> http.HTTPFlow:
    body = json.dumps({"error": "EntityNotFound", "description": "said the server", "debug": ""}).encode()
    return tflow.tflow(
        req=tutils.treq(method=b"GET", scheme=b"https", host="baas.kinvey.com", port=443, path=f"/appdata/kid_x1/books/{number}".encode()),
        resp=tutils.tresp(status_code=404, content=body, headers=http.Headers(content_type="application/json")),
    )


class Bed:
    """The addon in a mitmproxy of its own, and what it says of its log."""

    def __init__(self, context: Any, caplog: pytest.LogCaptureFixture) -> None:
        self.context, self.caplog = context, caplog
        self.addon = BackendErrors()
        context.master.addons.add(self.addon)
        caplog.set_level(logging.WARNING)

    def log_to(self, path: Path | str) -> None:
        self.context.configure(self.addon, errors_log=str(path))

    def see(self, count: int) -> None:
        for number in range(count):
            self.addon.response(failed_flow(number))

    def said(self) -> list[str]:
        found = [record.getMessage() for record in self.caplog.records if "errors_log" in record.getMessage()]
        self.caplog.clear()
        return found


@pytest.fixture
def bed(caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bed]:
    monkeypatch.chdir(tmp_path)
    with taddons.context() as context:
        made = Bed(context, caplog)
        yield made
        made.addon.done()


def test_a_log_that_others_could_open_is_closed_to_them_and_that_is_said_once(bed: Bed, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").touch(0o644)
    bed.log_to(tmp_path / "log.jsonl")
    bed.see(2)
    says = "others could open it (mode 644); from now on only its owner can (mode 600)"
    assert bed.said() == [f"errors_log: {str(tmp_path / 'log.jsonl')!r}: {says}"]


def test_an_outage_is_said_once_and_its_end_too(bed: Bed, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    bed.log_to(folder / "log.jsonl")
    bed.see(1)
    for _ in range(2):
        shutil.rmtree(folder)
        folder.write_text("")
        bed.see(3)
        folder.unlink()
        bed.see(1)
        name = repr(str(folder / "log.jsonl"))
        begun, ended = bed.said()
        assert begun.startswith(f"errors_log: {name} cannot be written (")
        assert ended == f"errors_log: {name} is written again; 3 errors that had to wait are in it, none is missing"
    assert len((folder / "log.jsonl").read_text("utf-8").splitlines()) == 4


def test_an_outage_while_the_script_is_loaded_anew_ends_too(bed: Bed, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    bed.log_to(folder / "log.jsonl")
    bed.see(1)
    shutil.rmtree(folder)
    folder.touch()
    bed.context.master.addons.remove(bed.addon)
    bed.addon = BackendErrors()
    bed.context.master.addons.add(bed.addon)
    bed.log_to(folder / "log.jsonl")
    bed.said()
    bed.see(2)
    assert len(bed.said()) == 1
    folder.unlink()
    folder.mkdir()
    bed.see(1)
    assert ["is written again" in text for text in bed.said()] == [True]
    assert len((folder / "log.jsonl").read_text().splitlines()) == 3


def test_what_is_missing_at_the_end_is_said(bed: Bed) -> None:
    bed.log_to("/dev/full")
    bed.see(2)
    bed.addon.done()
    assert bed.said() == [
        "errors_log: '/dev/full' cannot be written (No space left on device); going on without, and trying again at each error",
        "errors_log: '/dev/full' could not be written to the end; 2 errors are missing in it",
    ]


@pytest.mark.parametrize(("path", "why"), [("a\0b", "null"), ("no/such/folder/log.jsonl", "No such file or directory"), (".", "Is a directory")])
def test_a_log_that_cannot_be_opened_is_refused(path: str, why: str, bed: Bed) -> None:
    with pytest.raises(exceptions.OptionsError, match=rf"(?s)^errors_log: .* cannot be opened for appending \(.*{why}.*\); give a file"):
        bed.log_to(path)


def test_the_first_line_of_a_run_is_marked_and_the_rest_is_json_as_ever(bed: Bed, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("{}\n")
    bed.log_to(log)
    bed.see(2)
    bed.addon.done()
    lines = log.read_text("utf-8").split("\n")[1:-1]
    assert [line.endswith("} ") for line in lines] == [True, False]
    assert [{"host.name", "baas.run"} & set(json.loads(line)) for line in lines] == [set(), set()]


def test_records_name_machine_and_run_if_asked(bed: Bed, tmp_path: Path) -> None:
    bed.context.configure(bed.addon, errors_machine=True)
    bed.log_to(tmp_path / "log.jsonl")
    bed.see(1)
    bed.addon.done()
    record = json.loads((tmp_path / "log.jsonl").read_text("utf-8"))
    assert record["host.name"] == platform.node()
    assert record["baas.run"].endswith("Z")
