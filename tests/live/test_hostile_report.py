"""The HTML report in a real browser, with code and markup in every fact: nothing of it runs, loads or becomes an element."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from baas_errors.formats import write
from hostile import CSV, HTML, MARKDOWN, MARKS, SHELL, TERMINAL, occurrence_of
from opened import Opened
from samples import make_occurrence

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.once

# Beside what the test's own means see, which is what the console tells.
WATCH = """
window.__wrong = [];
addEventListener("securitypolicyviolation", (event) => window.__wrong.push(`policy ${event.violatedDirective} ${event.sample}`));
addEventListener("error", (event) => window.__wrong.push(`error ${event.message}`));
"""
STATES = (
    "",
    *(
        "#" + urlencode({key: text})
        for key in ("q", "backend", "type", "fault", "open")
        for text in ("<img src=x onerror=window.__pwned=1>", "__proto__")
    ),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def wild(folder: Path) -> str:
    # A page of such a name, too.
    name = "<img src=x onerror=window.__pwned=1>.html"
    write(folder / name, [occurrence_of(text, make_occurrence()) for text in (*HTML, *TERMINAL, *CSV, *MARKDOWN, *SHELL, *MARKS)], notes=HTML)
    return name


def unfold_everything(page: Page) -> None:
    page.evaluate(
        """async () => {
            for (let round = 0; round < 8; round++) {
                for (const more of document.querySelectorAll("button.more")) more.click();
                for (const fold of document.querySelectorAll("details:not([open])")) fold.open = true;
                await new Promise((done) => setTimeout(done, 50));
            }
        }"""
    )


def assert_harmless(found: Opened) -> None:
    page = found.page
    assert found.wrong == []
    assert len(found.requested) == 1
    assert page.evaluate("window.__wrong") == []
    assert page.evaluate("window.__pwned") is None
    assert (
        page.evaluate("document.querySelectorAll('img, iframe, object, embed, form, base, link, video, audio, math, template, script[src]').length")
        == 0
    )
    assert page.evaluate("[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()).filter((n) => /^on|^style$|^src/.test(n))") == []
    links = page.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert [link for link in links if not re.fullmatch(r"#g\d+|https://a\.example/[?\w=.]*", link)] == []


@pytest.mark.parametrize("state", STATES)
def test_no_text_in_any_fact_acts(opened: Any, wild: str, state: str) -> None:
    found = opened(wild, state, init=WATCH)
    found.until("document.querySelector('.counter') !== null")
    if not state:
        unfold_everything(found.page)
        assert found.page.locator(".occ[open] .raw pre").count() > 150
        assert any("<script>window.__pwned=1</script>" in text for text in found.page.locator(".occ .facts dd").all_text_contents())
    assert_harmless(found)


def test_no_text_acts_in_filters_and_buttons(opened: Any, wild: str) -> None:
    found = opened(wild, init=WATCH, permissions=["clipboard-read", "clipboard-write"])
    page = found.page
    for label in ("All backends", "All types"):
        page.get_by_label(label).select_option("<script>window.__pwned=1</script>")
        assert found.counter().startswith("1 of ")
    found.open_first()
    page.get_by_role("button", name="Copy ticket").click()
    page.get_by_role("button", name="Copied").wait_for()
    page.get_by_role("button", name="Reset").click()
    found.search("<svg/onload=window.__pwned=1>")
    assert found.counter().startswith("1 of ")
    assert_harmless(found)


def test_no_text_becomes_an_element_without_scripts(opened: Any, wild: str) -> None:
    found = opened(wild, java_script_enabled=False)
    assert found.page.locator("img, iframe, object, embed, form, base, link, video, math, [onload], [onerror], [onfocus], [style]").count() == 0
    assert any("<script>window.__pwned=1</script>" in text for text in found.page.locator(".occ .facts dd").all_text_contents())
    assert (found.wrong, len(found.requested)) == ([], 1)
