"""A second process that explains every other error of large inputs, with the same result in the same order as one alone.

To explain an error takes most of the time, and needs what was seen before it, but changes nothing of that. So both processes read all inputs and
remember all that passes, and each explains only its own errors; the second hands its records over.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple, cast

from ..pipeline import Pipeline
from ..record import ErrorRecord
from ..text.paths import expand_user
from .redacted_exchange import CleanExchange

# In bytes, all inputs together: what is smaller is read before the second process has begun.
LARGE = 4 * 1024 * 1024


class Explained(NamedTuple):
    """The records of an exchange, and the exchange as it may be shown."""

    records: list[ErrorRecord]
    shown: CleanExchange | None


def is_worth_it(inputs: Sequence[str]) -> bool:
    """Whether there is another core, and the inputs are large files, which can be read twice."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return False
    try:
        return all(expand_user(name).is_file() for name in inputs) and sum(expand_user(name).stat().st_size for name in inputs) >= LARGE
    except (OSError, ValueError):
        return False


@contextmanager
def second_process(pipeline: Pipeline, work: Iterable[Explained]) -> Iterator[Helper]:
    """A copy of this process that does `work`, which looks at the same exchanges with the same pipeline. Every other error that the pipeline meets in
    this process is explained in that one."""
    # Both share its key for pseudonyms.
    texts = sorted(pipeline.redactor.ours)
    source, target = os.pipe()
    if not (child := os.fork()):
        with suppress(BaseException), os.fdopen(target, "wb") as pipe:
            os.close(source)
            _explain(pipeline, work, pipe, {text: number for number, text in enumerate(texts)})
        os._exit(0)
    os.close(target)
    try:
        with os.fdopen(source, "rb") as pipe:
            helper = Helper(pipe, texts)
            pipeline.explained_elsewhere = helper.records
            yield helper
    finally:
        pipeline.explained_elsewhere = None
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _explain(pipeline: Pipeline, work: Iterable[Explained], pipe: BinaryIO, numbers: Mapping[str, int]) -> None:
    elsewhere = False

    def explained_elsewhere() -> list[ErrorRecord] | None:
        nonlocal elsewhere
        elsewhere = not elsewhere
        return [] if elsewhere else None

    pipeline.explained_elsewhere = explained_elsewhere
    for explained in work:
        if explained.records:
            _Pickler(pipe, numbers).dump(tuple(explained))


class _Pickler(pickle.Pickler):
    """Writes a catalog's texts, which both processes have, as numbers."""

    def __init__(self, pipe: BinaryIO, numbers: Mapping[str, int]) -> None:
        super().__init__(pipe, pickle.HIGHEST_PROTOCOL)
        self._numbers = numbers

    def persistent_id(self, value: Any) -> int | None:
        """The number of a text."""
        return self._numbers.get(value) if type(value) is str else None

    def reducer_override(self, value: Any) -> Any:
        """How to make a catalog's table again."""
        return (_table, (dict(value),)) if type(value) is MappingProxyType else NotImplemented


def _table(values: dict[str, str]) -> Mapping[str, str]:
    return MappingProxyType(values)


class _Unpickler(pickle.Unpickler):
    def __init__(self, pipe: BinaryIO, texts: Sequence[str]) -> None:
        super().__init__(pipe)
        self._texts = texts

    def persistent_load(self, number: int) -> str:
        """The text with a number."""
        return self._texts[number]


class Helper:
    """What the other process hands over, in order."""

    def __init__(self, pipe: BinaryIO, texts: Sequence[str]) -> None:
        self._pipe, self._texts = pipe, texts
        self._elsewhere = True
        # The exchange of the records that were handed over last; None where they were made here.
        self.shown: CleanExchange | None = None

    def records(self) -> list[ErrorRecord] | None:
        """The records of an error that the other process explains; None for one that is to be explained here."""
        self._elsewhere, self.shown = not self._elsewhere, None
        if self._elsewhere:
            with suppress(Exception):  # the other process has ended: this one goes on alone
                records, self.shown = _Unpickler(self._pipe, self._texts).load()
                return cast(list[ErrorRecord], records)
        return None
