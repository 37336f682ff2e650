"""The addon works without the modules that mitmproxy's standalone binaries leave out, and its core without mitmproxy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import absent_modules
import pytest
from absent_modules import ABSENT, ADDONS
from demo import DEMO, ERRORS

SOURCES = sorted(ADDONS.rglob("*.py"))
PROGRAM = Path(absent_modules.__file__)


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The program that hides the modules, in a Python of its own."""
    command = [sys.executable, "-B", str(PROGRAM), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)


def imports(source: Path) -> Iterator[str]:
    """The full names of what a file imports, anywhere in it; `from a import b` may mean a module a.b."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(ADDONS).as_posix())
def test_no_file_imports_an_absent_module(source: Path) -> None:
    assert [name for name in imports(source) if f"{name}.".startswith(tuple(f"{absent}." for absent in ABSENT))] == []


def test_the_core_loads_without_them_and_without_mitmproxy(tmp_path: Path) -> None:
    done = run("core", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    wanted = {
        ".".join(source.relative_to(ADDONS).with_suffix("").parts).removesuffix(".__init__")
        for source in SOURCES
        if source.name not in ("__main__.py", "errors.py") and "mitm" not in source.relative_to(ADDONS).parts
    }
    assert set(done.stdout.split()) == wanted - {"baas_errors"}


def test_mitmdump_with_the_addon_works_without_them(tmp_path: Path) -> None:
    exports = [f"errors_export=all.{suffix}" for suffix in ("jsonl", "csv", "md", "html", "har")]
    settings = [part for setting in ("confdir=.", "flow_detail=0", "errors_log=errors.jsonl", *exports) for part in ("--set", setting)]
    done = run("mitmdump", "-s", str(ADDONS / "errors.py"), "-n", "-r", str(DEMO), *settings, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(ERRORS)} backend errors" in done.stdout
    assert len((tmp_path / "errors.jsonl").read_text("utf-8").splitlines()) >= len(ERRORS)
    assert {path.suffix for path in tmp_path.glob("all.*")} == {".jsonl", ".csv", ".md", ".html", ".har"}


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_absent_is_missed(tmp_path: Path, name: str) -> None:
    # Without this, a gate that lets everything through would pass the tests above.
    script = tmp_path / "wants.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(PROGRAM.parent)!r})\nfrom absent_modules import close_gate\nclose_gate()\nimport {name}\n"
    )
    done = subprocess.run([sys.executable, "-B", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"No module named {name!r} in the standalone binaries" in done.stderr
