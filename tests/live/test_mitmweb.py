"""mitmweb in a real browser: the flow list, the view of an error, the search field, live traffic, and the command bar."""

from __future__ import annotations

import csv
import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from build import as_text
from demo import DEMO, ERRORS, FAILED, FLOWS, SUCCEEDED, Known, named
from processes import free_port
from stub import stub_server
from web import Mitmweb, mitmweb, reading

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VIEW = "Backend Error"
# What beside an error may mark a flow: a warning.
WARNING = "\u26a0"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(60_000)
        yield page


@pytest.fixture(scope="module")
def demo_url(browser: Browser) -> Iterator[str]:
    """mitmweb showing the demo capture."""
    with mitmweb(*reading(DEMO)) as url:
        yield url


@pytest.fixture
def demo(demo_url: str, page: Page) -> Mitmweb:
    web = Mitmweb(page)
    web.open(demo_url, rows=len(FLOWS))
    return web


def situation(flow: Known) -> str:
    return flow.situation


def test_the_flow_list_shows_every_flow(demo: Mitmweb) -> None:
    assert [(row.method, row.path.partition("/parse")[2], row.status) for row in demo.rows()] == [
        (flow.method, flow.path.partition("/parse")[2], str(flow.status)) for flow in FLOWS
    ]


def test_the_flow_list_marks_the_errors_and_nothing_else(demo: Mitmweb) -> None:
    marked = [bool(row.marker.strip()) and not row.marker.startswith(WARNING) for row in demo.rows()]
    assert marked == [bool(flow.errors) for flow in FLOWS]


def test_the_markers_tell_who_has_to_act(demo: Mitmweb) -> None:
    markers = {flow.situation: row.marker for flow, row in zip(FLOWS, demo.rows(), strict=True)}
    assert {name: markers[name] for name in ("create-wrong-type", "log-in-wrong-password", "vault-find", "fail-custom-code", "limited-3")} == {
        "create-wrong-type": "\N{MEMO}",
        "log-in-wrong-password": "\N{KEY}",
        "vault-find": "\N{LOCK}",
        "fail-custom-code": "\N{BUG}",
        "limited-3": "\N{HOURGLASS}",
    }


def test_the_comment_column_says_code_and_message(demo: Mitmweb) -> None:
    comments = [row.comment for row in demo.rows()]
    for flow in FAILED:
        error = flow.errors[0]
        assert error.message in comments[flow.index]
        code = {True: f"{flow.status} ", False: f"{error.code} unknown code | "}[error.code is None] if not error.name else f"{error.name} | "
        assert comments[flow.index].startswith(code)
        assert not error.name or f" | code {error.code}" in comments[flow.index]


def test_the_column_of_comments_tells_errors_apart_without_the_user_doing_anything(demo: Mitmweb) -> None:
    """In what mitmweb shows of a comment; those of one name are alike."""
    starts = {row.comment[:15]: flow.errors[0].name or str(flow.errors[0].code) for flow, row in zip(FLOWS, demo.rows(), strict=True) if flow.errors}
    assert len(starts) == len({flow.errors[0].name or str(flow.errors[0].code) for flow in FAILED})


def test_cause_and_remedy_are_on_the_first_screen_of_a_laptop(demo: Mitmweb) -> None:
    demo.page.set_viewport_size({"width": 1366, "height": 768})
    for name in ("InvalidJSON", "UsernameTaken", "OperationForbidden"):
        (flow,) = named(name)
        _, text = demo.body(flow.index)
        first, *lines = text.splitlines()
        assert name in first
        assert lines[0].startswith("  Found    ")
        assert any(line.startswith("  Do       ") for line in lines[:3]), name
        top = demo.page.locator(".contentview pre").bounding_box()
        line = demo.page.locator(".contentview pre div").first.bounding_box()
        assert top
        assert line
        assert top["y"] + 4 * line["height"] / (1 if line["height"] < 40 else len(text.splitlines())) < 768


def test_every_error_of_a_batch_is_found_by_its_name(demo: Mitmweb) -> None:
    several = [flow for flow in FAILED if len(flow.errors) > 1]
    assert several
    for flow in several:
        for error in flow.errors:
            demo.search(f"~comment {error.name} & ~u {flow.path}")
            demo.await_rows(1)


@pytest.mark.parametrize("flow", FAILED, ids=situation)
def test_the_view_is_chosen_by_itself_for_an_error(demo: Mitmweb, flow: Known) -> None:
    name, text = demo.body(flow.index)
    assert name == VIEW
    for error in flow.errors:
        assert f"\u201c{error.message}\u201d" in " ".join(text.split())
    assert "\n  Do " in text
    assert text.partition("--- body as received ---")[2].strip()


@pytest.mark.parametrize("flow", SUCCEEDED, ids=situation)
def test_the_view_is_not_chosen_for_a_success(demo: Mitmweb, flow: Known) -> None:
    name, text = demo.body(flow.index)
    assert name == "JSON"
    assert json.loads(text)


def test_the_view_is_not_chosen_for_the_request_of_an_error(demo: Mitmweb) -> None:
    (flow,) = named("UsernameTaken")
    assert demo.body(flow.index, "Request")[0] == "JSON"


def test_the_view_names_the_cause_and_the_remedy(demo: Mitmweb) -> None:
    (flow,) = named("InvalidJSON")
    _, text = demo.body(flow.index)
    assert "\n  Found " in text
    assert "where" in text.partition("\n  Found ")[2].partition("\n  Do ")[0]


def test_the_comment_tab_shows_the_whole_comment(demo: Mitmweb) -> None:
    (flow,) = named("UsernameTaken")
    assert flow.errors[0].message in demo.show(flow.index, "Comment").inner_text()


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ('~comment "^ObjectNotFound "', named("ObjectNotFound")),
        ("~comment UsernameTaken", named("UsernameTaken")),
        ('~comment "^ObjectNotFound " & ~m PUT', named("ObjectNotFound")[:1]),
    ],
)
def test_the_search_field_finds_by_name(demo: Mitmweb, expression: str, wanted: tuple[Known, ...]) -> None:
    demo.search(expression)
    demo.await_rows(len(wanted))
    assert [row.method for row in demo.rows()] == [flow.method for flow in wanted]
    assert all(row.comment.startswith(f"{flow.errors[0].name} ") for flow, row in zip(wanted, demo.rows(), strict=True))


def test_a_flow_that_a_finding_cites_is_found_by_a_search_for_its_name(demo: Mitmweb) -> None:
    (flow,) = named("UsernameTaken")
    _, text = demo.body(flow.index)
    cited = re.search(r"\bflow ([0-9a-f]{8}) \[POST /parse/users \d\d:\d\d:\d\d UTC\]", " ".join(text.split()))
    assert cited
    demo.search(f"~comment {cited[1]} & ~c 201")
    demo.await_rows(1)
    (row,) = demo.rows()
    assert (row.method, row.path.partition("/parse")[2], row.marker) == ("POST", "/users", "")
    assert row.comment.startswith(f"flow {cited[1]}, cited by ")


def test_an_error_appears_while_the_page_is_open(page: Page) -> None:
    port = free_port()
    web = Mitmweb(page)
    answers = {"/parse/classes/Note/gone": (404, {"code": 101, "error": "Object not found."})}
    with stub_server(answers) as upstream:
        mode = ("--mode", f"reverse:http://127.0.0.1:{upstream}", "--listen-host", "127.0.0.1", "--listen-port", str(port))
        with mitmweb(*mode) as url:
            web.open(url, rows=0)
            assert web.rows() == []
            for path in ("/parse/classes/Note/here", "/parse/classes/Note/gone"):
                assert ask(port, path) == answers.get(path, (200, {}))[0]
            page.locator("td.col-comment", has_text="ObjectNotFound").wait_for()
            success, error = web.rows()
            name, text = web.body(1)
    assert (success.marker, success.comment) == ("", "")
    assert error.marker == "\N{MEMO}"
    assert error.comment.startswith("ObjectNotFound | ")
    assert error.comment.endswith(" | Object not found. | code 101")
    assert (name, text.splitlines()[0]) == (VIEW, "ObjectNotFound (101)   parse/ObjectNotFound")


def ask(port: int, path: str) -> int:
    """The status of the answer to an app's request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"X-Parse-Application-Id": "notes-app"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def test_the_command_bar_explains_a_code(demo: Mitmweb) -> None:
    said = demo.command("errors.explain parse/101")
    assert "\u2022 parse/ObjectNotFound: code 101 \u2022 means: " in said
    assert said[:2] != '"['
    assert "\\" not in said


def test_the_command_bar_says_what_no_catalog_knows(demo: Mitmweb) -> None:
    assert "No catalog knows 'ObjectNotFund'; did you mean parse/ObjectNotFound" in demo.command("errors.explain ObjectNotFund")


def test_the_command_bar_sums_up(demo: Mitmweb) -> None:
    said = demo.command("errors.summary").strip('"').split(" \u2022 ")
    assert said[0].startswith(f"{len(ERRORS)} backend errors of {len(said) - 1} kinds, ")
    assert len([line for line in said if line.endswith("POST /parse/batch")]) == 2
    assert "once, 1 user, at 12:29:39 UTC parse/InvalidSessionToken 209 GET /parse/users/me" in said


def exported(demo: Mitmweb, flows: str, path: Path) -> str:
    """The text of the file that the command wrote; it says where that is."""
    assert re.fullmatch(rf'"Wrote [\d,]+ errors? to {re.escape(str(path))}"', demo.command(f"errors.export {flows} '{path}'"))
    return path.read_text("utf-8")


def test_the_command_bar_exports_all_errors_as_lines(demo: Mitmweb, tmp_path: Path) -> None:
    records = [json.loads(line) for line in exported(demo, "@all", tmp_path / "all errors.jsonl").splitlines()]
    assert [(record.get("error.code"), record["error.message"]) for record in records] == [(as_text(error.code), error.message) for error in ERRORS]


def test_the_command_bar_exports_what_a_filter_by_name_selects(demo: Mitmweb, tmp_path: Path) -> None:
    lines = exported(demo, "'~meta \"baas.name: ObjectNotFound\"'", tmp_path / "found.jsonl").splitlines()
    assert {json.loads(line)["mitmproxy.flow_id"] for line in lines} == flow_ids(demo, named("ObjectNotFound"))


def flow_ids(demo: Mitmweb, flows: tuple[Known, ...]) -> set[str]:
    """The ids that mitmweb itself tells its page."""
    told = demo.page.evaluate("async () => (await (await fetch('./flows')).json()).map(flow => flow.id)")
    return {told[flow.index] for flow in flows}


def test_the_command_bar_exports_a_table(demo: Mitmweb, tmp_path: Path) -> None:
    exported(demo, "@all", tmp_path / "errors.csv")
    with open(tmp_path / "errors.csv", encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(ERRORS)


def test_the_command_bar_exports_the_requests_as_har(demo: Mitmweb, tmp_path: Path) -> None:
    entries = json.loads(exported(demo, "@all", tmp_path / "errors.har"))["log"]["entries"]
    assert [entry["response"]["status"] for entry in entries] == [flow.status for flow in FAILED]


def test_the_exported_page_opens_in_the_browser_without_complaint(demo: Mitmweb, page: Page, tmp_path: Path) -> None:
    exported(demo, "@all", tmp_path / "errors.html")
    complaints: list[str] = []
    asked_for: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked_for.append(request.url))
    page.goto((tmp_path / "errors.html").as_uri())
    shown = page.locator("body").text_content() or ""
    for error in ERRORS:
        assert error.message in shown
    assert complaints == []
    assert asked_for == [(tmp_path / "errors.html").as_uri()]


def test_the_command_bar_writes_tickets(demo: Mitmweb, tmp_path: Path) -> None:
    path = tmp_path / "ticket.md"
    assert demo.command(f"errors.ticket @all '{path}'") == f'"Wrote support tickets for {len(ERRORS)} errors to {path}"'
    text = path.read_text("utf-8")
    for error in ERRORS:
        assert error.message in text


def test_the_command_bar_says_why_a_file_was_not_written(demo: Mitmweb, tmp_path: Path) -> None:
    path = tmp_path / "ticket.pdf"
    assert "give a name that ends in .md" in demo.command(f"errors.ticket @all '{path}'")
    assert not path.exists()
