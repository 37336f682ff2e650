"""Starts a real Flex service, and lets the real client make its calls."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from processes import HarnessError, free_port, npm_install, ready_line, run, stop

from .answers import Case

HERE = Path(__file__).resolve().parent
SHARED_SECRET = "made-up-shared-secret"


def install() -> Path:
    """node_modules with both SDKs, installed once and kept outside the repository."""
    return npm_install("kinvey", HERE / "package.json")


@contextmanager
def flex_service() -> Iterator[int]:
    """A Flex service on a free loopback port, which it yields."""
    settings = {"port": free_port(), "sharedSecret": SHARED_SECRET}
    environment = {**os.environ, "NODE_PATH": str(install()), "FLEX_TEST_SETTINGS": json.dumps(settings)}
    # Only with NODE_ENV=production do its pages hide the exception.
    environment.pop("NODE_ENV", None)
    with tempfile.TemporaryDirectory(prefix="baas-errors-flex-") as folder, open(Path(folder) / "stderr", "w+") as log:
        server = subprocess.Popen(
            ["node", HERE / "flex.js"],
            cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        try:
            if not ready_line(server):
                log.seek(0)
                raise HarnessError(f"The Flex service did not start: {log.read()[-2000:]}")
            yield settings["port"]
        finally:
            stop(server)


def run_client(cases: Iterable[Case], proxy_port: int) -> dict[str, dict[str, Any]]:
    """Lets the SDK make the call of each case; what it saw, by app key."""
    settings = {"address": f"http://127.0.0.1:{proxy_port}", "calls": [{"call": case.call, "appKey": case.app_key} for case in cases]}
    environment = {**os.environ, "NODE_PATH": str(install()), "KINVEY_TEST_SETTINGS": json.dumps(settings)}
    with tempfile.TemporaryDirectory(prefix="baas-errors-client-") as folder:
        done = run(["node", HERE / "client.js"], cwd=folder, env=environment)
    return {line["appKey"]: line for line in map(json.loads, done.splitlines())}
