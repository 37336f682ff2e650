"""`baas-errors explain`: what a code or name means, and what a rule looks at."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence

from ..catalog import Backend
from ..render import catalog_text as explanations
from ..text import json_text, one_line
from .common import Commands, UsageError, add_catalog_option, backends_of, say, show

LONGEST_SHOWN = 80


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "explain",
        help="say what a code, a name or a rule means",
        description="Says what a code or name means: its cause, what to do, whether to retry, and what the SDKs show. Of a rule it says what the "
        "rule looks at, and by which source.",
        epilog="Exit status: 0 if it is known, 1 if it is not, 2 for bad usage.",
    )
    parser.add_argument(
        "words", nargs="+", metavar="[BACKEND] CODE-OR-NAME-OR-RULE", help="for example: 209, parse 209, ObjectNotFound, OBJECT_NOT_FOUND, query-key"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of text")
    add_catalog_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Explains; 1 if no catalog knows what was asked after."""
    backends = backends_of(options)
    only, text = _backend_and_code(options.words, backends)
    found = explanations.explain(backends, text, only)
    if not found and not only and text.lower() in backends:
        example = next((entry.name for entry in backends[text.lower()].entries), "http-404")
        raise UsageError(f"{text!r} is a backend; name a code or name too, for example: baas-errors explain {text.lower()} {example}")
    if options.json:
        show(json_text(explanations.as_data(found)))
        return 0 if found else 1
    if found:
        show(explanations.as_text(found))
        return 0
    shown = one_line(text, LONGEST_SHOWN)
    say(f"baas-errors: no catalog knows {shown!r}{f' of {only}' if only else ''}.")
    near = explanations.near_misses(backends, text, only)
    if near:
        say(f"Did you mean {', '.join(near)}?")
    if not only:
        say(f"For what a code's range says, name the backend too: {', '.join(f'{name} {shown}' for name in backends)}.")
    return 1


def _backend_and_code(words: Sequence[str], backends: dict[str, Backend]) -> tuple[str, str]:
    """Of several words the first is a backend, or the last; raises UsageError if neither is, or if nothing is asked after."""
    if not (words[0].strip() and words[-1].strip()):
        raise UsageError("what is to be explained is empty; name a code or name, for example: baas-errors explain parse 209")
    only, text = explanations.split(backends, " ".join(words).strip())
    if only or len(words) == 1:
        return only, text
    near = difflib.get_close_matches(words[0].lower(), list(backends), 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"no backend is called {one_line(words[0], LONGEST_SHOWN)!r}; known are {', '.join(backends)}{meant}")
