"""Every command that README.md and docs/ show is run as it stands there.

What cannot be run is read by the program's own parser, or is listed with a reason. A command that no test knows fails one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from baas_errors.cli import main, parser
from documents import CODE, COMMANDS, FENCES, ROOT, START, TEST, commands_in
from errors import BackendErrors
from inside import DEMO, demo_read
from live.processes import free_port
from live.stub import stub_server
from mitmproxy import flowfilter
from mitmproxy.options import Options
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import taddons
from mitmproxy.tools import cmdline, dump
from mitmproxy.tools.web import webaddons

pytestmark = pytest.mark.live

PATIENCE = 60

# The examples for CI: the lines of each belong together.
RECORDINGS = [block for _, block in FENCES if "baas-errors run " in block]
RECORDED = dict.fromkeys(line for block in RECORDINGS for line in commands_in(block))
INSTALLED = "installs mitmproxy; tests/live/test_first_run.py runs it"

# Commands that no test below runs, and why.
NOT_RUN = {
    START: INSTALLED,
    TEST: "these tests are among what it runs; CI and tests/live/test_first_run.py run it",
    **dict.fromkeys((text for text in [*COMMANDS, *CODE] if text.startswith(("pipx ", "uv ", "uvx ", "pip install --upgrade"))), INSTALLED),
    **dict.fromkeys(RECORDED, "one line of an example for CI; TestRecording runs all of it"),
    **dict.fromkeys((text for text in CODE if re.match(r"baas-errors run\b", text)), "TestRecording runs its like"),
    **dict.fromkeys((line for line in COMMANDS if line.startswith("--set errors_inject=")), "tests/live/test_inject_recipes.py runs it"),
    "python -m baas_errors": "tests/cli/test_module.py runs it",
    "python3 -m baas_errors explain parse 209": "tests/cli/test_module.py runs it",
    "emulator -avd NAME -http-proxy http://127.0.0.1:8080": "needs Android's emulator",
    "xcrun simctl keychain booted add-root-cert ~/.mitmproxy/mitmproxy-ca-cert.pem": "needs a Mac",
    "curl -x http://127.0.0.1:8080 --cacert ~/.mitmproxy/mitmproxy-ca-cert.pem https://api.example.com/": "needs a server on the network",
    "mitmweb --mode local:NAME -s addons/errors.py": "takes over the traffic of this computer, as its administrator; its options are read below",
    **dict.fromkeys((text for text in COMMANDS if text.startswith("curl -x http://127.0.0.1:8080 -H")), "TestErrorsOnDemand runs it"),
    "mitmdump -nr": "named as what something is compared with",
    "python tests/bench --only check": "takes minutes; tests/bench/README.md tells of it",
    "python tests/bench": "takes a quarter of an hour; tests/bench/README.md tells of it",
    "python tests/field": "tests/field/test_field.py plays the same cases",
    "python -m pytest -s tests/diagnose/test_without_own_rules.py": "a test",
    "python -m pytest -s tests/live/test_pocketbase.py": "a test",
    **dict.fromkeys(("curl -v", "curl -i", "curl -v URL > answer.txt 2>&1"), "tests/sources reads what it prints"),
    "--python 3.13": "an option of uv",
    "~websocket": "the demonstration has no WebSocket",
    "~meta": "named as what mitmweb's search field does not know",
    "~comment": "named without an argument",
    "~/.mitmproxy/mitmproxy-ca-cert.pem": "a file",
    "~/.mitmproxy/config.yaml": "a file",
}

# What a command ends with, where that is not 0: the demonstration holds errors.
STATUS = {
    ".venv/bin/baas-errors check tests/captures/demo.mitm --allow parse/ObjectNotFound": 1,
    "baas-errors check capture.har": 1,
    "baas-errors check --reactions errors.jsonl": 1,
    "baas-errors check capture.har --format json": 1,
    ".venv/bin/mitmdump -s addons/errors.py --set errors_exit_code=true --set errors_export=report.html -nr tests/captures/demo.mitm": 1,
}

# What stands in the files that a command writes, by words of the command, where it is not an error of the demonstration.
WRITTEN = {"capture.har": "table-not-found", "--new": "\n[[entry]]\n"}

ON_DEMAND = re.compile(r"curl -x \S+ -H 'X-Parse-Application-Id: app' ")
PROGRAM = re.compile(
    r"(?:\.venv/bin/)?(mitmdump|mitmweb|mitmproxy|baas-errors|python3?|pip|pipx|uv|git|npm|npx|adb|emulator|xcrun|curl|docker|brew)\s\S"
)
OURS = re.compile(r"(?:\.venv/bin/)?(?:mitmdump|mitmweb|mitmproxy|baas-errors)\s")
# What the first command starts when all is set up.
DEMONSTRATION = START.rpartition(" && ")[2]
TYPED = list(dict.fromkeys([*COMMANDS, DEMONSTRATION, *(text for text in CODE if PROGRAM.match(text))]))
RUN = [text for text in TYPED if text not in NOT_RUN]


def serves(text: str) -> bool:
    """Whether a command goes on until somebody ends it."""
    words = shlex.split(text)
    return "mitmweb" in words[0] or "mitmproxy" in words[0] or ("mitmdump" in words[0] and not any(word in ("-nr", "-n") for word in words))


ENDING = [text for text in RUN if OURS.match(text) and not serves(text)]
SERVING = [text for text in RUN if OURS.match(text) and serves(text)]
OPTIONS = [text for text in CODE if re.match(r"--?[a-z]", text) and text not in NOT_RUN]
TYPED_INSIDE = [text for text in CODE if re.match(r"errors\.[a-z]+(?:\s|$)", text) and text not in ("errors.jsonl", "errors.py")]
FILTERS = [text for text in CODE if text.startswith("~") and text not in NOT_RUN]


def placed(text: str) -> str:
    """A command in which this checkout stands for the reader's clone."""
    return text.replace("/path/to/clone", shlex.quote(str(ROOT)))


@dataclass(frozen=True, slots=True)
class Clone:
    """What a reader has: a clone, the programs in its .venv, a home folder, the files that the examples name."""

    folder: Path
    environment: dict[str, str]

    def run(self, text: str) -> subprocess.CompletedProcess[str]:
        """A command as it is typed, until it ends."""
        return subprocess.run(
            ["bash", "-c", placed(text)], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            encoding="utf-8", timeout=PATIENCE, check=False,
        )  # fmt: skip


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    folder, home = tmp_path / "clone", tmp_path / "home"
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (home / ".mitmproxy").mkdir(parents=True)
    # Other ports than the usual ones, which may be taken here; all else is as the command says.
    settings = ["listen_host: 127.0.0.1", f"listen_port: {free_port()}", "web_host: 127.0.0.1", f"web_port: {free_port()}", "web_open_browser: false"]
    (home / ".mitmproxy" / "config.yaml").write_text("\n".join(settings) + "\n")
    for name in ("addons", "catalogs", "tests"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("mitmdump", "mitmweb", "mitmproxy"):
        (programs / name).symlink_to(Path(sys.executable).with_name(name))
    (programs / "baas-errors").write_text(f'#!/bin/sh\nPYTHONPATH={ROOT / "addons"} exec {shlex.quote(sys.executable)} -m baas_errors "$@"\n')
    (programs / "baas-errors").chmod(0o755)
    shutil.copy(ROOT / "tests" / "captures" / "har" / "firefox.har", folder / "capture.har")
    (folder / "my-backend.toml").write_text('format = 1\n[backend]\nid = "mine"\ntitle = "Mine"\n')
    assert main(["report", str(DEMO), "-o", str(folder / "errors.jsonl")]) == 0
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return Clone(folder, os.environ | {"HOME": str(home), "PATH": path, "PYTHONUNBUFFERED": "1"})


def written_by(text: str) -> list[str]:
    """The files that a command is told to write."""
    return re.findall(r"(?:-o |errors_export=|-w )(\S+)", text)


class TestShell:
    def test_every_command_is_known_to_a_test(self) -> None:
        assert [text for text in TYPED if text not in NOT_RUN and text not in ENDING and text not in SERVING] == []
        assert len(ENDING) > 8
        assert len(SERVING) > 3

    def test_every_block_is_one_of_commands(self) -> None:
        assert {language for language, _ in FENCES} == {"sh", "console"}

    def test_no_exception_is_left_over(self) -> None:
        shown = "\n".join([*COMMANDS, *CODE])
        assert [text for text in [*NOT_RUN, *STATUS] if text not in shown] == []

    @pytest.mark.parametrize("text", ENDING)
    def test_a_command_that_ends(self, text: str, clone: Clone) -> None:
        (wanted,) = [word for words, word in WRITTEN.items() if words in text] or ["InvalidSessionToken"]
        for name in written_by(text):
            # The catalog that other examples read is not there before it is begun.
            if "--new" in text:
                (clone.folder / name).unlink()
            assert not (clone.folder / name).exists()
        ended = clone.run(text)
        assert (ended.returncode, ended.stderr) == (STATUS.get(text, 0), "")
        assert ended.stdout.strip()
        assert "Traceback" not in ended.stdout
        for name in written_by(text):
            assert wanted in (clone.folder / name).read_text("utf-8")

    @pytest.mark.parametrize("text", SERVING)
    def test_a_command_that_serves(self, text: str, clone: Clone) -> None:
        with serving(text, clone) as output:
            said = wait_until_it_listens(output, page="mitmweb" in text, proxy=not {"-n", "-q"} & set(shlex.split(text)))
            if "-q" in shlex.split(text):
                wait_for_port(clone)
        assert re.search(r"(?i)traceback|\berror:|addon error|fault|deprecated", said) is None, said


class TestErrorsOnDemand:
    def test_they_are_given_without_an_app_and_without_a_server(self, clone: Clone) -> None:
        (asked,) = (text for text in COMMANDS if ON_DEMAND.match(text))
        (served,) = (text for text in COMMANDS if "errors_inject='|~u /classes/|parse/ObjectNotFound'" in text)
        (port,) = re.findall(r"listen_port: (\d+)", (Path(clone.environment["HOME"]) / ".mitmproxy" / "config.yaml").read_text())
        with serving(served, clone) as output:
            wait_for_port(clone)
            for _ in range(2):
                assert clone.run(asked.replace("8080", port)).stdout == '{"code":101,"error":"Object not found."}'
        assert "\n      1  bad   parse/ObjectNotFound: repeats-in-vain. The app repeated the same request" in output.read_text("utf-8")


class TestSessions:
    """Blocks that show commands, each after `$`, and what they print."""

    def test_each_command_prints_what_the_page_shows(self, clone: Clone) -> None:
        sessions = [block for language, block in FENCES if language == "console"]
        assert len(sessions) >= 4
        for block in sessions:
            for part in re.split(r"(?m)^\$ ", block)[1:]:
                command, _, printed = part.partition("\n")
                ended = clone.run(command)
                assert (ended.stdout, ended.stderr) == (printed, ""), command


class TestRecording:
    @pytest.mark.parametrize("block", RECORDINGS, ids=["readme", "reverse", "variables", "report"])
    @pytest.mark.parametrize(("code", "status"), [(119, 1), (101, 0)])
    def test_the_examples_for_ci_fail_for_errors_that_are_not_allowed(self, clone: Clone, block: str, code: int, status: int) -> None:
        status = status if "--allow parse/ObjectNotFound" in block else 1
        answer = {"code": code, "error": "Object not found." if code == 101 else "Permission denied"}
        with stub_server({"/parse/classes/Note/1": (400, answer)}) as server:
            tests = clone.folder / "run-your-tests"
            url = f"${{SERVER_URL:-http://127.0.0.1:{server}/parse}}/classes/Note/1"
            tests.write_text(f"#!/bin/sh\ncurl -s -H 'X-Parse-Application-Id: app' {url}\n")
            tests.chmod(0o755)
            ended = clone.run(block.replace("1337", str(server)))
        assert (ended.returncode, ended.stderr) == (status, "")
        assert {101: "parse/ObjectNotFound", 119: "parse/OperationForbidden"}[code] in ended.stdout


class TestFirstCommand:
    def test_it_explains_the_recording_then_listens_and_leaves_no_file(self, clone: Clone) -> None:
        before = sorted(clone.folder.iterdir()), (clone.folder / "errors.jsonl").read_text("utf-8")
        with serving(DEMONSTRATION, clone) as output:
            wait_for(output, "/graphql, item 0")
            wait_for_port(clone)
        said = output.read_text("utf-8")
        assert "parse: InvalidJSON (107) [400] GET" in said
        assert "14 backend errors of" in said
        # Errors and the summary, and nothing else.
        heads = [line for line in said.splitlines() if not line.startswith("  ")]
        assert len(heads) == 15
        assert all(re.match(r"\[12:29:\d\d UTC\] parse: |14 backend errors of ", line) for line in heads), heads
        output.unlink()
        assert (sorted(clone.folder.iterdir()), (clone.folder / "errors.jsonl").read_text("utf-8")) == before


@contextlib.contextmanager
def serving(text: str, clone: Clone) -> Iterator[Path]:
    """The file with what a command prints while it runs; it is ended as Ctrl-C does, and must then end with status 0."""
    output = clone.folder / "output.txt"
    with open(output, "wb") as out:
        server = subprocess.Popen(
            ["bash", "-c", f"exec {placed(text)}"],
            cwd=clone.folder,
            env=clone.environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield output
        assert server.poll() is None, output.read_text("utf-8")
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE) == 0
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def wait_until_it_listens(output: Path, page: bool, proxy: bool) -> str:
    """What a server has printed once its page and its proxy, as far as it has them, can be reached."""
    return wait_for(
        output, *(pattern for pattern, there in ((r"Web server listening at", page), (r"(?:proxy(?: to \S+)?|server) listening at", proxy)) if there)
    )


def wait_for_port(clone: Clone) -> None:
    """Waits until the proxy of a command that prints nothing about it can be reached."""
    port = re.search(r"listen_port: (\d+)", (Path(clone.environment["HOME"]) / ".mitmproxy" / "config.yaml").read_text())
    assert port
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", int(port[1])), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)


def wait_for(output: Path, *wanted: str) -> str:
    """What a server has printed once each of these patterns is found in it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        said = output.read_text("utf-8", "replace")
        if all(re.search(pattern, said) for pattern in wanted):
            return said
        time.sleep(0.05)
    raise AssertionError(f"It does not say {wanted}: {output.read_text('utf-8', 'replace')}")


@dataclass(frozen=True, slots=True)
class Takes:
    """What mitmproxy takes with the addon loaded: the names for `--set`, and its reader of arguments."""

    names: frozenset[str]
    reader: argparse.ArgumentParser


@pytest.fixture(scope="module")
def takes() -> Takes:
    async def ask() -> Takes:
        master = dump.DumpMaster(Options(), with_termlog=False)
        addon = BackendErrors()
        master.addons.add(addon)
        master.addons.add(webaddons.WebAddon())
        found = Takes(frozenset(master.options.keys()), cmdline.mitmdump(master.options))
        addon.done()
        return found

    return asyncio.run(ask())


class TestOptions:
    @pytest.mark.parametrize("text", [*OPTIONS, *(text for text in NOT_RUN if text.startswith("mitm"))])
    def test_mitmproxy_or_ours_takes_it(self, text: str, takes: Takes) -> None:
        words = shlex.split(text)
        words = words[1:] if words[0].startswith("mitm") else words
        assert any(reads(reader, words) for reader in (takes.reader, parser()))

    @pytest.mark.parametrize("text", sorted(set(re.findall(r"--set '?([a-z_]+)=", "\n".join([*COMMANDS, *CODE])))))
    def test_what_is_set_exists(self, text: str, takes: Takes) -> None:
        assert text in takes.names

    @pytest.mark.parametrize("text", sorted(set(re.findall(r"--mode (\S+)", "\n".join([*COMMANDS, *CODE])))))
    def test_modes_exist(self, text: str) -> None:
        assert ProxyMode.parse(text)


def reads(reader: argparse.ArgumentParser, words: list[str]) -> bool:
    """Whether a reader takes the arguments, the last of which may be an option that wants a value."""
    befores = [["check", "run.har"], ["list", "run.har"], ["run", "x"], ["report", "run.har", "-o", "x.md"]] if reader.prog == "baas-errors" else [[]]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere), contextlib.redirect_stdout(nowhere):
        for before in befores:
            for value in ([], ["csv"]):
                with contextlib.suppress(SystemExit):
                    reader.parse_args([*before, *words, *value])
                    return True
    return False


class TestInsideMitmproxy:
    @pytest.fixture
    def bed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[taddons.context]:
        """mitmproxy with the demonstration read, in a folder of its own."""
        monkeypatch.chdir(tmp_path)
        with demo_read() as (context, _):
            yield context

    @pytest.mark.parametrize("text", [text for text in TYPED_INSIDE if not re.search(r"\b[A-Z]{3,}\b", text)])
    def test_a_command_is_obeyed(self, text: str, bed: taddons.context, tmp_path: Path) -> None:
        bed.master.commands.execute(text)
        for name in re.findall(r"\S+\.(?:html|md|csv|jsonl|har)\b", text):
            assert "InvalidSessionToken" in (tmp_path / name).read_text("utf-8")

    @pytest.mark.parametrize("text", [text for text in TYPED_INSIDE if re.search(r"\b[A-Z]{3,}\b", text)])
    def test_a_commands_arguments_are_told_as_they_are(self, text: str, bed: taddons.context) -> None:
        name, *arguments = text.split()
        takes = [parameter.name.lower() for parameter in bed.master.commands.commands[name].parameters]
        assert [argument.lower() for argument in arguments] == ["code" if taken == "words" else taken for taken in takes]

    @pytest.mark.parametrize("text", FILTERS)
    def test_a_filter_is_understood(self, text: str, bed: taddons.context) -> None:
        accepts = flowfilter.parse(text)
        assert accepts
        found = [flow for flow in bed.master.addons.get("view") if accepts(flow)]
        # The demonstration is Parse's, and holds no warning.
        assert bool(found) == (text not in ('~meta "baas.backend: kinvey"', "~meta baas.warning"))

    def test_the_pages_show_some(self) -> None:
        assert len(TYPED_INSIDE) >= 5
        assert len(FILTERS) >= 3
        assert len(OPTIONS) >= 8
