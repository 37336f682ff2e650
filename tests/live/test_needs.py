"""A missing component skips a test on a user's machine, and fails it in CI."""

from __future__ import annotations

import needs
import pytest


@pytest.fixture(autouse=True)
def without_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setitem(needs.COMPONENTS, "abacus", lambda: False)
    monkeypatch.setitem(needs.COMPONENTS, "python", lambda: True)


@pytest.mark.parametrize("value", [None, "", "0", "false"])
def test_on_a_users_machine_a_missing_component_skips(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    if value is not None:
        monkeypatch.setenv("CI", value)
    with pytest.raises(pytest.skip.Exception, match="lacks abacus"):
        needs.need("python", "abacus")


@pytest.mark.parametrize("value", ["true", "1"])
def test_in_ci_a_missing_component_fails(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CI", value)
    with pytest.raises(pytest.fail.Exception, match="lacks abacus"):
        needs.need("python", "abacus")


def test_a_component_that_is_there_lets_the_test_run() -> None:
    assert needs.missing("python") == []
    needs.need("python")


def test_a_slow_test_waits_for_being_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAAS_ERRORS_SLOW", raising=False)
    with pytest.raises(pytest.skip.Exception, match="takes long; set BAAS_ERRORS_SLOW=1"):
        needs.need_request("BAAS_ERRORS_SLOW", "takes long")
    monkeypatch.setenv("BAAS_ERRORS_SLOW", "1")
    needs.need_request("BAAS_ERRORS_SLOW", "takes long")


def test_ci_asks_for_the_slow_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAAS_ERRORS_SLOW", raising=False)
    monkeypatch.setenv("CI", "true")
    needs.need_request("BAAS_ERRORS_SLOW", "takes long")
