"""What `baas-errors run` loads into its mitmdump (`-s`): says where it listens, ends it with the command that started it, and counts the clients that
refuse its certificate. It is loaded by its path, so it imports nothing of this package."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from mitmproxy import ctx
from mitmproxy.tls import TlsData

# The file that it writes; `baas-errors run` waits for it.
STATE = "BAAS_ERRORS_RUN_STATE"
MOST_HOSTS = 100


class RunScript:
    """The hooks."""

    def __init__(self) -> None:
        self._told: dict[str, Any] = {}
        self._refused: Counter[str] = Counter()

    def running(self) -> None:
        """Writes port and certificate once the proxy listens."""
        addons: Any = ctx.master.addons
        authority = Path(ctx.options.confdir).expanduser() / "mitmproxy-ca-cert.pem"
        self._told = {"port": addons.get("proxyserver").listen_addrs()[0][1], "authority": str(authority)}
        self._write()
        threading.Thread(target=self._await_end, args=(asyncio.get_running_loop(),), daemon=True).start()

    def _await_end(self, loop: asyncio.AbstractEventLoop) -> None:
        """Shuts down when standard input ends: it was closed, or its writer is gone, even killed."""
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(ctx.master.shutdown)

    def tls_failed_client(self, data: TlsData) -> None:
        """Counts a client that refuses the certificate: what it wanted to ask is in no recording."""
        host = data.conn.sni or (data.context.server.address or ("an unknown host",))[0]
        if host in self._refused or len(self._refused) < MOST_HOSTS:
            self._refused[host] += 1
            self._write()

    def _write(self) -> None:
        path = Path(os.environ[STATE])
        part = path.with_suffix(".part")
        part.write_text(json.dumps(self._told | {"refused": self._refused}), "utf-8")
        part.replace(path)


addons = [RunScript()]
