"""What tests of the diagnosis share: a rule that fails is noticed, and each row of a table is a test case."""

from __future__ import annotations

import pytest
from baas_errors.diagnose import engine
from diagnose.toy import Desk


@pytest.fixture(autouse=True)
def faults_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "RAISE_FAULTS", True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    rows = getattr(metafunc.cls, "rows", None)
    if rows is not None and "row" in metafunc.fixturenames:
        assert rows, f"{metafunc.cls} has no rows"
        metafunc.parametrize("row", rows, ids=lambda row: row.id)


@pytest.fixture
def desk() -> Desk:
    return Desk()
