"""What no flow shows: a server that is down in reverse mode, before any client has sent a request."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from mitmproxy import http
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from ..exchange import Exchange
from ..exchange.clearing_cache import ClearingCache
from ..record import ErrorRecord
from .failures import connect_exchange
from .guard import never_raises
from .inspector import Inspector
from .session_log import SessionLog

MOST_REMEMBERED = 1_000
Tell = Callable[[Sequence[ErrorRecord], Callable[[], Exchange]], None]


class DownServers:
    """A part of the addon; `watch` gives what inspects flows, `tell` takes what was found."""

    def __init__(self, watch: Callable[[], Inspector | None], tell: Tell, log: SessionLog) -> None:
        self._watch, self._tell, self._log = watch, tell, log
        # Clients in reverse mode that have sent a request: what fails then fails a flow.
        self._asking: ClearingCache[str, bool] = ClearingCache(MOST_REMEMBERED)
        self._down: ClearingCache[object, bool] = ClearingCache(MOST_REMEMBERED)

    @never_raises
    def request(self, flow: http.HTTPFlow) -> None:
        """Notes who asks."""
        if flow.client_conn.proxy_mode.type_name == "reverse":
            self._asking[flow.client_conn.id] = True

    def server_connected(self, data: ServerConnectionHookData) -> None:
        """Notes that a server is up."""
        self._down.pop(data.server.address, None)

    @never_raises
    def server_connect_error(self, data: ServerConnectionHookData) -> None:
        """Tells once that the server cannot be reached, until it was."""
        watch, address = self._watch(), data.server.address
        if watch is None or data.client.proxy_mode.type_name != "reverse" or data.client.id in self._asking or address in self._down:
            return
        self._down[address] = True
        exchange = connect_exchange(data.server, time.time())
        if records := watch.records_of_failure(exchange):
            self._tell(records, lambda: exchange)
