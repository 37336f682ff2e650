"""What tests share: the shipped catalogs are read once."""

from __future__ import annotations

import pytest
from baas_errors.catalog import Backend, load_catalogs
from baas_errors.pipeline import Pipeline
from hypothesis import HealthCheck, settings

# The same examples in every run, and no clock: a busy machine is no fault of the code.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(scope="session")
def backends() -> dict[str, Backend]:
    """The shipped catalogs, by id."""
    return load_catalogs()


@pytest.fixture(scope="session")
def kinvey(backends: dict[str, Backend]) -> Backend:
    return backends["kinvey"]


@pytest.fixture(scope="session")
def parse_server(backends: dict[str, Backend]) -> Backend:
    return backends["parse"]


@pytest.fixture(scope="session")
def bkend(backends: dict[str, Backend]) -> Backend:
    return backends["bkend"]


@pytest.fixture(scope="session")
def everlive(backends: dict[str, Backend]) -> Backend:
    return backends["backend-services"]


@pytest.fixture
def pipeline(backends: dict[str, Backend]) -> Pipeline:
    """A pipeline over the shipped catalogs, whose pseudonyms are the same in every run."""
    return Pipeline(backends, pseudonym_key=b"key of the tests")
