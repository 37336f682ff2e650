"""For mitmdump: the longest time that the event loop was at one thing, in processor time, since it was asked last. Everybody waits for as long.

mitmdump -s longest_step.py; a request to any `/longest-step` is answered with the seconds.
"""

import asyncio
import time

from mitmproxy import http

_run = asyncio.Handle._run
longest = 0.0


def timed(handle):
    """As the event loop's own, and looks at the clock of this thread."""
    global longest
    began = time.thread_time()
    _run(handle)
    longest = max(longest, time.thread_time() - began)


asyncio.Handle._run = timed


def request(flow: http.HTTPFlow):
    """Answers, and begins anew."""
    global longest
    if flow.request.path == "/longest-step":
        flow.response = http.Response.make(200, str(longest))
        longest = 0.0


def done():
    """Leaves the event loop as it was."""
    asyncio.Handle._run = _run
