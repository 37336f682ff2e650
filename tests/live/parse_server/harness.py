"""Starts and stops what a live run needs: PostgreSQL, Parse Server, mitmdump.

Each is a context manager that listens on a free loopback port and ends what it started, and only that, by process id.
Needs Debian's `postgresql`, Node 20 with npm, and a `mitmdump`; nothing beyond the standard library in Python.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent

# All keys are made up; they open nothing but the server that this module starts.
APP_ID = "notes-app"
KEYS = {
    "masterKey": "made-up-master-key",
    "readOnlyMasterKey": "made-up-read-only-master-key",
    "maintenanceKey": "made-up-maintenance-key",
    "restKey": "made-up-rest-key",
    "javascriptKey": "made-up-javascript-key",
    "clientKey": "made-up-client-key",
    "webhookKey": "made-up-webhook-key",
}


class HarnessError(Exception):
    """What is needed for a live run is missing or did not start."""


@dataclass(frozen=True, slots=True)
class ParseServer:
    """A running Parse Server."""

    version: int
    port: int
    modules: Path  # node_modules of this version, for the JavaScript SDK's run
    pid: int


def cache_dir() -> Path:
    """Where npm's packages are kept: BAAS_ERRORS_TEST_CACHE, or a folder in the user's cache directory."""
    if chosen := os.environ.get("BAAS_ERRORS_TEST_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "baas-errors-tests"


def free_port() -> int:
    """A loopback port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def missing() -> list[str]:
    """The programs a live run needs and this machine lacks, for a test's skip reason."""
    lacks = [name for name in ("node", "npm") if not shutil.which(name)]
    if postgres_bin() is None:
        lacks.append("postgresql")
    return lacks


def postgres_bin() -> Path | None:
    """Debian keeps initdb and pg_ctl out of PATH, in one folder a version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@contextmanager
def postgres() -> Iterator[str]:
    """A throwaway PostgreSQL; yields the URI of an empty database."""
    programs = postgres_bin()
    if programs is None:
        raise HarnessError("No initdb found: install PostgreSQL, for example `apt-get install postgresql`.")
    # PostgreSQL refuses to run as root, so root hands it to the user that Debian's package made.
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="baas-errors-pg-") as folder:
        if as_user:
            shutil.chown(folder, "postgres", "postgres")
        data, port = Path(folder) / "data", free_port()
        _run([*as_user, programs / "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D", data])
        # A crash may lose the data here, and nobody would mind: fsync=off makes it several times faster.
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        server = subprocess.Popen(
            [*as_user, programs / "postgres", "-D", data, *options.split()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        try:
            _await_port(port, server, "PostgreSQL")
            _create_database(programs, port, "parse")
            yield f"postgres://postgres@127.0.0.1:{port}/parse"
        finally:
            # SIGINT is PostgreSQL's "fast shutdown": it does not wait for its clients to leave.
            _stop(server, signal.SIGINT)


@contextmanager
def parse_server(version: int, database_uri: str, options: dict | None = None) -> Iterator[ParseServer]:
    """Parse Server 8 or 9 with the cloud code of this folder. `options` override those in server.js (JSON values)."""
    modules = install(version)
    port = free_port()
    settings = {**KEYS, "appId": APP_ID, "version": version, "databaseURI": database_uri, "port": port, "options": options or {}}
    # With NODE_ENV=production the server keeps stack traces, and with them this machine's paths, out of its answers.
    environment = {
        **os.environ,
        "NODE_PATH": str(modules),
        "NODE_ENV": "production",
        "PARSE_TEST_SETTINGS": json.dumps(settings),
    }
    with tempfile.TemporaryDirectory(prefix="baas-errors-parse-") as folder, open(Path(folder) / "stderr", "w+") as log:
        server = subprocess.Popen(
            ["node", HERE / "server.js"],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        try:
            if not (ready := _ready_line(server)):
                log.seek(0)
                raise HarnessError(f"Parse Server {version} did not start: {log.read()[-2000:]}")
            yield ParseServer(version, json.loads(ready)["port"], modules, server.pid)
            if server.poll() is not None:
                log.seek(0)
                raise HarnessError(f"Parse Server {version} ended on its own: {log.read()[-2000:]}")
        finally:
            _stop(server, signal.SIGTERM)


@contextmanager
def mitmdump(upstream_port: int, *arguments: str, program: str = "mitmdump") -> Iterator[int]:
    """mitmdump as a reverse proxy before `upstream_port`; yields its own port. `arguments` go to mitmdump as they are."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="baas-errors-mitm-") as folder:
        # A configuration folder of its own: the user's options and certificates must not sway a test.
        server = subprocess.Popen(
            [
                program, "--mode", f"reverse:http://127.0.0.1:{upstream_port}",
                "--listen-host", "127.0.0.1", "--listen-port", str(port), "--set", f"confdir={folder}", "-q", *arguments,
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _await_port(port, server, "mitmdump")
            yield port
        finally:
            _stop(server, signal.SIGTERM)


def install(version: int) -> Path:
    """node_modules for this version of Parse Server, installed once and kept outside the repository."""
    manifest = HERE / f"v{version}" / "package.json"
    folder = cache_dir() / f"parse-server-{version}"
    copied = folder / "package.json"
    done = folder / "installed.json"
    if done.exists() and done.read_bytes() == manifest.read_bytes():
        return folder / "node_modules"
    folder.mkdir(parents=True, exist_ok=True)
    done.unlink(missing_ok=True)
    (folder / "package-lock.json").unlink(missing_ok=True)
    shutil.copy(manifest, copied)
    _run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder)
    # Written last: an interrupted installation is begun anew.
    shutil.copy(manifest, done)
    return folder / "node_modules"


def run_sdk(server: ParseServer, proxy_port: int) -> list[dict]:
    """Runs sdk.js, the official JavaScript SDK, against the proxy; what the SDK saw, one dict a call."""
    settings = {**KEYS, "appId": APP_ID, "serverURL": f"http://127.0.0.1:{proxy_port}/parse"}
    environment = {**os.environ, "NODE_PATH": str(server.modules), "PARSE_TEST_SETTINGS": json.dumps(settings)}
    with tempfile.TemporaryDirectory(prefix="baas-errors-sdk-") as folder:
        done = _run(["node", HERE / "sdk.js"], cwd=folder, env=environment)
    return [json.loads(line) for line in done.splitlines()]


def _create_database(programs: Path, port: int, name: str) -> None:
    # The port opens a moment before PostgreSQL takes connections.
    for _ in range(100):
        command = [programs / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        time.sleep(0.1)
    raise HarnessError(f"PostgreSQL made no database: {done.stderr}")


def _run(command: Sequence[str | Path], **keywords) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **keywords)
    if done.returncode:
        raise HarnessError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:] or done.stdout[-2000:]}")
    return done.stdout


def _ready_line(server: subprocess.Popen) -> str | None:
    """The JSON line that server.js prints when it listens; None if it ended before."""
    assert server.stdout is not None
    for line in server.stdout:
        if line.startswith('{"port"'):
            return line
    return None


def _await_port(port: int, server: subprocess.Popen, what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise HarnessError(f"{what} ended at its start with status {server.returncode}.")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise HarnessError(f"{what} does not listen on port {port} after {seconds:.0f} s.")


def _stop(server: subprocess.Popen, how: signal.Signals) -> None:
    if server.poll() is None:
        server.send_signal(how)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    if server.stdout:
        server.stdout.close()
