"""Rules for people, and the page that is made from them."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from baas_errors.catalog import Backend
from baas_errors.diagnose import Message, Rule, RuleContext
from baas_errors.render.rule_text import all_rules, facts_of

DOCS = Path(__file__).resolve().parents[2] / "docs"


def _check(ctx: RuleContext) -> Message | None:
    """Looks at the answer.

    Source: RFC 9110, section 15. Other causes: none,
    where the status is 404.
    """


def test_a_docstring_is_taken_apart() -> None:
    found = facts_of(Rule("toy", _check, ("NotFound",), (404,)), "parse")
    assert (found.looks_at, found.source, found.other_causes) == ("Looks at the answer.", "RFC 9110, section 15.", "none, where the status is 404.")
    assert found.explains == "NotFound; answers without a known code: HTTP 404"
    assert (found.title, facts_of(Rule("toy", _check), "every backend").title) == ("parse/toy", "toy")


def test_the_page_of_rules_is_fresh(backends: Mapping[str, Backend]) -> None:
    spec = importlib.util.spec_from_file_location("make_rules", DOCS / "make_rules.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert (DOCS / "rules.md").read_text("utf-8") == made.page(), "run `python docs/make_rules.py`"
    assert len(list(all_rules(backends))) == made.page().count("\n### ")
