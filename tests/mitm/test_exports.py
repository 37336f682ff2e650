"""Files at the end, files and tickets on command, the exit status: in mitmproxy's own test bed."""

from __future__ import annotations

import json
import logging
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from baas_errors.formats import SUFFIXES
from baas_errors.mitm import options, shutdown
from baas_errors.reports import disk_buffer
from errors import BackendErrors
from mitmproxy import exceptions, http
from mitmproxy.test import taddons, tflow, tutils
from mitmproxy.websocket import WebSocketMessage
from wsproto.frame_protocol import Opcode

TOKEN = "0a1b2c3d-made-up-session-token"


def test_option_and_command_name_the_suffixes_that_there_are() -> None:
    told = next(option.help for option in options.OPTIONS if option.name == "errors_export")
    for text in (told, BackendErrors.export.__doc__ or ""):
        assert tuple(re.findall(r"\.[a-z]{2,5}(?=[,. ])", text)) == SUFFIXES, text


def kinvey_flow(name: str = "EntityNotFound", status: int = 404) -> http.HTTPFlow:
    body = {"error": name, "description": "said the server", "debug": ""} if status >= 400 else []
    return tflow.tflow(
        req=tutils.treq(
            method=b"GET", scheme=b"https", host="baas.kinvey.com", port=443, path=b"/appdata/kid_x1/books/5f1", authority=b"",
            headers=http.Headers(authorization=f"Kinvey {TOKEN}"),
        ),
        resp=tutils.tresp(status_code=status, content=json.dumps(body).encode(), headers=http.Headers(content_type="application/json")),
    )  # fmt: skip


def livequery_flow() -> http.HTTPFlow:
    item = tflow.twebsocketflow()
    assert item.websocket
    item.websocket.messages = [
        WebSocketMessage(Opcode.TEXT, True, b'{"op":"connect","applicationId":"x"}', 1_700_000_000.0),
        WebSocketMessage(Opcode.TEXT, False, b'{"op":"error","code":119,"error":"denied"}', 1_700_000_001.0),
    ]
    return item


class Bed:
    """The addon in a mitmproxy of its own."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self.addon = BackendErrors()
        context.master.addons.add(self.addon)
        self.set(errors_log="")
        self.addon.running()

    @property
    def ending(self) -> shutdown.ShutdownExporter:
        """What acts at the end: the object in mitmproxy's chain, if there is one, as after a reload; it is there only if there is something to do."""
        found: shutdown.ShutdownExporter | None = self.context.master.addons.get(shutdown.ShutdownExporter.name)
        return found or self.addon._ending

    def set(self, **options: Any) -> None:
        self.context.configure(self.addon, **options)

    def see(self, *flows: http.HTTPFlow) -> None:
        for item in flows:
            self.addon.response(item)

    def reload(self) -> None:
        """What mitmproxy does when the script's file changes."""
        self.context.master.addons.remove(self.addon)
        self.addon = BackendErrors()
        self.context.master.addons.add(self.addon)
        self.set()
        self.addon.running()


@pytest.fixture
def bed() -> Iterator[Bed]:
    with taddons.context() as context:
        made = Bed(context)
        yield made
        made.addon.done()
        made.ending.clear()


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class TestFilesAtTheEnd:
    def test_every_format_is_written_when_mitmproxy_ends(self, bed: Bed, tmp_path: Path) -> None:
        targets = [tmp_path / f"errors.{suffix}" for suffix in ("jsonl", "csv", "md", "html", "har")]
        bed.set(errors_export=[str(target) for target in targets])
        bed.see(kinvey_flow(), kinvey_flow("InvalidQuerySyntax", 400), kinvey_flow(status=200))
        assert not any(target.exists() for target in targets)
        bed.ending.done()
        for target in targets:
            text = target.read_text("utf-8")
            assert "InvalidQuerySyntax" in text
            assert TOKEN not in text
            assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert len(records(targets[0])) == 2

    def test_the_exchange_is_in_it(self, bed: Bed, tmp_path: Path) -> None:
        bed.set(errors_export=[str(tmp_path / "errors.har")])
        bed.see(kinvey_flow())
        bed.ending.done()
        (entry,) = json.loads((tmp_path / "errors.har").read_text("utf-8"))["log"]["entries"]
        assert "said the server" in entry["response"]["content"]["text"]

    def test_the_last_one_that_worked_is_beside_it(self, bed: Bed, tmp_path: Path) -> None:
        bed.set(errors_export=[str(tmp_path / "errors.html")])
        worked, failed = kinvey_flow(status=200), kinvey_flow()
        worked.request.headers["x-odd"] = "then"
        worked.request.headers["authorization"] = "Kinvey another-made-up-session-token"
        bed.see(worked, failed)
        bed.ending.done()
        text = (tmp_path / "errors.html").read_text("utf-8")
        (beside,) = re.findall(r"<h4>The last one that worked</h4>.*?</section>", text)
        assert "<dd><mark>then</mark></dd>" in beside
        assert "session-token" not in text

    def test_without_a_file_to_write_what_worked_is_not_kept(self, bed: Bed) -> None:
        bed.see(kinvey_flow(status=200))
        assert bed.addon._watch
        assert bed.addon._watch.pipeline._last_worked is None

    def test_messages_of_websockets_are_in_it(self, bed: Bed, tmp_path: Path) -> None:
        bed.set(errors_export=[str(tmp_path / "errors.har")])
        item = livequery_flow()
        assert item.websocket
        messages, item.websocket.messages = item.websocket.messages, []
        for message in messages:
            item.websocket.messages.append(message)
            bed.addon.websocket_message(item)
        bed.ending.done()
        (entry,) = json.loads((tmp_path / "errors.har").read_text("utf-8"))["log"]["entries"]
        assert entry["_baasErrors"][0]["error.type"] == "parse/OperationForbidden"
        assert "denied" in entry["response"]["content"]["text"]

    def test_without_errors_the_file_says_so(self, bed: Bed, tmp_path: Path) -> None:
        bed.set(errors_export=[str(tmp_path / "errors.jsonl")])
        bed.ending.done()
        assert (tmp_path / "errors.jsonl").read_text() == ""

    def test_a_flow_that_comes_twice_is_told_once(self, bed: Bed, tmp_path: Path) -> None:
        bed.set(errors_export=[str(tmp_path / "errors.jsonl")])
        item = kinvey_flow()
        bed.see(item, item)
        bed.ending.done()
        assert len(records(tmp_path / "errors.jsonl")) == 1

    def test_nothing_is_kept_where_no_file_is_asked_for(self, bed: Bed) -> None:
        bed.see(kinvey_flow())
        assert bed.ending._spool is None

    def test_a_reload_of_the_script_loses_nothing(self, bed: Bed, tmp_path: Path) -> None:
        bed.set(errors_export=[str(tmp_path / "errors.jsonl")])
        bed.see(kinvey_flow())
        before = bed.ending
        bed.reload()
        assert bed.ending is before
        bed.see(kinvey_flow("InvalidQuerySyntax", 400))
        bed.ending.done()
        assert len(records(tmp_path / "errors.jsonl")) == 2

    def test_clearing_begins_anew(self, bed: Bed, tmp_path: Path) -> None:
        bed.set(errors_export=[str(tmp_path / "errors.jsonl")], errors_exit_code=True)
        bed.see(kinvey_flow())
        bed.addon.clear()
        bed.see(kinvey_flow("InvalidQuerySyntax", 400))
        with pytest.raises(SystemExit):
            bed.ending.done()
        assert [record["baas.name"] for record in records(tmp_path / "errors.jsonl")] == ["InvalidQuerySyntax"]

    def test_a_file_that_cannot_be_written_does_not_keep_the_others_back(self, bed: Bed, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        blocked, good = tmp_path / "file" / "errors.md", tmp_path / "errors.jsonl"
        bed.set(errors_export=[str(blocked), str(good)])
        (tmp_path / "file").touch()
        bed.see(kinvey_flow())
        with pytest.raises(SystemExit) as raised:
            bed.ending.done()
        assert raised.value.code == 1
        assert len(records(good)) == 1
        assert f"errors_export: {str(blocked)!r} cannot be written" in caplog.text

    def test_a_full_disk_is_said_once_and_hinders_nothing(
        self, bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(disk_buffer.DiskBuffer, "add", full)
        bed.set(errors_export=[str(tmp_path / "errors.jsonl")])
        first, second = kinvey_flow(), kinvey_flow()
        bed.see(first, second)
        assert second.metadata["baas.name"] == "EntityNotFound"
        assert caplog.text.count("errors_export: no room to keep errors until the end (No space left on device)") == 1

    def test_what_was_too_much_to_keep_is_said_in_the_file(self, bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        bed.set(errors_export=[str(tmp_path / "errors.md")])
        bed.ending._spool = disk_buffer.DiskBuffer(most_with_exchanges=-1)
        bed.see(kinvey_flow())
        bed.ending.done()
        assert "Of 1 error only the record was kept" in (tmp_path / "errors.md").read_text("utf-8")

    def test_what_the_disk_did_not_take_is_said_in_the_file(self, bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        bed.set(errors_export=[str(tmp_path / "errors.md")])
        bed.see(kinvey_flow())
        with monkeypatch.context() as patched:
            patched.setattr(disk_buffer.DiskBuffer, "_write", full)
            bed.see(kinvey_flow(), kinvey_flow())
        bed.ending.done()
        text = (tmp_path / "errors.md").read_text("utf-8")
        assert "2 more errors are missing here: there were too many to keep, or no room on the disk." in text

    def test_where_nothing_can_be_kept_the_file_says_so(self, bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def nowhere(*_: Any) -> None:
            raise FileNotFoundError(2, "No usable temporary directory found")

        monkeypatch.setattr(disk_buffer, "DiskBuffer", nowhere)
        bed.set(errors_export=[str(tmp_path / "errors.md")])
        bed.see(kinvey_flow())
        bed.ending.done()
        assert "1 more error is missing here" in (tmp_path / "errors.md").read_text("utf-8")

    def test_what_was_kept_and_cannot_be_read_makes_it_1(
        self, bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(*_: Any) -> None:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(disk_buffer.DiskBuffer, "__iter__", broken)
        bed.set(errors_export=[str(tmp_path / "errors.md")])
        bed.see(kinvey_flow())
        with pytest.raises(SystemExit):
            bed.ending.done()
        assert "errors_export: what was kept cannot be read (Input/output error); nothing was written" in caplog.text


@pytest.mark.parametrize("act", [lambda bed, pipe: bed.set(errors_export=[pipe]), lambda bed, pipe: bed.addon.export([kinvey_flow()], pipe)])
def test_a_pipe_would_stop_all_traffic_and_is_refused(act: Any, bed: Bed, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "errors.md")
    with pytest.raises((exceptions.OptionsError, exceptions.CommandError), match=r"is a pipe, and mitmproxy would stand still"):
        act(bed, str(tmp_path / "errors.md"))


def test_links_in_a_circle_are_no_fault_of_the_addon(bed: Bed, tmp_path: Path) -> None:
    (tmp_path / "errors.md").symlink_to("errors.md")
    bed.set(errors_log=str(tmp_path / "errors.jsonl"))
    with pytest.raises(exceptions.CommandError, match="cannot be written"):
        bed.addon.export([kinvey_flow()], str(tmp_path / "errors.md"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("errors.xlsx", "errors_export: 'errors.xlsx': unknown suffix .xlsx; supported are .jsonl, .csv, .md, .html and .har"),
        ("errors", "errors_export: 'errors': no suffix; supported are"),
        ("", "errors_export: '"),
        (".", "errors_export: '.' is a folder; give the name of a file in it, such as 'errors.html'"),
    ],
)
def test_a_bad_file_name_is_refused(value: str, said: str, bed: Bed) -> None:
    with pytest.raises(exceptions.OptionsError) as raised:
        bed.set(errors_export=[value])
    assert str(raised.value).startswith(said)


def test_the_log_is_not_replaced_at_the_end(bed: Bed, tmp_path: Path) -> None:
    log = str(tmp_path / "errors.jsonl")
    with pytest.raises(exceptions.OptionsError, match=r"^errors_export: .* is the log \(errors_log\), which is written all the time"):
        bed.set(errors_log=log, errors_export=[str(tmp_path / "." / "errors.jsonl")])


def test_the_log_is_not_replaced_on_command(bed: Bed, tmp_path: Path) -> None:
    log = tmp_path / "errors.jsonl"
    bed.set(errors_log=str(log))
    bed.see(kinvey_flow())
    with pytest.raises(exceptions.CommandError, match="is the log"):
        bed.addon.export([kinvey_flow()], str(log))
    assert len(records(log)) == 1


class TestExitStatus:
    def test_an_error_makes_it_1_where_asked_for(self, bed: Bed) -> None:
        bed.set(errors_exit_code=True)
        bed.see(kinvey_flow())
        with pytest.raises(SystemExit) as raised:
            bed.ending.done()
        assert raised.value.code == 1

    def test_it_is_not_asked_for_by_default(self, bed: Bed) -> None:
        bed.see(kinvey_flow())
        bed.ending.done()

    def test_without_an_error_it_stays_0(self, bed: Bed) -> None:
        bed.set(errors_exit_code=True)
        bed.see(kinvey_flow(status=200))
        bed.ending.done()

    def test_it_is_set_after_every_other_addon_has_ended(self, bed: Bed) -> None:
        assert bed.ending not in bed.context.master.addons.chain, "mitmproxy would ask it at each event"
        bed.set(errors_exit_code=True)
        assert bed.context.master.addons.chain[-1] is bed.ending


class TestPseudonymKey:
    def pseudonym(self, bed: Bed, path: Path, key: str) -> str:
        bed.set(errors_export=[str(path)], errors_pseudonym_key=key)
        bed.see(kinvey_flow())
        bed.ending.done()
        return path.read_text("utf-8").partition("<credentials ")[2].partition(">")[0]

    def test_with_a_key_pseudonyms_can_be_compared(self, bed: Bed, tmp_path: Path) -> None:
        (tmp_path / "key").write_text("0123456789abcdef")
        keys = (str(tmp_path / "key"), "", str(tmp_path / "key"))
        first, other, again = [self.pseudonym(bed, tmp_path / f"{number}.har", key) for number, key in enumerate(keys)]
        assert first == again != other

    def test_a_key_that_cannot_be_read_is_refused(self, bed: Bed, tmp_path: Path) -> None:
        with pytest.raises(exceptions.OptionsError, match=r"^errors_pseudonym_key: .*missing.* cannot be read"):
            bed.set(errors_pseudonym_key=str(tmp_path / "missing"))


class TestCommands:
    @pytest.mark.parametrize("suffix", ["jsonl", "csv", "md", "html", "har"])
    def test_errors_of_flows_are_written(self, suffix: str, bed: Bed, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        target = tmp_path / f"some.{suffix}"
        bed.addon.export([kinvey_flow(), kinvey_flow(status=200), tflow.ttcpflow()], str(target))
        assert "EntityNotFound" in target.read_text("utf-8")
        assert f"Wrote 1 error to {target}" in caplog.text

    def test_what_was_found_when_the_flow_passed_is_written(self, bed: Bed, tmp_path: Path) -> None:
        item = kinvey_flow()
        bed.see(item)
        bed.addon.export([item], str(tmp_path / "some.jsonl"))
        assert records(tmp_path / "some.jsonl")[0]["mitmproxy.flow_id"] == item.id

    def test_messages_of_websockets_are_written(self, bed: Bed, tmp_path: Path) -> None:
        bed.addon.export([livequery_flow()], str(tmp_path / "some.jsonl"))
        assert [record["error.code"] for record in records(tmp_path / "some.jsonl")] == ["119"]

    def test_tickets_are_written(self, bed: Bed, tmp_path: Path) -> None:
        target = tmp_path / "ticket.md"
        bed.addon.ticket([kinvey_flow()], str(target))
        text = target.read_text("utf-8")
        assert "said the server" in text
        assert TOKEN not in text
        assert stat.S_IMODE(target.stat().st_mode) == 0o600

    @pytest.mark.parametrize("command", ["export", "ticket"])
    @pytest.mark.parametrize(
        ("flows", "said"),
        [
            ([], "No backend error since no HTTP flow was given; nothing was written"),
            ([tflow.ttcpflow()], "No backend error since no HTTP flow was given; nothing was written"),
            ([kinvey_flow(status=200)], "No backend error in the 1 flow given; nothing was written"),
            ([kinvey_flow(status=200), tflow.tflow()], "No backend error in the 2 flows given; nothing was written"),
        ],
    )
    def test_flows_without_errors_are_said_to_be(self, command: str, flows: list[Any], said: str, bed: Bed, tmp_path: Path) -> None:
        with pytest.raises(exceptions.CommandError) as raised:
            getattr(bed.addon, command)(flows, str(tmp_path / "some.md"))
        assert str(raised.value) == said
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("command", "name", "said"),
        [
            ("export", "some.xlsx", "unknown suffix .xlsx"),
            ("export", "some", "no suffix"),
            ("ticket", "some.html", "support tickets are Markdown; give a name that ends in .md"),
            ("export", "file/some.md", "cannot be written"),
            ("ticket", "file/some.md", "cannot be written"),
        ],
    )
    def test_what_cannot_be_written_is_said(self, command: str, name: str, said: str, bed: Bed, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(exceptions.CommandError) as raised:
            getattr(bed.addon, command)([kinvey_flow()], str(tmp_path / name))
        assert repr(str(tmp_path / name)) in str(raised.value)
        assert said in str(raised.value)

    @pytest.mark.parametrize("command", ["errors.export", "errors.ticket"])
    def test_they_can_be_typed(self, command: str, tmp_path: Path) -> None:
        from mitmproxy.addons import view

        with taddons.context(view.View()) as context:
            bed = Bed(context)
            context.master.addons.get("view").add([kinvey_flow(), kinvey_flow(status=200)])
            context.master.commands.execute(f"{command} @all {tmp_path / 'typed.md'}")
            assert "EntityNotFound" in (tmp_path / "typed.md").read_text("utf-8")
            bed.addon.done()


class TestGiven:
    """Values of options that mitmproxy would refuse in silence, as the command line (a list) or the configuration file gives them."""

    WRONG: ClassVar[dict[Any, tuple[tuple[Any, str], ...]]] = {
        bool: (
            (["maybe"], "'maybe' is neither true nor false; give --set {0}=true or --set {0}=false, once"),
            (["true", "false"], "'true', 'false' is neither true nor false; give --set {0}=true or --set {0}=false, once"),
            (["1"], "'1' is neither true nor false; give --set {0}=true or --set {0}=false, once"),
            (["True"], "'True' is neither true nor false; give --set {0}=true or --set {0}=false, once"),
            ("yes", "'yes' is neither true nor false; give --set {0}=true or --set {0}=false, once"),
            (7, "7 is neither true nor false; give --set {0}=true or --set {0}=false, once"),
        ),
        str: (
            (["a", "b"], "'a', 'b' is not one text; give --set {0}=VALUE, once"),
            ([], "no value is not one text; give --set {0}=VALUE, once"),
            (7, "7 is not one text; give --set {0}=VALUE, once"),
            (True, "True is not one text; give --set {0}=VALUE, once"),
        ),
        Sequence[str]: (
            ("a", "'a' is no list of texts; give --set {0}=VALUE for each, or a list in the configuration file"),
            ({"a": "b"}, "{{'a': 'b'}} is no list of texts; give --set {0}=VALUE for each, or a list in the configuration file"),
        ),
    }
    RIGHT: ClassVar[dict[Any, tuple[Any, ...]]] = {
        bool: (["true"], ["false"], ["toggle"], [""], [], True, False),
        str: (["a"], [""], "a", ""),
        Sequence[str]: (["a"], ["a", "b"], []),
    }

    @pytest.mark.parametrize("option", options.OPTIONS, ids=lambda option: option.name)
    def test_a_value_that_mitmproxy_would_refuse_is_an_error(self, option: options.Option, caplog: pytest.LogCaptureFixture) -> None:
        with taddons.context() as context:
            for given, said in self.WRONG[option.kind]:
                caplog.clear()
                self.defer(context, option.name, given)
                options.check_given()
                assert option.name not in context.options.deferred, given
                told = [(record.levelname, record.getMessage()) for record in caplog.records]
                assert told == [("ERROR", f"{option.name}: {said.format(option.name)}")]

    @pytest.mark.parametrize("option", options.OPTIONS, ids=lambda option: option.name)
    def test_what_mitmproxy_takes_is_left_to_it(self, option: options.Option, caplog: pytest.LogCaptureFixture) -> None:
        with taddons.context() as context:
            for given in self.RIGHT[option.kind]:
                self.defer(context, option.name, given)
                options.check_given()
                assert option.name in context.options.deferred, given
                context.options.add_option(option.name, option.kind, option.default, option.help)
                context.options.process_deferred()
                del context.options._options[option.name]
        assert caplog.records == []

    @staticmethod
    def defer(context: Any, name: str, given: Any) -> None:
        if isinstance(given, list):
            context.options.set(*([f"{name}={value}" for value in given] or [name]), defer=True)
        else:
            context.options.update_defer(**{name: given})
