"""No exchange of up to 4 MB, however it is made, keeps the proxy: each row of slow_inputs.py stays below a limit of processor time."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Iterator

import fuzz.look
import pytest
from effort import unit
from fuzz.answers import Answer, flow_of, messages_of
from fuzz.look import Looker, looking
from fuzz.slow_inputs import key, parse, raw, table, word

# In units of effort.py, of which one is 5 to 10 ms: of one answer, or of one message of a WebSocket. The slowest rows take 7 to 9 by themselves, most
# of them on Python 3.11; without a bound they take hundreds. Beside other work on the same cores they take up to a half more.
MOST = 13


@pytest.fixture(scope="module")
def looker() -> Iterator[Looker]:
    with pytest.MonkeyPatch.context() as patch, looking() as one:
        patch.setattr(fuzz.look, "EVERY", 10**9)
        # What is read only once has been read.
        one.look(parse(request_body=raw({"password": "abcdef", "code": 1})))
        gc.collect()
        gc.freeze()
        yield one


def seconds(looker: Looker, answer: Answer) -> float:
    """The processor time that the longest hook takes."""
    item, longest = flow_of(answer), 0.0
    for message in messages_of(answer) if item.websocket is not None else (None,):
        if message is not None and item.websocket is not None:
            item.websocket.messages.append(message)
        hook = looker.addon.response if message is None else looker.addon.websocket_message
        # Of what was there before, nothing is garbage (see `looker`).
        gc.collect()
        gc.disable()
        started = time.thread_time()
        hook(item)
        longest = max(longest, time.thread_time() - started)
        gc.enable()
    return longest


def check(looker: Looker, names: list[str]) -> None:
    slow, measure = {}, 0.0
    for number, name in enumerate(names):
        answer = table()[name]()
        measure = measure if number % 10 else unit()
        taken = seconds(looker, answer) / measure
        for _ in range(3):
            # What else the machine does has a part in it.
            taken = min(taken, seconds(looker, answer) / unit()) if taken > MOST else taken
        if taken > MOST:
            slow[name] = round(taken, 1)
    assert not slow


def test_a_few_of_each_kind(looker: Looker) -> None:
    # Every twelfth row, for every run of the tests; all of them take long.
    check(looker, list(table())[::12])


# Through the hooks, as a few of each kind on every version; how long they take depends on Python.
@pytest.mark.slow
@pytest.mark.twice
def test_all(looker: Looker) -> None:
    check(looker, list(table()))


def test_what_was_not_searched_is_not_shown(looker: Looker) -> None:
    """A request that holds too much, in each way that it can: a secret in it that was not looked for is in nothing that is said."""
    secret = "q7Rk" + key(28)
    many = {word(number): number for number in range(30_000)}
    requests = {
        "many names": raw({**many, "password": secret}),
        "many values": raw({"a": [{"b": number} for number in range(39_000)], "password": secret}),
        "more values than are read": raw({"a": list(range(60_000)), "password": secret}),
        "many secrets": raw({"a": [{"password": key()} for _ in range(600)], "password": secret[:30]}),
        "more parameters than are read": "&".join(f"a{number}=b" for number in range(9_000)).encode() + b"&password=" + secret.encode(),
        "a form that is longer than is read": b"a=" + b"b" * 300_000 + b"&password=" + secret.encode(),
        "broken, and long": raw({"a": "b " * 20_000})[:-1] + b",x,'password':" + secret.encode(),
    }
    for name, body in requests.items():
        kind = b"application/json" if body[:1] == b"{" else b"application/x-www-form-urlencoded"
        headers = ((b"x-parse-application-id", b"app1"), (b"content-type", kind))
        # The whole is random, and replaced as such; of its beginning nobody can tell what it is.
        invalid = (f"Invalid value {secret}, not found.", f"Invalid value {secret[:12]}, not found.")
        for told in (secret, *invalid, f'{{"a":"{secret}"}}', secret[:24], secret.lower(), f"object {secret}-1"):
            said = raw({"code": 141, "error": told})
            (record,) = looker.look(parse(request_headers=headers, request_body=body, response_body=said))
            shown = str(record).lower()
            assert secret[:20].lower() not in shown, (name, told)
            assert "request-not-searched" in {finding["rule"] for finding in record["baas.findings"]}, name
            assert secret[:12].lower() not in shown, (name, told)
            if told in invalid:
                said_so = re.sub(" #[0-9a-f]{6}>", ">", record["error.message"])
                assert said_so == ("Invalid value <secret 32 chars>, not found.", "Invalid value <not shown> not found.")[invalid.index(told)], name
