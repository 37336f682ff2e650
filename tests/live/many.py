"""Errors in numbers, each with a number of its own by which it is found again in the log, and a server that answers nothing else."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mitmproxy import http as mhttp
from mitmproxy import io
from mitmproxy.test import tflow
from stub import stub_server

NOT_FOUND = (404, {"code": 101, "error": "Object not found."})


def write_errors(path: Path, names: Iterable[str], padding: int = 0) -> None:
    """A capture of Parse errors. Each stands for an object of its own name; `padding` characters make its address longer."""
    item = tflow.tflow()
    item.comment = item.marked = ""
    item.request = mhttp.Request.make("GET", "http://notes.example:1337/", b"", {"x-parse-application-id": "app1", "host": "notes.example:1337"})
    item.response = mhttp.Response.make(NOT_FOUND[0], json.dumps(NOT_FOUND[1]), {"content-type": "application/json"})
    item.request.timestamp_start = item.request.timestamp_end = 1_780_000_000.0
    item.response.timestamp_start = item.response.timestamp_end = 1_780_000_000.01
    with path.open("wb") as file:
        writer = io.FlowWriter(file)
        for name in names:
            item.id = f"flow-{name}"
            item.request.path = f"/parse/classes/Note/{name}?where={'a+' * (padding // 2)}"
            writer.add(item)


def name_of(record: dict[str, Any]) -> str:
    """The object that a record is about."""
    return str(record["url.full"]).partition("?")[0].rpartition("/")[2]


class _Always(dict[str, tuple[int, Any]]):
    def get(self, *_: Any) -> tuple[int, Any]:
        return NOT_FOUND


@contextlib.contextmanager
def failing_server() -> Iterator[int]:
    """A Parse Server on a free port of loopback that finds nothing; gives its port."""
    with stub_server(_Always()) as port:
        yield port


class Client:
    """An app that asks through the proxy, over one connection."""

    def __init__(self, proxy: int, server: int) -> None:
        self._server = server
        self._connection = http.client.HTTPConnection("127.0.0.1", proxy, timeout=30)

    def ask(self, name: str) -> int:
        """Asks for an object; returns the status of the answer, once it is there whole."""
        self._connection.request("GET", f"http://127.0.0.1:{self._server}/parse/classes/Note/{name}", headers={"X-Parse-Application-Id": "app1"})
        answer = self._connection.getresponse()
        assert json.loads(answer.read()) == NOT_FOUND[1]
        return answer.status

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()
