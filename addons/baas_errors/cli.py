"""The command `baas-errors`. Exit status 0 for success, 1 for what was asked after and not found or faulty, 2 for bad usage."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from . import explain as explanations
from .catalog import Backend, CatalogError, load_catalogs, load_file
from .text import plural


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except CatalogError as error:
        print(f"baas-errors: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader (a pager, `head`) has seen enough; Python must not complain about it at exit.
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="baas-errors",
        description="Names and explains the errors of Kinvey, Parse Platform, bkend.ai and Telerik Backend Services.",
    )
    parser.add_argument("--version", action="version", version=f"baas-errors {_version()}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    explain = commands.add_parser(
        "explain",
        help="say what a code or name means",
        description="Says what a code or name means: its cause, what to do, whether to retry, and what the SDKs show.",
    )
    explain.add_argument("words", nargs="+", metavar="[BACKEND] CODE-OR-NAME", help="for example: 209, parse 209, ObjectNotFound, OBJECT_NOT_FOUND")
    explain.add_argument("--json", action="store_true", help="print a JSON list instead of text")
    explain.add_argument("--catalog", action="append", default=[], metavar="FILE", help="a catalog or folder of catalogs to add")
    explain.set_defaults(run=_explain)

    catalog = commands.add_parser("catalog", help="check catalogs", description="Checks catalogs and names file, entry and field of what is wrong.")
    catalog.add_argument("files", nargs="+", metavar="FILE")
    catalog.set_defaults(run=_catalog)

    path = commands.add_parser("path", help="print where the addon is", description='Prints the path for: mitmdump -s "$(baas-errors path)"')
    path.set_defaults(run=_path)
    return parser


def _version() -> str:
    try:
        return version("mitmproxy-baas-errors")
    except PackageNotFoundError:
        return "(not installed)"


def _explain(options: argparse.Namespace) -> int:
    backends = load_catalogs(options.catalog)
    only, text = _backend_and_code(options.words, backends)
    found = explanations.explain(backends, text, only)
    if options.json:
        print(json.dumps(explanations.as_data(found), ensure_ascii=False, indent=2))
        return 0 if found else 1
    if found:
        print(explanations.as_text(found))
        return 0
    print(f"baas-errors: no catalog knows {text!r}{f' of {only}' if only else ''}.", file=sys.stderr)
    near = explanations.near_misses(backends, text, only)
    if near:
        print(f"Did you mean {', '.join(near)}?", file=sys.stderr)
    if not only:
        print(f"For what a code's range says, name the backend too: {', '.join(f'{name} {text}' for name in backends)}.", file=sys.stderr)
    return 1


def _backend_and_code(words: Sequence[str], backends: dict[str, Backend]) -> tuple[str, str]:
    """The first word is a backend if it is called so and more words follow; exits with 2 for what else stands there."""
    if len(words) == 1:
        return "", words[0]
    if words[0].lower() in backends:
        return words[0].lower(), " ".join(words[1:])
    print(f"baas-errors: no backend is called {words[0]!r}; known are {', '.join(backends)}", file=sys.stderr)
    raise SystemExit(2)


def _catalog(options: argparse.Namespace) -> int:
    faulty = 0
    for name in options.files:
        try:
            backend = load_file(Path(name))
        except CatalogError as error:
            faulty += 1
            print(f"baas-errors: {error}", file=sys.stderr)
        else:
            print(f"{name}: {backend.title}, {plural(len(backend.entries), 'entry', 'entries')}, {plural(len(backend.shapes), 'shape')}: ok")
    return 1 if faulty else 0


def addon_file() -> Path:
    """Where errors.py is: beside this package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent
    inside = package / "addon" / "errors.py"
    return inside if inside.is_file() else package.parent / "errors.py"


def _path(_options: argparse.Namespace) -> int:
    print(addon_file())
    return 0
