"""mitmproxy with the addon and a view of flows, without a process of its own: what is typed into its command bar can be tried out in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from errors import BackendErrors
from mitmproxy import http
from mitmproxy.addons import view
from mitmproxy.io import FlowReader
from mitmproxy.test import taddons

DEMO = Path(__file__).resolve().parent / "captures" / "demo.mitm"


@contextmanager
def demo_read() -> Iterator[tuple[taddons.context, view.View]]:
    """mitmproxy with the demonstration read, and without a log; and the view of its flows."""
    addon, shown = BackendErrors(), view.View()
    with taddons.context(shown) as context:
        context.master.addons.add(addon)
        context.configure(addon, errors_log="")
        with DEMO.open("rb") as file:
            for flow in FlowReader(file).stream():
                assert isinstance(flow, http.HTTPFlow)
                addon.response(flow)
                shown.add([flow])
        yield context, shown
        addon.done()
