"""For mitmdump: notes which flow belongs to which call of a client that names its calls in a header.

mitmdump -s note_calls.py --set calls_log=FILE
"""

import json

from mitmproxy import ctx, http


def load(loader):
    """Declares the option."""
    loader.add_option("calls_log", str, "", "File to write to: one JSON list a flow, the call and the flow's id.")


def request(flow: http.HTTPFlow):
    """Writes one line."""
    with open(ctx.options.calls_log, "a", encoding="utf-8") as log:
        log.write(json.dumps([flow.request.headers.get("x-test-call", ""), flow.id]) + "\n")
