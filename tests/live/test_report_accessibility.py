"""The HTML report checked by axe-core in Chromium: no violation of any rule, in every state that readers bring it into."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.formats import write
from baas_errors.pipeline import Pipeline
from baas_errors.record import Finding
from baas_errors.reports.collect import collect
from demo import DEMO
from needs import need
from opened import Opened
from processes import npm_install
from samples import make_clean, make_occurrence

pytestmark = pytest.mark.once

# All of them: those of WCAG and those that axe calls best practice.
RUN = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    need("npm")
    modules = npm_install("axe", Path(__file__).resolve().parent / "axe" / "package.json")
    return (modules / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    write(folder / "demo.html", collect([str(DEMO)], Pipeline(load_catalogs()), []), notes=["a.har: entry 3 was skipped."])
    faults = ("request", "auth", "permission", "quota", "config", "server", "script", "client", "")
    kinds = [
        make_occurrence(make_clean(), fault=fault, url_template=f"/{fault}", user=fault, status=status, findings=(Finding("r", f"It is `{fault}`."),))
        for fault, status in zip(faults, (200, 301, 404, 429, 500, 503, None, 400, 403), strict=True)
    ]
    long = make_clean(request_body="\n".join(map(str, range(200))), request_headers=tuple((f"X-{n}", "x" * 200) for n in range(60)))
    beside = [make_occurrence(long, timestamp=f"2024-05-01T10:00:0{n}.000Z")._replace(worked=make_clean(), source="a.har") for n in range(3)]
    write(folder / "kinds.html", [*kinds, *beside])
    write(folder / "none.html", [])
    # axe itself needs scripts: what readers without them see is the page without its own.
    text = (folder / "kinds.html").read_text("utf-8")
    (folder / "plain.html").write_text(re.sub(r"<noscript>(.*?)</noscript>", r"\1", text[: text.rindex("<script>")]), "utf-8")
    return folder


def violations(found: Opened, axe: str) -> list[str]:
    found.page.evaluate(axe)
    return list(found.page.evaluate(RUN))


def unfold(found: Opened) -> None:
    """Opens the first group and its first occurrence, with all that can be opened in it, and the lists above."""
    found.page.evaluate("document.querySelectorAll('.overview details').forEach((part) => { part.open = true; })")
    found.open_first()
    found.page.evaluate("document.querySelectorAll('.group[open] .occ[open] details').forEach((part) => { part.open = true; })")


@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, {"viewport": {"width": 375, "height": 800}}, {"viewport": {"width": 375, "height": 800}, "color_scheme": "dark"}],
)
@pytest.mark.parametrize("name", ["demo.html", "kinds.html", "plain.html", "none.html"])
def test_axe_finds_no_violation(opened: Any, axe: str, name: str, options: dict[str, Any]) -> None:
    found = opened(name, **options)
    if name in ("demo.html", "kinds.html"):
        found.until("!document.getElementById('bar').hidden")
    assert violations(found, axe) == []
    if name != "none.html":
        unfold(found)
        assert violations(found, axe) == []


def test_axe_finds_no_violation_in_what_a_search_leaves(opened: Any, axe: str) -> None:
    found = opened("kinds.html")
    found.page.locator("#legend button").first.click()
    assert violations(found, axe) == []
    found.search("nowhere")
    assert violations(found, axe) == []
    assert found.page.locator(".nothing").is_visible()


def test_axe_finds_violations_where_there_are_some(opened: Any, axe: str) -> None:
    found = opened("kinds.html")
    found.page.evaluate("document.querySelector('h1').style.color = 'lightgray'; document.documentElement.removeAttribute('lang')")
    assert {text.partition(":")[0] for text in violations(found, axe)} == {"color-contrast", "html-has-lang"}
