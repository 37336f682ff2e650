"""A real mitmdump with the addon, and what it wrote into its log of errors."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from processes import HarnessError, await_port, free_port, stop

HERE = Path(__file__).resolve().parent
ADDON = HERE.parents[1] / "addons" / "errors.py"
# What mitmproxy or the addon says when a hook or the program fails.
FAULTS = ("Traceback (most recent call last)", "Addon error", "Please report this", "Task exception was never retrieved")


@dataclass(slots=True)
class Proxy:
    """A running mitmdump. Who has an answer can read the record of its error (see `mitmdump`)."""

    port: int
    folder: Path  # its configuration, with mitmproxy-ca-cert.pem in it
    log: Path
    pid: int
    _read: int = field(default=0)

    @property
    def authority(self) -> Path:
        """The certificate that clients must trust."""
        return self.folder / "mitmproxy-ca-cert.pem"

    def new_records(self) -> list[dict[str, Any]]:
        """The records written since this was asked last."""
        with open(self.log, "rb") as log:
            log.seek(self._read)
            written = log.read()
        self._read += len(written)
        return [json.loads(line) for line in written.decode("utf-8").splitlines()]


@contextlib.contextmanager
def mitmdump(
    mode: str, *options: str, scripts: tuple[Path, ...] = (), log: Path | None = None, addon: Path = ADDON, waits_for_log: bool = True
) -> Iterator[Proxy]:
    """mitmdump with the addon, on a free loopback port. `options` are mitmproxy's own, as `name=value`; `scripts` are loaded after the addon.
    `log` is its log of errors, elsewhere than in a folder that goes when the proxy ends; `addon` a copy of the script.
    Unless `waits_for_log` is False no disk is too slow to be waited for: a record is there when its answer is.

    It is the one beside the Python that runs this. Raises HarnessError if it fails, or says at its end that a hook did.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="baas-errors-mitm-") as name:
        folder = Path(name)
        log, output = log or folder / "errors.jsonl", folder / "output.txt"
        settings = (f"confdir={folder}", f"errors_log={log}", "flow_detail=0", "termlog_verbosity=warn", *options)
        patience = (HERE / "wait_for_log.py",) if waits_for_log else ()
        command = [
            *(str(Path(sys.executable).with_name("mitmdump")), "--mode", mode, "--listen-host", "127.0.0.1", "--listen-port", str(port)),
            *(part for script in (addon, *patience, *scripts) for part in ("-s", str(script))),
            *(part for setting in settings for part in ("--set", setting)),
        ]
        with open(output, "wb") as out:
            server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=folder, env=dict(os.environ))
        try:
            await_port(port, server, "mitmdump")
            # It may listen before it has loaded the script; with the log open the addon sees whatever passes.
            deadline = time.monotonic() + 30
            while not log.exists() and server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            yield Proxy(port, folder, log, server.pid)
        finally:
            ended = server.poll()
            stop(server)
            said = output.read_text("utf-8", "replace")
        # Only where all else went well: what went wrong before says more.
        if ended is not None or server.returncode:
            raise HarnessError(f"mitmdump ended with status {server.returncode}: {said[-2000:]}")
        for fault in FAULTS:
            if fault in said:
                position = said.index(fault)
                raise HarnessError(f"mitmdump reported a fault: {said[max(0, position - 500) : position + 2000]}")
