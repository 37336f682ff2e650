"""Why a request got no answer, or no whole one: what mitmproxy says of it, and what it leaves to be seen from its connections.

A client that went away reads `Client disconnected.` with HTTP/1, and with HTTP/2 like a server that did; mitmproxy itself ends silent connections
after a while, and calls that the client's doing. A tunnel (CONNECT) to a server that cannot be reached never becomes a flow of its own.
"""

from __future__ import annotations

from mitmproxy import connection, ctx, http
from mitmproxy.proxy import server
from mitmproxy.tls import TlsData

from ..decode.transport import CLIENT_LEFT
from ..exchange import Exchange, Request
from .har_input import failure_in_har

# Of failures on demand: what is told in place of mitmproxy's word that the flow was killed.
INJECTED, INJECTED_FAILURE = "baas.injected", "baas.injected_failure"


def injected_failure(flow: http.HTTPFlow) -> str:
    """The failure on demand in a flow; "" for a real one, and for a flow that was replayed since."""
    told = flow.metadata.get(INJECTED_FAILURE) if flow.error is not None and not flow.is_replay else ""
    return told if isinstance(told, str) else ""


def failure_of(flow: http.HTTPFlow) -> str:
    """The failure of a flow, as mitmproxy would tell it if it knew; "" for one with an answer, be it an error."""
    if flow.request.method == "CONNECT":
        return _connect_failure(flow)
    error, response = flow.error, flow.response
    if told := injected_failure(flow):
        return told
    if response is not None and response.status_code == 0:
        # So HAR files say that there was no answer; mitmproxy takes it for a status.
        return error.msg if error else failure_in_har(flow)
    if error is None or flow.websocket is not None or (response is not None and response.status_code >= 400):
        return ""
    if error.msg.startswith("peer closed connection") or error.msg == CLIENT_LEFT:
        if not _client_left_first(flow) and error.msg != CLIENT_LEFT:
            return error.msg
        waited = error.timestamp - flow.request.timestamp_start
        silent = response is None and waited >= idle_limit() - 1
        return f"timed out: no data for {waited:.0f} s, so mitmproxy closed the connection" if silent else CLIENT_LEFT
    return error.msg


def _connect_failure(flow: http.HTTPFlow) -> str:
    if flow.server_conn.error:
        return flow.server_conn.error
    response = flow.response
    if response is None or response.status_code < 400 or response.status_code == 407:
        return ""
    return f"the upstream proxy answered CONNECT with {response.status_code} {response.reason}".rstrip()


def _client_left_first(flow: http.HTTPFlow) -> bool:
    """Whether the client's connection ended before the server's. In a file both have ended."""
    left, ended = flow.client_conn.timestamp_end, flow.server_conn.timestamp_end
    if flow.live or left is None:
        return not flow.client_conn.state & connection.ConnectionState.CAN_READ
    return ended is None or left < ended


def idle_limit() -> float:
    """After how many silent seconds mitmproxy ends a connection: an option since version 12, fixed before."""
    try:
        return float(ctx.options.tcp_timeout)
    except (AttributeError, TypeError, ValueError):
        return float(getattr(server, "TCP_TIMEOUT", 600))


def connect_exchange(server: connection.Server, when: float) -> Exchange:
    """The connection to a server that could not be made in reverse mode, before any request was seen."""
    host, port = (server.address or ("", 0))[:2]
    request = Request("CONNECT", "http", host, port, "")
    return Exchange(id="", request=request, started=when, ended=when, failure=server.error or "refused", upstream=(host, port))


def tls_exchange(data: TlsData) -> Exchange:
    """The exchange that a client broke off in the TLS handshake with the proxy, so that no request was ever seen."""
    host, port = (data.context.server.address or ("", 443))[:2]
    return Exchange(
        id="",
        request=Request("CONNECT", "https", data.conn.sni or host, port, ""),
        started=data.conn.timestamp_start,
        ended=data.conn.timestamp_end or data.conn.timestamp_start,
        failure=data.conn.error or "The client disconnected during the handshake.",
    )
