"""Commands as they are typed into a command bar: quotes, spaces, home folder, selections of flows."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from inside import demo_read
from mitmproxy import exceptions
from mitmproxy.test import taddons


@pytest.fixture(scope="module")
def read() -> Iterator[taddons.context]:
    """mitmproxy with the demonstration read and its first error in focus; no command that is typed here changes it."""
    with demo_read() as (context, shown):
        shown.focus.flow = next(flow for flow in shown if "baas.type" in flow.metadata)
        yield context


@pytest.fixture
def bar(read: taddons.context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> taddons.context:
    """The same, in a folder of its own."""
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return read


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("typed", "written", "errors"),
    [
        ("errors.export @all errors.jsonl", "errors.jsonl", 14),
        ("errors.export @marked 'all my errors.jsonl'", "all my errors.jsonl", 14),
        ('errors.export @marked "all my errors.jsonl"', "all my errors.jsonl", 14),
        ("errors.export @focus sub/folder/one.jsonl", "sub/folder/one.jsonl", 1),
        ("errors.export ~marked ~/marked.jsonl", "home/marked.jsonl", 14),
        ("errors.export '~comment ObjectNotFound' found.jsonl", "found.jsonl", 4),
        ('errors.export "~comment ^ObjectNotFound" found.jsonl', "found.jsonl", 4),
        ("errors.export '~meta \"baas.name: ObjectNotFound\"' found.jsonl", "found.jsonl", 4),
        ("errors.export @all ERRORS.JSONL", "ERRORS.JSONL", 14),
    ],
)
def test_errors_are_exported(typed: str, written: str, errors: int, bar: taddons.context, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bar.master.commands.execute(typed)
    # Who types into a page in the browser cannot know in which folder mitmproxy was started.
    assert caplog.messages[-1] == f"Wrote {errors} error{'s' if errors > 1 else ''} to {tmp_path / written}"
    assert files(tmp_path) == [written]
    assert len((tmp_path / written).read_text("utf-8").splitlines()) == errors


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("errors.ticket @focus ticket.md", "ticket.md"),
        ("errors.ticket @marked '~/for support.md'", "home/for support.md"),
        ("errors.ticket '~comment ObjectNotFound & ~m PUT' ticket.MD", "ticket.MD"),
    ],
)
def test_tickets_are_written(typed: str, written: str, bar: taddons.context, tmp_path: Path) -> None:
    bar.master.commands.execute(typed)
    assert files(tmp_path) == [written]
    assert "curl" in (tmp_path / written).read_text("utf-8")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("errors.export @all", "Command argument mismatch"),
        ("errors.export ~comment ObjectNotFound found.jsonl", "Command argument mismatch"),
        ("errors.export '~nonsense x' found.jsonl", "Invalid filter expression: '~nonsense x'"),
        ("errors.export @nothing found.jsonl", "No backend error since no HTTP flow was given; nothing was written"),
        ("errors.export @unmarked found.jsonl", "No backend error in the 4 flows given; nothing was written"),
        ("errors.export @all ''", "'': no suffix; supported are .jsonl, .csv, .md, .html and .har"),
        ("errors.export @all .", "'.': no suffix"),
        ("errors.export @all ~", "no suffix"),
        ("errors.export @all folder.md", "folder.md' is a folder; give the name of a file in it"),
        ("errors.export @all /dev/null/errors.md", "'/dev/null/errors.md' cannot be written ("),
        (f"errors.export @all {'n' * 300}.md", "cannot be written (File name too long)"),
        ("errors.ticket @all ticket.html", "'ticket.html': support tickets are Markdown; give a name that ends in .md"),
        ("errors.ticket @all ticket", "'ticket': support tickets are Markdown; give a name that ends in .md"),
        ("errors.explain", "Name a code, for example: errors.explain parse 101"),
        ("errors.explain ''", "Name a code, for example: errors.explain parse 101"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_written(typed: str, said: str, bar: taddons.context, tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(exceptions.CommandError) as raised:
        bar.master.commands.execute(typed)
    assert said in str(raised.value)
    assert files(tmp_path) == []


@pytest.mark.parametrize("typed", ["errors.explain parse 101", "errors.explain 101 parse", "errors.explain parse/101", "errors.explain '101 Parse'"])
def test_a_code_is_explained_wherever_the_backend_stands(typed: str, bar: taddons.context) -> None:
    rows = bar.master.commands.execute(typed)
    assert ["parse/ObjectNotFound", "code 101"] in rows
    assert {row[0].partition("/")[0] for row in rows if "/" in row[0]} == {"parse"}
