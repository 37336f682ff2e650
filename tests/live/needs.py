"""What the live tests need beside Python, and what becomes of a test whose component is missing.

On a user's machine the test is skipped and says what it lacks. Where the environment variable CI is set it fails instead: there a
component that went missing would otherwise look like success.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _postgresql() -> bool:
    """Debian keeps PostgreSQL's programs out of PATH, in one folder a version."""
    return shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


ROOT = Path(__file__).resolve().parents[2]

COMPONENTS: Mapping[str, Callable[[], bool]] = {
    "a clone of the repository": (ROOT / ".git").exists,
    "chromium": _program("chromium"),
    "curl": _program("curl"),
    "git": _program("git"),
    "jsonschema": lambda: importlib.util.find_spec("jsonschema") is not None,
    "node": _program("node"),
    "npm": _program("npm"),
    "pocketbase": lambda: Path(sys.executable).with_name("pocketbase").exists() or shutil.which("pocketbase") is not None,
    "playwright": lambda: importlib.util.find_spec("playwright") is not None,
    "postgresql": _postgresql,
    "requests": lambda: importlib.util.find_spec("requests") is not None,
    "tmux": _program("tmux"),
    "xmlschema": lambda: importlib.util.find_spec("xmlschema") is not None,
}


def in_ci() -> bool:
    """Whether the environment says that this is a CI run."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")


def missing(*names: str) -> list[str]:
    """Which of these components this machine lacks. Raises KeyError for a name that is not in COMPONENTS."""
    return [name for name in names if not COMPONENTS[name]()]


def need(*names: str) -> None:
    """Returns if all these components are there; otherwise skips the test, or fails it in CI."""
    if lacking := missing(*names):
        _absent(f"This machine lacks {' and '.join(lacking)}, which the test needs.")


def need_request(variable: str, why: str) -> None:
    """Returns in CI, or if the environment variable is set; otherwise skips the test. For tests that are too slow for every run."""
    if not (in_ci() or os.environ.get(variable)):
        pytest.skip(f"{why}; set {variable}=1 to run it.")


def _absent(text: str) -> None:
    if in_ci():
        pytest.fail(f"{text} CI is set, so this is a failure and not a skip.", pytrace=False)
    pytest.skip(text)
