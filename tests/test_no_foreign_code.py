"""No network of its own, and no code or template from an answer or a catalog: what the source may import, and what it must not call."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from matrix import in_one_test

ADDONS = Path(__file__).resolve().parent.parent / "addons"
SOURCES = sorted(path for path in ADDONS.rglob("*.py"))

# Modules that open connections, start programs, run code, or revive objects from bytes.
_MODULES = """
    socket ssl select selectors socketserver urllib.request urllib.robotparser urllib3 requests httpx aiohttp http.client http.server
    ftplib smtplib poplib imaplib telnetlib nntplib xmlrpc webbrowser dns mitmproxy_rs
    subprocess multiprocessing concurrent pty ctypes cffi code codeop runpy pickle marshal shelve dbm copyreg jinja2 string
"""
_CALLS = """
    eval exec compile __import__ breakpoint input globals
    system popen startfile fork forkpty posix_spawn posix_spawnp execl execle execlp execlpe execv execve execvp execvpe
    spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe create_subprocess_exec create_subprocess_shell subprocess_exec subprocess_shell
    open_connection open_unix_connection start_server start_unix_server create_connection create_server create_datagram_endpoint sock_connect
    urlopen getaddrinfo gethostbyname gethostbyaddr run_in_executor to_thread
    import_module reload exec_module load_module spec_from_file_location format_map vformat from_string
"""
FORBIDDEN_MODULES, FORBIDDEN_CALLS = frozenset(_MODULES.split()), frozenset(_CALLS.split())
# Both have harmless namesakes, so that not their import counts but their call.
BY_CALL_ONLY = frozenset(["compile", "import_module"])
# What looks forbidden and is not, by file and name: what is imported or filled in stands in a table beside it.
ALLOWED = {
    # It runs what the user asks for, and mitmdump.
    ("baas_errors/cli/run.py", "subprocess"),
    ("baas_errors/diagnose/engine.py", "import_module"),
    # The readers of formats, by a table of ours.
    ("baas_errors/sources/detect.py", "import_module"),
    ("baas_errors/mitm/content_encoding.py", "import_module"),
    ("baas_errors/diagnose/all_backends/transport.py", "format"),
    ("baas_errors/diagnose/all_backends/gateways.py", "format"),
    # The method of a logging.Formatter.
    ("baas_errors/mitm/terminal.py", "format"),
    ("baas_errors/diagnose/parse/fields.py", "format"),
}


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_under(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def faults(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of whatever is forbidden."""
    for node in ast.walk(ast.parse(source)):
        for name in imported(node):
            yield from ((node.lineno, module) for module in FORBIDDEN_MODULES if is_under(name, module))
            if (last := name.rpartition(".")[2]) in FORBIDDEN_CALLS - BY_CALL_ONLY:
                yield node.lineno, last
        if isinstance(node, ast.Name) and node.id in FORBIDDEN_CALLS:
            # A call, or a name for one: `run = eval`.
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_CALLS and not is_pattern(node):
            yield node.lineno, node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format" and not is_literal(node.func.value):
            yield node.lineno, "format"


def is_pattern(node: ast.Attribute) -> bool:
    return node.attr == "compile" and isinstance(node.value, ast.Name) and node.value.id == "re"


def is_literal(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@in_one_test("path", SOURCES, ids=lambda path: str(path.relative_to(ADDONS)))
def test_nothing_forbidden_is_in_the_source(path: Path) -> None:
    name = path.relative_to(ADDONS).as_posix()
    assert [fault for fault in faults(path.read_text("utf-8")) if (name, fault[1]) not in ALLOWED] == []


def test_every_exception_is_needed() -> None:
    found = {(name, what) for name, _ in ALLOWED for _, what in faults((ADDONS / name).read_text("utf-8"))}
    assert found == ALLOWED


def test_only_the_standard_library_and_mitmproxy_are_imported() -> None:
    # Brotli and Zstandard unpack bodies, certifi has the usual certificates; they come with mitmproxy.
    known = {*sys.stdlib_module_names, "baas_errors", "mitmproxy", "brotli", "certifi", "zstandard"}
    found = {name.partition(".")[0] for path in SOURCES for node in ast.walk(ast.parse(path.read_text("utf-8"))) for name in imported(node)}
    assert found - known == set()
    assert len(found) > 20


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("import socket", "socket"),
        ("from urllib import request", "urllib.request"),
        ("from urllib.request import Request", "urllib.request"),
        ("import http.client as h", "http.client"),
        ("def f():\n    import pickle", "pickle"),
        ("from os import system", "system"),
        ("import os\nos.popen('x')", "popen"),
        ("eval(x)", "eval"),
        ("run = exec", "exec"),
        ("compile(x, '', 'exec')", "compile"),
        ("import asyncio\nasyncio.open_connection('a', 1)", "open_connection"),
        ("from importlib import import_module\nimport_module(name)", "import_module"),
        ("says.format(x)", "format"),
        ("from string import Template", "string"),
    ],
)
def test_what_is_forbidden_is_found(source: str, fault: str) -> None:
    assert fault in [what for _, what in faults(source)]


HARMLESS = (
    "import re\nre.compile('a')",
    "'{}'.format(1)",
    "f'{x}'",
    "options.format",
    "from mitmproxy import http",
    "from urllib.parse import quote",
)


@pytest.mark.parametrize("source", HARMLESS)
def test_what_is_harmless_is_not(source: str) -> None:
    assert list(faults(source)) == []
