"""Starts and stops what a live run needs: PostgreSQL, Parse Server, mitmdump.

Each is a context manager that listens on a free loopback port and ends what it started, and only that, by process id.
Needs Debian's `postgresql`, Node 20 with npm, and mitmproxy; nothing beyond the standard library in Python.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from processes import HarnessError, await_port, cache_dir, free_port, npm_install, ready_line, run, stop

__all__ = ["APP_ID", "KEYS", "HarnessError", "ParseServer", "cache_dir", "free_port", "install", "mitmdump", "parse_server", "postgres", "run_sdk"]

HERE = Path(__file__).resolve().parent
# mitmproxy is installed with the interpreter that runs this; that folder need not be on the PATH.
BESIDE = Path(sys.executable).with_name("mitmdump")

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


@dataclass(frozen=True, slots=True)
class ParseServer:
    """A running Parse Server."""

    version: int
    port: int
    modules: Path  # node_modules of this version, for the JavaScript SDK's run
    pid: int


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
        run([*as_user, programs / "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D", data])
        # A crash may lose the data here, and nobody would mind: fsync=off makes it several times faster.
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        server = subprocess.Popen(
            [*as_user, programs / "postgres", "-D", data, *options.split()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
        )  # fmt: skip
        try:
            await_port(port, server, "PostgreSQL")
            _create_database(programs, port, "parse")
            yield f"postgres://postgres@127.0.0.1:{port}/parse"
        finally:
            # SIGINT is PostgreSQL's "fast shutdown": it does not wait for its clients to leave.
            stop(server, signal.SIGINT)


@contextmanager
def parse_server(version: int, database_uri: str, options: dict | None = None) -> Iterator[ParseServer]:
    """Parse Server 8 or 9 with the cloud code of this folder. `options` override those in server.js (JSON values)."""
    modules = install(version)
    port = free_port()
    settings = {**KEYS, "appId": APP_ID, "version": version, "databaseURI": database_uri, "port": port, "options": options or {}}
    # With NODE_ENV=production the server keeps stack traces, and with them this machine's paths, out of its answers.
    environment = {**os.environ, "NODE_PATH": str(modules), "NODE_ENV": "production", "PARSE_TEST_SETTINGS": json.dumps(settings)}
    with tempfile.TemporaryDirectory(prefix="baas-errors-parse-") as folder, open(Path(folder) / "stderr", "w+") as log:
        server = subprocess.Popen(
            ["node", HERE / "server.js"],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        try:
            if not (ready := ready_line(server)):
                log.seek(0)
                raise HarnessError(f"Parse Server {version} did not start: {log.read()[-2000:]}")
            yield ParseServer(version, json.loads(ready)["port"], modules, server.pid)
            if server.poll() is not None:
                log.seek(0)
                raise HarnessError(f"Parse Server {version} ended on its own: {log.read()[-2000:]}")
        finally:
            stop(server, signal.SIGTERM)


@contextmanager
def mitmdump(upstream_port: int, *arguments: str, program: str | Path = BESIDE) -> Iterator[int]:
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
            await_port(port, server, "mitmdump")
            yield port
        finally:
            stop(server, signal.SIGTERM)


def install(version: int) -> Path:
    """node_modules for this version of Parse Server, installed once and kept outside the repository."""
    return npm_install(f"parse-server-{version}", HERE / f"v{version}" / "package.json")


def run_sdk(server: ParseServer, proxy_port: int, script: str = "sdk.js", **more: object) -> list[dict]:
    """Runs a script with the official JavaScript SDK against the proxy; what the SDK saw, one dict a call. `more` settings are the script's own."""
    settings = {**KEYS, "appId": APP_ID, "serverURL": f"http://127.0.0.1:{proxy_port}/parse", **more}
    environment = {**os.environ, "NODE_PATH": str(server.modules), "PARSE_TEST_SETTINGS": json.dumps(settings)}
    with tempfile.TemporaryDirectory(prefix="baas-errors-sdk-") as folder:
        done = run(["node", HERE / script], cwd=folder, env=environment)
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
