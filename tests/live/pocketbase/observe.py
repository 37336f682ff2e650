"""Plays requests to a real PocketBase through a real mitmdump with the addon, and tells what it logged of each."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from proxy import mitmdump

from . import harness
from .driver import Answer, Ask, play
from .faults import FAULTS, PREPARE, Kind
from .successes import SUCCESSES


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of all that was played."""

    faults: dict[str, tuple[Kind, Answer]]
    successes: list[tuple[Ask, Answer]]
    sdk: list[dict[str, Any]]
    sdk_records: list[dict[str, Any]]


def observe() -> Seen:
    """Plays everything once, on a server of its own."""
    kept: dict[str, Any] = {}
    successes: list[tuple[Ask, Answer]] = []
    faults: dict[str, tuple[Kind, Answer]] = {}
    with harness.pocketbase() as port, mitmdump(f"reverse:http://127.0.0.1:{port}") as proxy:

        def ask(one: Ask) -> Answer:
            answer = play(proxy.port, one, kept)
            return replace(answer, records=tuple(proxy.new_records()))

        successes += [(one, ask(one)) for one in (*PREPARE, *SUCCESSES)]
        for kind in FAULTS:
            for one in kind.before:
                successes.append((one, ask(one)))
            if "short" in str(kind.ask.headers) and kind.before:
                time.sleep(7)  # a token that lasts a second, and what clocks may differ by
            faults[kind.name] = (kind, ask(kind.ask))
        sdk = harness.run_sdk(proxy.port)
        return Seen(faults, successes, sdk, proxy.new_records())
