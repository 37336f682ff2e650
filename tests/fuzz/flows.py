"""Mutated files of mitmproxy's own."""

from __future__ import annotations

import io
from typing import Any

from baas_errors.mitm.flow_reader import read_flows
from baas_errors.sources import Skip
from baas_errors.sources.skipped import Skips
from mitmproxy.io import FlowReader, FlowWriter, tnetstring

from . import hostile
from .answers import CAPTURES
from .chance import Chance, pick
from .check import must
from .files import Files
from .mutate import mutate_bytes


class Flows(Files):
    """mitmproxy's own files, changed anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self._flows = []
        with (CAPTURES / "demo.mitm").open("rb") as file:
            for item in FlowReader(file).stream():
                one = io.BytesIO()
                FlowWriter(one).add(item)
                self._flows.append(one.getvalue())
        self._states = [_loaded(one) for one in self._flows]

    def _hand_in(self, chance: Chance) -> None:
        at = chance.below(len(self._flows))
        good = pick(chance, self._flows)
        bad = mutate_bytes(self._flows[at], chance) if chance.below(3) == 0 else _dumped(_changed_state(self._states[at], chance))
        self._last = bad
        skips: list[Skip] = []
        found = list(read_flows(io.BytesIO(good + bad + good), Skips("a.mitm", skips)))
        self._skipped(skips)
        must(found, "the flow before the bad one was lost")
        for item in found:
            self._taken(item)


def _loaded(data: bytes) -> Any:
    return tnetstring.loads(data)


def _dumped(value: Any) -> bytes:
    return tnetstring.dumps(value)


_STATE_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**70, 1.5, float("nan"), float("inf"), 1e300, b"", b"\xff", "", "\u202e", "x" * 3_000, [], {}, [b"a", b"b"], [[b"a",
    b"b"]], ((b"a", b"\xff"),)
)  # fmt: skip


def _changed_state(value: Any, chance: Chance) -> Any:
    if isinstance(value, dict) and value and chance.below(8):
        key = pick(chance, sorted(value, key=str))
        if chance.below(12) == 0:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: _changed_state(value[key], chance)}
    if isinstance(value, (list, tuple)) and value and chance.below(8):
        at = chance.below(len(value))
        return [*value[:at], _changed_state(value[at], chance), *value[at + 1 :]]
    if isinstance(value, bytes) and chance.below(2):
        return mutate_bytes(value, chance)
    if isinstance(value, str) and chance.below(2):
        return value + pick(chance, [text for text in hostile.VALUES if isinstance(text, str) and text.isprintable()])
    return pick(chance, _STATE_VALUES)
