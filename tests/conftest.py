"""What tests share: the shipped catalogs are read once."""

from __future__ import annotations

from pathlib import Path

import pytest
from baas_errors.catalog import Backend, load_catalogs
from baas_errors.pipeline import Pipeline
from hypothesis import HealthCheck, settings

# The same examples in every run, and no clock: a busy machine is no fault of the code.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("steady"), max_examples=20)


def pytest_configure(config: pytest.Config) -> None:
    """The inner loop (`-m core`) tries fewer generated examples."""
    settings.load_profile("quick" if config.getoption("markexpr") == "core" else "steady")


# Folders of the quick inner loop; what takes long in them is marked `slow` where it stands.
CORE = frozenset(
    ["catalog", "decode", "detect", "diagnose", "exchange", "formats", "history", "record", "redact", "render", "reports", "sources", "text"]
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by their folder: `live`, `fuzz`, and `core` for what is neither slow nor starts a process."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        if folder in ("live", "fuzz"):
            item.add_marker(folder)
        elif folder in CORE and item.get_closest_marker("slow") is None and item.get_closest_marker("live") is None:
            item.add_marker("core")


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
