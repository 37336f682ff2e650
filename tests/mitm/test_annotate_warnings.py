"""Warnings on flows: told once for an app and host, and what the user wrote stays."""

from __future__ import annotations

from typing import Any

import pytest
from baas_errors.catalog import Backend
from baas_errors.exchange import Exchange
from baas_errors.mitm.annotate import WARNED, WARNING, Warned, WarnedBefore, annotate_warning
from baas_errors.record import Finding
from build import make_exchange, make_facts
from mitmproxy.test import tflow
from mitmproxy.utils import emoji

OLD, CLEAR = Finding("old-api-version", "The version is old."), Finding("credentials-in-the-clear", "Credentials\nin the clear.")


@pytest.fixture
def item() -> Any:
    flow = tflow.tflow(resp=True)
    flow.comment = flow.marked = ""
    flow.metadata.clear()
    return flow


def exchange(path: str = "/appdata/kid_Toys01/books", host: str = "baas.kinvey.com") -> Exchange:
    return make_exchange(200, {}, url=f"https://{host}{path}")


def test_the_marker_is_one_of_mitmproxys():
    assert WARNED in emoji.emoji


class TestWarnedBefore:
    def test_a_kind_is_new_once(self, kinvey: Backend) -> None:
        before = WarnedBefore()
        assert before.told(make_facts(exchange(), kinvey), [OLD]).new == (OLD,)
        assert before.told(make_facts(exchange("/appdata/kid_Toys01/films"), kinvey), [OLD]).new == ()

    def test_a_kind_that_was_told_is_still_named(self, kinvey: Backend) -> None:
        before = WarnedBefore()
        before.told(make_facts(exchange(), kinvey), [OLD])
        assert before.told(make_facts(exchange(), kinvey), [OLD, CLEAR]) == Warned(
            ("old-api-version", "credentials-in-the-clear"), (CLEAR,), "kinvey: warning for app kid_Toys01 at baas.kinvey.com"
        )

    @pytest.mark.parametrize("other", [exchange("/appdata/kid_Tools02/books"), exchange(host="acme-baas.kinvey.com")], ids=["app", "host"])
    def test_it_is_new_again_for_another(self, kinvey: Backend, other: Exchange) -> None:
        before = WarnedBefore()
        before.told(make_facts(exchange(), kinvey), [OLD])
        assert before.told(make_facts(other, kinvey), [OLD]).new == (OLD,)

    def test_the_log_has_a_line_for_each(self, kinvey: Backend) -> None:
        assert WarnedBefore().told(make_facts(exchange(), kinvey), [OLD, CLEAR]).lines == (
            "kinvey: warning for app kid_Toys01 at baas.kinvey.com: The version is old. [old-api-version]",
            "kinvey: warning for app kid_Toys01 at baas.kinvey.com: Credentials in the clear. [credentials-in-the-clear]",
        )

    def test_without_an_app_the_host_is_named(self, kinvey: Backend) -> None:
        assert WarnedBefore().told(make_facts(exchange("/"), kinvey), [OLD]).place == "kinvey: warning for baas.kinvey.com"


class TestAnnotation:
    NEW = Warned(("old-api-version", "credentials-in-the-clear"), (OLD, CLEAR), "kinvey: x")

    def test_a_new_warning_marks_comments_and_tags(self, item: Any) -> None:
        annotate_warning(item, self.NEW)
        assert item.marked == WARNED
        assert item.comment == "The version is old. | Credentials in the clear."
        assert item.metadata == {WARNING: "old-api-version, credentials-in-the-clear", "baas.marker": WARNED, "baas.comment": item.comment}

    def test_one_that_was_told_only_tags(self, item: Any) -> None:
        annotate_warning(item, Warned(("old-api-version",), (), "kinvey: x"))
        assert (item.marked, item.comment) == ("", "")
        assert item.metadata == {WARNING: "old-api-version"}

    def test_what_the_user_wrote_stays(self, item: Any) -> None:
        item.marked, item.comment = ":mag:", "mine"
        annotate_warning(item, self.NEW)
        assert (item.marked, item.comment) == (":mag:", "mine")

    def test_a_second_run_leaves_it(self, item: Any) -> None:
        annotate_warning(item, self.NEW)
        item.marked = item.comment = ""
        annotate_warning(item, self.NEW)
        assert (item.marked, item.comment) == ("", "")

    def test_a_flow_can_still_be_saved(self, item: Any) -> None:
        annotate_warning(item, Warned(("old-api-version",), (Finding("x", "lone \ud800"),), "kinvey: x"))
        item.comment.encode()
