"""What CONTRIBUTING.md says of the rooms is so."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from documents import ROOT, words_in

PACKAGE = ROOT / "addons" / "baas_errors"
TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
TABLE = TEXT.partition("| room in `addons/baas_errors/` |")[2].partition("\n\n")[0]
ROOMS = [word.strip("/") for line in TABLE.splitlines() if line.startswith("| `") for word in words_in(line.split("|")[1])]
# What the text names as the exception.
ALLOWED = {("sources", "mitm")}


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    """Every module of a room: the room's name, the file, its code."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0]
        if room in ROOMS:
            yield room, path, ast.parse(path.read_text("utf-8"))


def rooms_of(path: Path, code: ast.Module) -> Iterator[str]:
    """The rooms from which a module imports; what is imported for a type checker only does not count."""
    folder = path.relative_to(PACKAGE).parent.parts
    unseen = {inner for node in ast.walk(code) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test) for inner in ast.walk(node)}
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom) and node.level and node not in unseen:
            target = [*folder[: len(folder) - node.level + 1], *(node.module or "").split(".")]
            for name in [target[0]] if target[0] else [alias.name for alias in node.names]:
                yield name if name in ROOMS else f"{name}.py"


def test_every_room_is_in_the_table() -> None:
    there = {path.name for path in PACKAGE.iterdir() if path.is_dir() and list(path.glob("*.py"))}
    assert there <= set(ROOMS)
    assert {room for room in ROOMS if not (PACKAGE / room).exists()} == set()


def test_a_room_imports_only_from_rooms_above_it() -> None:
    upward = {
        (room, other)
        for room, path, code in modules()
        for other in rooms_of(path, code)
        if other in ROOMS and ROOMS.index(other) > ROOMS.index(room) and {room, other} != {"reports", "formats"}
    }
    assert upward == ALLOWED


def test_only_the_adapter_imports_mitmproxy() -> None:
    importing = set()
    for room, _, code in modules():
        for node in ast.walk(code):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            importing |= {room for name in names if name.split(".")[0] == "mitmproxy"}
    assert importing == {"mitm"}


def test_what_is_about_mitmproxy_runs_on_every_version() -> None:
    files = {path.relative_to(ROOT / "tests"): path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    marked = [path for path, source in files.items() if re.search(r"mark\.(?:once|twice)\b", source)]
    assert marked
    assert [str(path) for path in marked if path.parts[0] == "mitm" or "mitmweb" in path.name or "inject" in path.name] == []
    assert all(f"| `{name}` |" in TEXT for name in ("once", "twice"))


def test_ci_leaves_out_by_mark_on_the_old_versions_only() -> None:
    lines = re.findall(r"^run_on (\S+) .* (?:'(.*)'|\"\")$", (ROOT / ".ci" / "run").read_text("utf-8"), re.M)
    assert lines == [("oldest-11", "not once"), ("newest-11", "not once and not twice"), ("newest-12", "")]


def test_a_pytest_that_a_test_starts_has_no_options_of_this_run() -> None:
    assert "PYTEST_ADDOPTS" not in os.environ
