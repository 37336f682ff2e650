"""Shared by the commands: input options, reading inputs, messages, progress."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ..catalog import Backend, load_catalogs
from ..detect.backend import parse_hosts_option
from ..pipeline import Pipeline, naming
from ..redact.pseudonyms import ENVIRONMENT, key_in, read_key
from ..reports.collect import Tally, collect
from ..reports.group import Occurrence
from ..sources import Skip
from ..text import one_line
from .progress import Progress

if TYPE_CHECKING:
    from ..redact import Redaction

MOST_SKIPS_SHOWN = 10
LONGEST_SAID = 4_000

Commands = Any  # argparse has no public type for the result of add_subparsers


class UsageError(Exception):
    """A command cannot do what was asked; the text names the option or file and the remedy."""


class Parser(argparse.ArgumentParser):
    """A parser whose error messages, which quote arguments, are escaped for the terminal."""

    def error(self, message: str) -> NoReturn:
        """Prints the message and exits with status 2."""
        super().error(one_line(message, LONGEST_SAID))


def say(text: str) -> None:
    """Prints one line to standard error, if that can be written."""
    with contextlib.suppress(OSError):
        print(one_line(text, LONGEST_SAID), file=sys.stderr, flush=True)


def show(text: str | bytes = "") -> None:
    """Prints and flushes; without a text only flushes. A closed pipe (`head`) is no error; raises UsageError if the disk is full."""
    try:
        if isinstance(text, bytes):
            sys.stdout.buffer.write(text)
        elif text:
            print(text)
        sys.stdout.flush()
    except OSError as error:
        discard_stdout()
        if not isinstance(error, BrokenPipeError):
            raise UsageError(f"standard output cannot be written ({error.strerror or error})") from None


def discard_stdout() -> None:
    """Replaces a broken standard output, so that Python does not fail on it when it exits."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def add_catalog_option(parser: argparse.ArgumentParser) -> None:
    """Adds `--catalog`."""
    parser.add_argument("--catalog", action="append", default=[], metavar="FILE", help="a catalog or folder of catalogs to add; repeatable")


def add_hosts_option(parser: argparse.ArgumentParser) -> None:
    """Adds `--hosts`."""
    parser.add_argument(
        "--hosts",
        action="append",
        default=[],
        metavar="BACKEND=HOST",
        help="a self-hosted server or custom domain, as backend=host[:port][/path], for example parse=localhost:1337/parse; repeatable",
    )


def add_input_options(parser: argparse.ArgumentParser) -> None:
    """Adds the inputs and the options of every command that reads captures."""
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="captures of mitmproxy and of other tools (docs/captures.md), error logs (.jsonl); - for standard input",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="do not show the progress of reading")
    add_pipeline_options(parser)


def add_pipeline_options(parser: argparse.ArgumentParser) -> None:
    """Adds `--catalog`, `--hosts` and `--pseudonym-key`."""
    add_catalog_option(parser)
    add_hosts_option(parser)
    parser.add_argument(
        "--pseudonym-key",
        metavar="FILE",
        help=f"a file with the key for pseudonyms; runs with the same key give comparable pseudonyms (default: {ENVIRONMENT}, or a random key)",
    )


def backends_of(options: argparse.Namespace) -> dict[str, Backend]:
    """The shipped catalogs and those of `--catalog`; raises UsageError."""
    with naming("--catalog" if options.catalog else "", UsageError):
        return load_catalogs(options.catalog)


def pipeline_of(options: argparse.Namespace) -> Pipeline:
    """The pipeline for the options; raises UsageError that names the invalid option."""
    backends = backends_of(options)
    with naming("--hosts", UsageError):
        hosts = parse_hosts_option(options.hosts, backends)
    with naming("--pseudonym-key" if options.pseudonym_key is not None else "", UsageError):
        key = read_key(options.pseudonym_key) if options.pseudonym_key is not None else key_in(os.environ)
    return Pipeline(backends, hosts, pseudonym_key=key)


class Inputs(NamedTuple):
    """The errors in the inputs; `notes` says what was skipped, `empty` why no exchange has a known backend ("" if one has). `damaged`: something was
    skipped; `unreadable`: an input could not be read at all. `tally` counts what was read."""

    found: list[Occurrence]
    notes: list[str]
    empty: str
    damaged: bool
    unreadable: bool
    tally: Tally


def read_inputs(options: argparse.Namespace, pipeline: Pipeline, **how: Any) -> Inputs:
    """Reads the inputs, `how` as `collect` takes it, and prints what was skipped, and which inputs could not be read at all; raises UsageError if
    none could."""
    skips: list[Skip] = []
    tally = Tally()
    redaction = pipeline.redactor.session()
    found = collect(options.inputs, pipeline, skips, watched=Progress(quiet=getattr(options, "quiet", False)), tally=tally, **how)
    unread = [redaction.text(reason) for reason in tally.unreadable]
    if len(unread) == len(options.inputs):
        raise UsageError("; ".join(unread))
    for reason in unread:
        say(f"Not read: {reason}")
    notes = [f"Not read: {reason}" for reason in unread] + say_skipped(skips, redaction)
    empty = ""
    if not tally.exchanges and not tally.records:
        empty = "The inputs are empty: they contain no exchange and no record."
    elif not tally.ours and not tally.records:
        seen = f"None of the {tally.exchanges:,} exchanges is" if tally.exchanges > 1 else "The exchange is not"
        empty = f"{seen} with a known backend. Name your own servers: --hosts parse=HOST[:PORT][/PATH]"
    return Inputs(found, notes, empty, any(skip.damage for skip in skips), bool(unread), tally)


def say_skipped(skips: Sequence[Skip], redaction: Redaction) -> list[str]:
    """Prints what was skipped, without secrets; what was printed."""
    notes = [redaction.text(f"{'Skipped' if skip.damage else 'Note'}: {skip}.") for skip in skips[:MOST_SKIPS_SHOWN]]
    if more := sum(skip.many for skip in skips[MOST_SKIPS_SHOWN:]):
        notes.append(f"Skipped {more:,} more.")
    for note in notes:
        say(note)
    return notes
