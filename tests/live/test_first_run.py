"""What a newcomer meets: a fresh clone in an empty folder, the README's commands exactly as they are printed there.

pip fetches mitmproxy for this, so it runs in CI, and elsewhere only if BAAS_ERRORS_FIRST_RUN is set. The clone holds what is committed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from demo import ERRORS, ROOT
from needs import need, need_request
from processes import free_port

PACKAGE = "mitmproxy-baas-errors"


@dataclass(frozen=True, slots=True)
class Clone:
    """A checkout, the home folder of the newcomer, and the port that their mitmproxy is configured for."""

    folder: Path
    home: Path
    port: int
    environment: dict[str, str]

    def command(self, beginning: str) -> str:
        """The README's first block of shell commands after the line that begins so, as it is printed."""
        block = re.search(rf"^{re.escape(beginning)}.*?^```sh\n(.*?)^```$", (self.folder / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
        assert block, f"README.md shows no command after {beginning!r}"
        return block[1].strip()

    def run(self, command: str, cwd: Path | None = None, **variables: str) -> str:
        """What a shell command prints; fails if its status is not 0."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=cwd or self.folder,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A fresh clone in an empty folder, and a home in which nothing is but another port than 8080, which may be taken here."""
    need_request("BAAS_ERRORS_FIRST_RUN", "This installs mitmproxy into a new virtual environment, which takes a minute and the network")
    need("git", "a clone of the repository")
    base = tmp_path_factory.mktemp("newcomer")
    folder, home, programs, port = base / "clone", base / "home", base / "bin", free_port()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    (home / ".mitmproxy").mkdir(parents=True)
    (home / ".mitmproxy" / "config.yaml").write_text(f"listen_host: 127.0.0.1\nlisten_port: {port}\n")
    # `python3` is the version that these tests run on.
    programs.mkdir()
    (programs / "python3").symlink_to(Path(sys._base_executable))  # type: ignore[attr-defined]
    return Clone(folder, home, port, environment(home, programs))


def environment(home: Path, programs: Path) -> dict[str, str]:
    """The environment of a newcomer: nothing of this run's Python, but where this machine's pip finds packages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "VIRTUAL_ENV", "BAAS_ERRORS_FIRST"))}
    kept |= {"HOME": str(home), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}
    for own in (Path.home() / ".config" / "pip" / "pip.conf", Path.home() / ".pip" / "pip.conf"):
        if own.exists():
            kept.setdefault("PIP_CONFIG_FILE", str(own))
    kept.setdefault("PIP_CACHE_DIR", str(Path.home() / ".cache" / "pip"))
    return kept


@pytest.fixture(scope="module")
def started(clone: Clone) -> str:
    """What the README's first command printed until Ctrl-C ended it, once it listened and had explained the recording."""
    output = clone.home / "output.txt"
    with open(output, "wb") as out:
        # A session of its own, so that the shell's children end with it.
        shell = subprocess.Popen(
            ["bash", "-c", clone.command("Start the proxy")],
            cwd=clone.folder,
            env=clone.environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + 300
        while not (told(output.read_text("utf-8")) and listens(clone.port)) and shell.poll() is None and time.monotonic() < end:
            time.sleep(0.2)
        still_runs = shell.poll() is None
    finally:
        if shell.poll() is None:
            os.killpg(shell.pid, signal.SIGINT)
            shell.wait(20)
    said = output.read_text("utf-8")
    assert still_runs, said
    return said


@pytest.fixture(scope="module")
def bare(clone: Clone, started: str) -> Clone:
    """The clone, its virtual environment holding mitmproxy and what that depends on, and no more."""
    clone.run(f".venv/bin/python -m pip uninstall --quiet --yes {PACKAGE}")
    return clone


def told(output: str) -> bool:
    """Whether every error of the recording is explained."""
    return len(re.findall(r"(?m)^  says ", output)) >= len(ERRORS)


def listens(port: int) -> bool:
    """Whether something listens on this port of the machine; the command itself is quiet about it."""
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


def demonstration(clone: Clone) -> str:
    """What the README's first command starts, without its set-up and made to end after the recording."""
    command = clone.command("Start the proxy").rpartition("&& ")[2]
    assert "--set keepserving=true" in command
    return command.replace("--set keepserving=true", "--no-server")


def summed_up(output: str) -> bool:
    return re.search(rf"\b{len(ERRORS)} backend errors\b", output) is not None


def test_the_first_command_explains_the_recording_and_listens(clone: Clone, started: str) -> None:
    # That it listens is waited for before it is ended.
    assert told(started)
    assert summed_up(started)
    assert re.search(r"(?i)traceback|error:|errors? logged", started) is None
    assert not (clone.folder / "errors.jsonl").exists()


def test_the_installed_addon_runs_from_another_folder(clone: Clone, started: str, tmp_path: Path) -> None:
    demo = shlex.quote(str(clone.folder / "tests" / "captures" / "demo.mitm"))
    path = shlex.quote(f"{clone.folder / '.venv' / 'bin'}{os.pathsep}") + '"$PATH"'
    assert summed_up(clone.run(f'PATH={path}; mitmdump -s "$(baas-errors path)" --set flow_detail=0 -nr {demo}', cwd=tmp_path))


def test_it_is_upgraded_found_by_the_launcher_and_uninstalled(clone: Clone, started: str, tmp_path: Path) -> None:
    """As docs/install.md says; the launcher is one of mitmproxy's community that starts every addon beside it."""
    python, demo = ".venv/bin/python", shlex.quote(str(clone.folder / "tests" / "captures" / "demo.mitm"))
    clone.run(f"{python} -m pip install --quiet --upgrade . && {python} -m pip install --quiet --no-deps mitmproxy-addon-launcher")
    launched = clone.run(f"{clone.folder}/.venv/bin/mitmdump-addon-launcher -q -n --set errors_print=true -r {demo}", cwd=tmp_path)
    assert summed_up(launched), launched
    clone.run(f"{python} -m pip uninstall --quiet --yes {PACKAGE} mitmproxy-addon-launcher")
    assert not (clone.folder / ".venv" / "bin" / "baas-errors").exists()
    clone.run(f"{python} -m pip install --quiet .")


def test_the_addon_needs_nothing_but_what_mitmproxy_brings(bare: Clone) -> None:
    installed = bare.run(".venv/bin/python -m pip list --format=freeze").lower()
    assert PACKAGE not in installed
    assert "pytest" not in installed
    assert summed_up(bare.run(demonstration(bare)))


@pytest.mark.once
@pytest.mark.parametrize("heading", ["With pipx", "With uv"])
def test_the_installers_put_the_addon_beside_mitmproxy(clone: Clone, heading: str, tmp_path: Path) -> None:
    """Each block of docs/install.md, in its order: the second adds the addon to a mitmproxy that is there already."""
    section = (clone.folder / "docs" / "install.md").read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 2
    installer = heading.removeprefix("With ")
    programs = tmp_path / "installers"
    clone.run(f"python3 -m venv {programs} && {programs}/bin/python -m pip install --quiet {installer}")
    demo = f"--set errors_log= --no-server -r {shlex.quote(str(clone.folder / 'tests' / 'captures' / 'demo.mitm'))}"
    tool = {"pipx": "pipx", "uv": "uv tool"}[installer]
    befores = ("", f"{tool} uninstall mitmproxy-baas-errors\n{tool} install mitmproxy\n")
    for before, block in zip(befores, blocks, strict=True):
        command = before + block.replace("/path/to/clone", shlex.quote(str(clone.folder))).replace('path)"', f'path)" {demo}')
        path = os.pathsep.join([str(tmp_path / "programs"), str(programs / "bin"), clone.environment["PATH"]])
        folders = {
            "PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "programs"),
            "UV_TOOL_DIR": str(tmp_path / "uv"), "UV_TOOL_BIN_DIR": str(tmp_path / "programs"), "UV_PYTHON": sys._base_executable,
        }  # fmt: skip
        assert summed_up(clone.run(f"set -e\n{command}", cwd=tmp_path, PATH=path, **folders)), command


# On each version `.ci/run` itself gives this command.
@pytest.mark.once
def test_the_test_command_installs_and_collects_the_tests(bare: Clone) -> None:
    # Collected and not run: these tests are among them.
    output = bare.run(bare.command("Run the tests"), PYTEST_ADDOPTS="--collect-only")
    assert re.search(r"\d+ tests collected", output), output[-2000:]
    assert "tests/docs/test_pages.py::" in output


def test_the_clone_stays_clean(bare: Clone) -> None:
    # Last: what the commands leave must be among what git is told to ignore.
    assert bare.run("git status --porcelain") == ""
