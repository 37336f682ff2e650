"""The script is loaded anew twenty times, as mitmproxy does when its file changes: nothing is there twice, and nothing is left open."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from many import Client, failing_server, name_of
from processes import HarnessError
from proxy import ADDON, mitmdump

TIMES = 20
PATIENCE = 30

# Loaded beside the addon: has mitmproxy look for changes more often, and writes down what the process holds when a file asks for it.
HELD = """
import asyncio, atexit, gc, json, logging, os, threading
from pathlib import Path
from mitmproxy import contentviews, ctx
from mitmproxy.addons import script

script.ReloadInterval = 0.02
HERE = Path(__file__).parent

class Held:
    loads = 0
    seen = None

    def running(self):
        self.task = asyncio.create_task(self.watch())

    async def watch(self):
        while True:
            await asyncio.sleep(0.005)
            addon = ctx.master.addons.get("baas_errors")
            if addon is not None and addon is not self.seen:
                self.seen = addon
                self.loads += 1
                (HERE / "loads").write_text(str(self.loads))
            if (HERE / "ask").exists():
                (HERE / "ask").unlink()
                (HERE / "part").write_text(json.dumps(self.held()))
                (HERE / "part").rename(HERE / "answer")

    def held(self):
        gc.collect()
        views = contentviews.registry.available_views() if hasattr(contentviews, "registry") else [view.name for view in contentviews.views]
        loggers = [logging.root, *(one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger))]
        files = [os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{number}")]
        return {
            "loads": self.loads,
            "views": [view for view in views if view.replace("-", " ").lower() == "backend error"],
            "all views": len(views),
            "commands": sorted(name for name in ctx.master.commands.commands if name.startswith("errors.")),
            "all commands": len(ctx.master.commands.commands),
            "options": sorted(name for name in ctx.options.keys() if name.startswith("errors_")),
            "addons": sorted(name for name in ctx.master.addons.lookup if name.startswith("baas")),
            "chain": len(ctx.master.addons.chain),
            "files": sorted(name for name in files if not name.startswith(("socket:", "/proc"))),
            "threads": threading.active_count(),
            "atexit": atexit._ncallbacks(),
            "handlers": sum(len(one.handlers) for one in loggers),
            "objects": sum(type(item).__name__ in ("BackendErrors", "Journal", "Watch", "Memory", "Spool") for item in gc.get_objects()),
        }

addons = [Held()]
"""


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise HarnessError(f"{what}: not within {PATIENCE} s")
        time.sleep(0.005)


def held(folder: Path) -> dict[str, Any]:
    """What the process holds now."""
    (folder / "ask").touch()
    wait_for((folder / "answer").exists, "an answer")
    answer: dict[str, Any] = json.loads((folder / "answer").read_text())
    (folder / "answer").unlink()
    return answer


def test_of_a_running_mitmdump(tmp_path: Path) -> None:
    copy = tmp_path / "addons"
    copy.mkdir()
    script = copy / "errors.py"
    script.write_text(ADDON.read_text("utf-8"), "utf-8")
    for name in ("baas_errors", "../catalogs"):
        (copy / name).symlink_to((ADDON.parent / name).resolve())
    (copy / "held.py").write_text(HELD)
    with failing_server() as port:
        options = (f"errors_hosts=parse=127.0.0.1:{port}/parse", f"errors_export={tmp_path / 'all.jsonl'}")
        with mitmdump("regular", *options, scripts=(copy / "held.py",), addon=script, log=tmp_path / "errors.jsonl") as proxy:
            client = Client(proxy.port, port)
            assert client.ask("before") == 404
            first = held(copy)
            for number in range(1, TIMES + 1):
                touched = time.time() + 10 * number
                os.utime(script, (touched, touched))
                wait_for(lambda number=number: (copy / "loads").read_text() == str(1 + number), "the script is loaded anew")
            assert client.ask("after") == 404
            last = held(copy)
            client.close()
    assert (first.pop("loads"), last.pop("loads")) == (1, 1 + TIMES)
    assert last == first
    injecting = ["errors.inject", "errors.inject.clear", "errors.inject.list", "errors.reactions"]
    assert first["commands"] == sorted(["errors.clear", "errors.explain", "errors.export", "errors.summary", "errors.ticket", *injecting])
    assert len(first["views"]) == 1
    assert str(tmp_path / "errors.jsonl") in first["files"]
    for log in (tmp_path / "errors.jsonl", tmp_path / "all.jsonl"):
        assert [name_of(json.loads(line)) for line in log.read_text("utf-8").splitlines()] == ["before", "after"]
