"""Errors made in numbers: captures, logs, and the addon fed with flows that never crossed a network."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import peer
from baas_errors.catalog import load_catalogs
from baas_errors.mitm.inspector import Inspector
from baas_errors.pipeline import Pipeline
from mitmproxy import http, io
from mitmproxy.test import tflow

BODIES = (
    (404, {"code": 101, "error": "Object not found."}),
    (400, {"code": 107, "error": "where parameter is not valid JSON"}),
    (400, {"code": 111, "error": "schema mismatch for Note.likes; expected Number but got String"}),
    (400, {"code": 209, "error": "Invalid session token"}),
    (400, {"code": 119, "error": "Permission denied"}),
    (403, {"error": "unauthorized"}),
)


def flow(number: int, kinds: int = 0) -> http.HTTPFlow:
    """A Parse error; every sixth is alike, or `kinds` are told apart by their function."""
    status, body = BODIES[number % len(BODIES)]
    path = f"/parse/functions/f{number % kinds}" if kinds else f"/parse/classes/Note/{number % 1000:010d}?where=%7Btitle%3A%27Milk%27%7D"
    item = tflow.tflow()
    item.comment = item.marked = ""
    item.metadata.clear()
    item.request = http.Request.make(
        "GET" if not kinds else "POST",
        f"http://notes.example:1337{path}",
        b"" if not kinds else b'{"title":"Milk"}',
        {"x-parse-application-id": "bench", "x-parse-session-token": f"r:{number % 50:032x}", "content-type": "application/json", "accept": "*/*"},
    )
    item.response = http.Response.make(status, json.dumps(body), {"content-type": "application/json; charset=utf-8"})
    start = 1_780_000_000 + number / 100
    item.request.timestamp_start = item.request.timestamp_end = start
    item.response.timestamp_start = item.response.timestamp_end = start + 0.01
    return item


def write_capture(path: Path, count: int) -> None:
    """A flow file in which every flow is an error."""
    with path.open("wb") as file:
        writer = io.FlowWriter(file)
        for number in range(count):
            writer.add(flow(number))


def stranger(number: int) -> http.HTTPFlow:
    """A file that a browser has got from some other host."""
    item = tflow.tflow()
    item.comment = item.marked = ""
    item.metadata.clear()
    item.request = http.Request.make("GET", f"https://cdn{number % 40}.example/assets/{number % 1000}.js?v={number}", b"", dict(SENT))
    item.response = http.Response.make(200, b"x" * (300, 900, 2500)[number % 3], dict(ANSWERED))
    start = 1_780_000_000 + number / 100
    item.request.timestamp_start = item.request.timestamp_end = start
    item.response.timestamp_start = item.response.timestamp_end = start + 0.01
    return item


SENT = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "accept": "*/*",
    "accept-language": "en-US,en;q=0.9",
    "accept-encoding": "gzip, deflate, br",
    "referer": "https://www.example/page",
    "cookie": "a=b; c=d",
    "sec-fetch-mode": "no-cors",
}
ANSWERED = {"content-type": "text/javascript", "date": "Mon, 30 Nov 2026 17:00:00 GMT", "server": "nginx", "etag": '"1"', "vary": "accept-encoding"}


def write_mixed_capture(path: Path, count: int) -> None:
    """A flow file of which one flow in a hundred is an error, and the others are of a thousand kinds."""
    kinds = []
    for number in range(1000):
        file = BytesIO()
        io.FlowWriter(file).add(stranger(number))
        kinds.append(file.getvalue())
    with path.open("wb") as file:
        writer = io.FlowWriter(file)
        for number in range(count):
            if number % 100:
                file.write(kinds[number % 1000])
            else:
                writer.add(flow(number))


def write_har(path: Path, count: int, body: int = 2_400) -> None:
    """A HAR file of 4 KB an entry, of which one in a hundred is an error."""
    fields = [[{"name": name, "value": value} for name, value in headers.items()] for headers in (SENT, ANSWERED)]
    text = "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz        ", k=body))
    timings = {"blocked": 1, "dns": -1, "connect": -1, "send": 1, "wait": 10, "receive": 0.5, "ssl": -1}
    with path.open("w", encoding="utf-8") as file:
        file.write('{"log": {"version": "1.2", "creator": {"name": "bench", "version": "1"}, "entries": [')
        for number in range(count):
            own = number % 100 == 0
            content = json.dumps(BODIES[0][1]) if own else text
            app = [{"name": "x-parse-application-id", "value": "bench"}] if own else []
            url = f"https://notes.example/parse/classes/Note/{number}" if own else f"https://cdn{number % 40}.example/assets/{number}.js"
            request = {"method": "GET", "url": url, "httpVersion": "HTTP/1.1", "headers": fields[0] + app, "cookies": [], "queryString": []}
            answer = {"status": 404 if own else 200, "statusText": "", "httpVersion": "HTTP/1.1", "headers": fields[1], "cookies": []}
            answer["content"] = {"size": len(content), "mimeType": "application/json" if own else "text/javascript", "text": content}
            when = f"2026-11-30T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000Z"
            entry = {"startedDateTime": when, "time": 12.5, "request": request, "response": answer, "cache": {}, "timings": timings}
            file.write((",\n" if number else "\n") + json.dumps(entry))
        file.write("\n]}}\n")


def write_log(path: Path, count: int) -> None:
    """A log of as many records, of some hundred kinds."""
    watch = Inspector(Pipeline(load_catalogs()))
    chance = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        templates = [record.to_json() for number in range(300) for record in watch.look(flow(number, 300)).records]
        for number in range(count):
            line = json.loads(chance.choice(templates))
            line["mitmproxy.flow_id"] = f"{number:032x}"
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def record_times(rounds: int) -> Iterator[float]:
    """Seconds for each of some hundred errors of a real Parse Server and of our own making, after a warm-up.

    Between two rounds a minute passes on the flows' clocks: they are attempts, not a loop.
    """
    capture = Path(peer.__file__).resolve().parents[1] / "captures" / "parse-server-9.mitm"
    with capture.open("rb") as file:
        flows = [item for item in io.FlowReader(file).stream() if isinstance(item, http.HTTPFlow) and item.websocket is None]
    flows += [flow(number) for number in range(300)]
    watch = Inspector(Pipeline(load_catalogs()))
    for number in range(rounds + 1):
        for item in flows:
            for message in (item.request, item.response):
                if message and message.timestamp_start and message.timestamp_end:
                    message.timestamp_start, message.timestamp_end = message.timestamp_start + 60, message.timestamp_end + 60
            started = time.perf_counter()
            records = looked.records if (looked := watch.look(item)) else ()
            taken = time.perf_counter() - started
            if number and records:
                yield taken / len(records)


def memory_after(errors: int, kinds: int) -> tuple[float, float]:
    """MiB that the process has grown by at half and at the end, from what it had before the first error."""
    return asyncio.run(_memory_after(errors, kinds))


async def _memory_after(errors: int, kinds: int) -> tuple[float, float]:
    from errors import BackendErrors
    from mitmproxy.test import taddons

    addon = BackendErrors()
    with taddons.context() as context:
        context.master.addons.add(addon)
        context.configure(addon, errors_log="/dev/null")
        gc.collect()
        before = resident()
        half = 0.0
        for number in range(errors):
            addon.response(flow(number, kinds))
            if number % 100 == 0:
                # mitmproxy's own logging keeps each line until the event loop comes by.
                await asyncio.sleep(0)
            if number == errors // 2:
                gc.collect()
                half = resident() - before
        gc.collect()
        after = resident() - before
        addon.done()
    return half, after


def resident() -> float:
    """The resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20
