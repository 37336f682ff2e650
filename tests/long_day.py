"""A day of traffic in fast forward, through the addon's own hooks, and what the addon holds meanwhile.

    PYTHONPATH=addons python tests/long_day.py [FLOWS]

Every flow has a time of its own, and most have a user, an id, a host, a session or an error that was never seen before.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import tempfile
import types
from collections import Counter
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any

from errors import BackendErrors
from mitmproxy import flow as mflow
from mitmproxy import http, log
from mitmproxy.test import taddons, tflow
from mitmproxy.websocket import WebSocketData, WebSocketMessage
from wsproto.frame_protocol import Opcode

START, DAY = 1_780_000_000.0, 86_400.0
JSON = {"content-type": "application/json"}
KINVEY, BKEND, TELERIK = "https://baas.kinvey.com", "https://api-client.bkend.ai", "https://api.everlive.com"
LONG = "\U0001f511" + "x" * 30_000


def made(method: str, url: str, headers: dict[str, str], body: Any = None, status: int = 200, answer: Any = None, more: Any = ()) -> http.HTTPFlow:
    item = http.HTTPFlow(CLIENT, SERVER, live=True)
    data = b"" if body is None else json.dumps(body).encode()
    item.request = http.Request.make(method, url, data, {**headers, **(JSON if data else {})})
    item.response = http.Response.make(status, json.dumps(answer).encode(), {**JSON, **dict(more)})
    return item


CLIENT, SERVER = tflow.tclient_conn(), tflow.tserver_conn()


def flows(number: int) -> Iterator[http.HTTPFlow]:
    """The flows of one user, who was never seen before."""
    name, app = f"n{number}", f"app{number % 50}"
    parse = {"x-parse-application-id": app}
    session = {**parse, "x-parse-session-token": f"r:{number:032x}"}
    base = f"http://host{number}.example/parse"
    kinvey = {"authorization": f"Kinvey {number:040x}", "x-kinvey-api-version": "5"}
    bkend = {"x-api-key": f"pk_{number % 20:032x}", "authorization": f"Bearer t{number}"}
    not_found = {"code": 101, "error": f"Object {name} not found."}
    yield made("POST", f"{base}/login", parse, {"username": name, "password": name}, answer={"objectId": name, "sessionToken": f"r:{number:032x}"})
    yield made("GET", f"{base}/classes/C{number}/{name}", session, answer={"objectId": name, "title": "Milk"})
    yield made("POST", f"{base}/classes/C{number}", session, {"title": name}, 201, {"objectId": f"o{number}"})
    for _ in range(2):
        yield made("GET", f"{base}/classes/C{number}/x{name}", session, None, 404, not_found)
    yield made("POST", f"{base}/functions/f{number}", session, {"a": number}, 400, {"code": 141, "error": f"Fault {number}"})
    batch = [{"method": "DELETE", "path": f"/parse/classes/C/{name}{part}"} for part in range(5)]
    yield made("POST", f"{base}/batch", session, {"requests": batch}, 200, [{"error": not_found} for _ in batch])
    yield made("POST", f"{base}/logout", session, {}, answer={})
    yield made("GET", f"{base}/classes/C{number}", session, None, 400, {"code": 209, "error": "Invalid session token"})
    kid = f"{KINVEY}/appdata/kid_{number}/books{number}"
    yield made(
        "GET", f"{kid}/{name}", kinvey, None, 404, {"error": "EntityNotFound", "description": name, "debug": name}, {"x-kinvey-request-id": name}
    )
    yield made("POST", kid, kinvey, {"_id": name, "title": name}, 201, {"_id": name})
    refreshed = {"accessToken": f"a{number}", "refreshToken": f"q{number}", "user": {"id": name}}
    yield made("POST", f"{BKEND}/v1/auth/refresh", bkend, {"refreshToken": f"p{number}"}, 200, refreshed)
    yield made("GET", f"{BKEND}/v1/data/t{number}/{name}", bkend, None, 404, {"success": False, "error": {"code": "NOT_FOUND", "message": name}})
    yield made("GET", f"{BKEND}/v1/data/t{number}", bkend, None, 429, {"error": {"code": "RATE_LIMIT", "message": name}}, {"retry-after": "30"})
    signed = {"url": f"https://files{number}.example/{name}?X-Amz-Signature=s{number}"}
    yield made("POST", f"{BKEND}/v1/files/presigned-url", bkend, {"filename": name, "contentType": "image/png"}, 200, signed)
    yield made("PUT", signed["url"], {"content-type": "text/plain"}, None, 403, {"message": "no"})
    yield made("GET", f"{TELERIK}/v1/{app}/T{number}/{name}", {}, None, 404, {"message": f"No {name}", "errorCode": 801})
    yield made("GET", f"http://stranger{number}.example/{name}", {}, None, 500, {"no": "matter"})
    if number % 50 == 0:
        headers = {**session, f"x-{name}": "y" * 30_000, "host": f"{'h' * 30_000}{number}.example"}
        yield made("GET", f"{base}/classes/Note/{number}?{number}={'z+' * 5_000}", headers, None, 404, {"code": 101, "error": f"{name}{LONG}"})


def walked(addon: Any) -> tuple[Counter[str], int]:
    """How many objects of which type can be reached from the addon, and their bytes; what belongs to mitmproxy or to the code itself is left out."""
    passed = (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, asyncio.AbstractEventLoop, _lru_cache_wrapper)
    seen, counted, size = {id(addon)}, Counter[str](), 0
    left = [addon]
    while left:
        item = left.pop()
        counted[type(item).__name__] += 1
        size += sys.getsizeof(item)
        for other in gc.get_referents(item):
            if id(other) not in seen and not isinstance(other, passed) and not type(other).__module__.startswith("mitmproxy."):
                seen.add(id(other))
                left.append(other)
    return counted, size


def resident() -> float:
    """The resident memory of this process in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


async def day(count: int, folder: Path) -> dict[str, Any]:
    """Sends a day's flows through the addon; tells what it holds at a quarter, at half, at three quarters and at the end."""
    addon, held = BackendErrors(), []
    with taddons.context() as context:
        # In a proxy those who listen to the log keep a bounded number of its lines.
        context.master.logs = None
        context.master.addons.add(addon)
        context.configure(addon, errors_log=str(folder / "errors.jsonl"))
        addon.running()
        gc.collect()
        before = resident()
        users = count // 20
        number = passed = 0
        for number in range(users):
            for part, item in enumerate(flows(number)):
                now = START + DAY * (number + part / 100) / users
                item.request.timestamp_start = item.request.timestamp_end = now
                assert item.response
                item.response.timestamp_start = item.response.timestamp_end = now + 0.1
                addon.response(item)
                passed += 1
            failed = http.HTTPFlow(CLIENT, SERVER, live=True)
            failed.request = http.Request.make("GET", f"{KINVEY}/appdata/kid_{number}/books/{number}")
            failed.request.timestamp_start = now
            failed.error = mflow.Error(f"[Errno 111] Connect call failed ('10.0.0.{number % 250}', 443) {number}", now + 1)
            addon.error(failed)
            socket = made("GET", f"ws://host{number}.example/parse", {})
            socket.websocket = WebSocketData()
            for client, text in ((True, '{"op":"connect","applicationId":"x"}'), (False, f'{{"op":"error","code":119,"error":"denied {number}"}}')):
                socket.websocket.messages.append(WebSocketMessage(Opcode.TEXT, client, text.encode(), now))
                addon.websocket_message(socket)
            passed += 2
            # What mitmproxy's logging has left with the event loop.
            await asyncio.sleep(0)
            if (number + 1) % (users // 4) == 0:
                await asyncio.sleep(0.1)
                gc.collect()
                counted, size = walked(addon)
                held.append({"objects": sum(counted.values()), "bytes": size, "resident": resident() - before, "largest": counted.most_common(8)})
        types_seen = Counter(row.type.partition("/")[0] for row in addon.summary.rows())
        result = {"flows": passed, "errors": addon.summary.total, "kinds": len(addon.summary.rows()), "backends": sorted(types_seen), "held": held}
        addon.done()
    return result


def main() -> None:
    """Prints what was held as JSON."""
    log.logging.getLogger().setLevel(log.logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(day(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000, Path(folder))), indent=1))


if __name__ == "__main__":
    main()
