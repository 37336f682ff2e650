"""What tests of the diagnosis share: a rule that fails is noticed."""

from __future__ import annotations

import pytest
from baas_errors.diagnose import engine
from diagnose.toy import Desk


@pytest.fixture(autouse=True)
def faults_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "RAISE_FAULTS", True)


@pytest.fixture
def desk() -> Desk:
    return Desk()
