"""What stands on both sides of the proxy while it is measured: a server that answers at once, and a client that never waits.

Both are as small as can be, so that the proxy is what limits the rate. Each runs in a process of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from multiprocessing.connection import Connection

ERROR = json.dumps({"code": 101, "error": "Object not found."}).encode()
OBJECT = json.dumps({"objectId": "Ed1nuqPvcm", "title": "Milk", "createdAt": "2026-01-01T00:00:00.000Z"}).encode()
# By the first part of the path: whose answer it is, and whether it is an error.
ANSWERS = {
    "other": (b"HTTP/1.1 200 OK", b"application/json", OBJECT),
    "success": (b"HTTP/1.1 200 OK", b"application/json", OBJECT),
    "error": (b"HTTP/1.1 404 Not Found", b"application/json", ERROR),
}
# Of the mixed traffic each so many-th answer is an error.
MIXED = 20
_numbers = itertools.count()


def _answer(path: bytes) -> bytes:
    line, kind, body = ANSWERS[path.split(b"/")[1].decode()]
    return b"\r\n".join((line, b"content-type: " + kind, b"content-length: %d" % len(body), b"connection: keep-alive", b"", body))


class _Server(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        self.rest += data
        while b"\r\n\r\n" in self.rest:
            head, self.rest = self.rest.split(b"\r\n\r\n", 1)
            self.transport.write(_answer(head.split(b" ", 2)[1]))  # type: ignore[attr-defined]


def serve(pipe: Connection) -> None:
    """Answers on a free port of loopback, which is sent through the pipe, until the process is ended."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(_Server, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def _request(kind: str, port: int) -> bytes:
    number = next(_numbers) + 10_000_000
    own = "" if kind == "other" else "x-parse-application-id: bench\r\nx-parse-session-token: r:00000000000000000000000000000000\r\n"
    target = f"http://127.0.0.1:{port}/{kind}/parse/classes/Note/{number:010d}"
    return f"GET {target} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\naccept: */*\r\nuser-agent: bench\r\n{own}\r\n".encode()


async def _one(proxy: int, port: int, kind: str, end: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy)
    length = len(ANSWERS[kind][2])
    count = 0
    while time.perf_counter() < end:
        writer.write(_request(kind, port))
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(length)
        count += 1
    writer.close()
    return count


def rate(proxy: int, port: int, kind: str, seconds: float, connections: int = 8) -> float:
    """Requests per second through a proxy, as fast as it will."""

    async def run() -> int:
        end = time.perf_counter() + seconds
        return sum(await asyncio.gather(*(_one(proxy, port, kind, end) for _ in range(connections))))

    started = time.perf_counter()
    count = asyncio.run(run())
    return count / (time.perf_counter() - started)


def latencies(proxies: tuple[int, ...], port: int, count: int, pause: float) -> list[list[float]]:
    """Seconds until each answer was there, for each proxy: mixed traffic, so many requests to each, with a pause after each round.

    The proxies are asked in turn within each round, and another is the first each time, so that all see the same load of the machine.
    """

    async def run() -> list[list[float]]:
        streams = [await asyncio.open_connection("127.0.0.1", proxy) for proxy in proxies]
        taken: list[list[float]] = [[] for _ in proxies]
        for round_ in range(count):
            kind = "error" if round_ % MIXED == 0 else "success"
            for at in range(len(proxies)):
                which = (round_ + at) % len(proxies)
                reader, writer = streams[which]
                request = _request(kind, port)
                started = time.perf_counter()
                writer.write(request)
                await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(len(ANSWERS[kind][2]))
                taken[which].append(time.perf_counter() - started)
            await asyncio.sleep(pause)
        for _, writer in streams:
            writer.close()
        return taken

    return asyncio.run(run())
