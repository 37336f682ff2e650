"""What commands share: options that make a pipeline, messages, progress."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from ..catalog import Backend, CatalogError, load_catalogs
from ..detect.backend import parse_hosts_option
from ..pipeline import Pipeline
from ..redact import Redactor
from ..redact.pseudonyms import ENVIRONMENT, key_in, read_key
from ..reports.collect import Tally
from ..sources import Item, Skip
from ..text import one_line, plural

MOST_SKIPS_SHOWN = 10
LONGEST_SAID = 4_000

Commands = Any  # argparse names no public type for what add_subparsers returns


class UsageError(Exception):
    """What was asked for cannot be done; the text names the option or file, and says what would be right."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints cannot act on the terminal: they quote what was given, such as the names of files."""

    def error(self, message: str) -> NoReturn:
        """Says what is wrong, and ends with status 2."""
        super().error(one_line(message, LONGEST_SAID))


def say(text: str) -> None:
    """Tells people something on one line, beside what a command writes. Where that cannot be written, the exit status still says what happened."""
    with contextlib.suppress(OSError):
        print(one_line(text, LONGEST_SAID), file=sys.stderr, flush=True)


def show(text: str | bytes = "") -> None:
    """Prints what a command was asked for, bytes as they are, and sees to it that it is written; without a text, what was printed before.

    A reader that has seen enough (a pager, `head`) is no error. Raises UsageError if there is no room.
    """
    try:
        if isinstance(text, bytes):
            sys.stdout.buffer.write(text)
        elif text:
            print(text)
        sys.stdout.flush()
    except BrokenPipeError:
        let_go()
    except OSError as error:
        let_go()
        raise UsageError(f"standard output cannot be written ({error.strerror or error})") from None


def let_go() -> None:
    """Standard output is gone; Python must not try again when it ends, and complain."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def add_catalog_option(parser: argparse.ArgumentParser) -> None:
    """`--catalog`."""
    parser.add_argument("--catalog", action="append", default=[], metavar="FILE", help="a catalog or folder of catalogs to add; repeatable")


def add_input_options(parser: argparse.ArgumentParser) -> None:
    """What every command that reads captures takes."""
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="captures of mitmproxy, HAR files, records (.jsonl); - for standard input")
    add_catalog_option(parser)
    parser.add_argument(
        "--hosts",
        action="append",
        default=[],
        metavar="BACKEND=HOST",
        help="a self-hosted server or custom domain, as backend=host[:port][/path], for example parse=localhost:1337/parse; repeatable",
    )
    parser.add_argument(
        "--pseudonym-key",
        metavar="FILE",
        help="a file with the key that makes pseudonyms comparable between runs that share it; without it the key is taken from "
        f"{ENVIRONMENT}, or else random",
    )


def backends_of(options: argparse.Namespace) -> dict[str, Backend]:
    """The catalogs that are shipped and asked for; raises UsageError."""
    try:
        return load_catalogs(options.catalog)
    except CatalogError as error:
        raise UsageError(f"--catalog: {error}" if options.catalog else str(error)) from None


def pipeline_of(options: argparse.Namespace) -> Pipeline:
    """What the options ask for; raises UsageError that names the option at fault."""
    backends = backends_of(options)
    try:
        hosts = parse_hosts_option(options.hosts, backends)
    except ValueError as error:
        raise UsageError(f"--hosts: {error}") from None
    try:
        key = read_key(options.pseudonym_key) if options.pseudonym_key is not None else key_in(os.environ)
    except ValueError as error:
        raise UsageError(f"--pseudonym-key: {error}" if options.pseudonym_key is not None else str(error)) from None
    return Pipeline(backends, hosts, pseudonym_key=key)


def skip_notes(skips: Sequence[Skip], redactor: Redactor) -> list[str]:
    """What was left out, as sentences: the first few one by one, the others counted. A reason may quote what was wrong, but no secret."""
    notes = [redactor.session().text(f"Skipped: {skip}.") for skip in skips[:MOST_SKIPS_SHOWN]]
    if more := sum(skip.many for skip in skips[MOST_SKIPS_SHOWN:]):
        notes.append(f"Skipped {more:,} more.")
    return notes


def hint(tally: Tally) -> str:
    """What to do where none of the traffic was recognised, or where there was none; "" where some was."""
    if tally.ours or tally.records:
        return ""
    if not tally.exchanges:
        return "The inputs hold no exchange and no record. A log is empty where there was no error; a recording, where nothing was recorded."
    seen = f"None of the {tally.exchanges:,} exchanges is" if tally.exchanges > 1 else "The exchange is not"
    return f"{seen} with a known backend. Name servers of your own: --hosts parse=HOST[:PORT][/PATH]"


class Progress:
    """Says how far a long reading is, on one line that is taken away again. Silent where nobody watches, and for the first second."""

    def __init__(self, stream: Any = None, delay: float = 1.0, every: float = 0.2) -> None:
        self._stream = stream or sys.stderr
        self._delay, self._every = delay, every
        self._watched = bool(self._stream.isatty())

    def __call__(self, name: str, items: Iterator[Item]) -> Iterable[Item]:
        """Hands items on, and counts them."""
        return self._counted(name, items) if self._watched else items

    def _counted(self, name: str, items: Iterator[Item]) -> Iterator[Item]:
        following = time.monotonic() + self._delay
        shown = False
        try:
            for count, item in enumerate(items, 1):
                yield item
                if time.monotonic() >= following:
                    following = time.monotonic() + self._every
                    shown = True
                    self._stream.write(f"\r\x1b[K{one_line(name, 1_000)[-60:]}: {plural(count, 'entry', 'entries')} read")
                    self._stream.flush()
        finally:
            if shown:
                self._stream.write("\r\x1b[K")
                self._stream.flush()
