"""What tests share: the shipped catalogs are read once."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import pytest
from baas_errors.catalog import Backend
from baas_errors.pipeline import Pipeline
from baas_errors.record import log_writer
from build import shipped_catalogs
from hypothesis import HealthCheck, settings

# The same examples in every run, and no clock: a busy machine is no fault of the code.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")
# Nor is a busy disk: a record is in the log when the addon has seen its exchange, however long that takes (see tests/record/test_log_writer.py).
log_writer.QUICK = 20.0


TESTS = Path(__file__).parent
# Folders of the quick inner loop, but for tests of generated input, and for what is marked `slow` or `live` where it stands.
CORE = frozenset(
    ["catalog", "decode", "detect", "diagnose", "exchange", "formats", "history", "record", "redact", "render", "reports", "sources", "text"]
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The inner loop does not even read the other tests."""
    inside = collection_path.relative_to(TESTS).parts
    return True if config.getoption("markexpr") == "core" and inside and inside[0] not in CORE else None


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """The whole inner loop runs on two cores unless `-n` says otherwise; -n0 is for what looks into this process: a debugger, coverage."""
    options = config.option
    whole = options.markexpr == "core" and config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if whole and not options.usepdb and not hasattr(config, "workerinput") and getattr(options, "numprocesses", 0) is None:
        options.numprocesses = 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many workers again as cores: many tests wait for the processes that they start."""
    cores = os.cpu_count() or 1
    return cores + (cores + 1) // 2


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """All tests of a file run in one worker, so that what the file starts, such as a server or a browser, is started once; files with slow tests
    first (see below), not those with many."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def pytest_collection_finish() -> None:
    """What was collected stays: the garbage collector need not look at it again and again. The options of this run, which all workers have read by
    now, are not those of a pytest that a test starts."""
    gc.freeze()
    os.environ.pop("PYTEST_ADDOPTS", None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks tests by their folder as `live`, `fuzz` or `core`, and those of generated input as `fuzz` wherever they stand."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in ("live", "fuzz"):
            item.add_marker(folder)
        elif getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("fuzz")
        elif folder in CORE and item.get_closest_marker("slow") is None and item.get_closest_marker("live") is None:
            item.add_marker("core")
    if hasattr(config, "workerinput"):
        # Begun first, so that no worker has one of these left when the others have ended.
        slow = {item.path for item in items if any(item.get_closest_marker(name) for name in ("slow", "live", "fuzz"))}
        items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def backends() -> dict[str, Backend]:
    """The shipped catalogs, by id."""
    return shipped_catalogs()


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


@pytest.fixture(scope="session")
def pocketbase(backends: dict[str, Backend]) -> Backend:
    return backends["pocketbase"]


@pytest.fixture
def pipeline(backends: dict[str, Backend]) -> Pipeline:
    """A pipeline over the shipped catalogs, whose pseudonyms are the same in every run."""
    return Pipeline(backends, pseudonym_key=b"key of the tests")
