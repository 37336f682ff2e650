"""`baas-errors catalog`: checks catalogs, writes one to begin with, and shows what one makes of recordings."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from ..catalog import Backend, CatalogError, SecretRules, load_any, load_file, shipped_folder
from ..catalog.values import ID
from ..formats.write_file import write_text
from ..sources import Place, Skip, SourceError, read
from ..text import one_line, plural
from ..text.paths import expand_user
from .common import LONGEST_SAID, Commands, UsageError, add_hosts_option, pipeline_of, say, say_skipped, show
from .progress import Progress

STDOUT = "-"
# To read one would wait for whoever writes to it.
_PIPE = "is a pipe; give a TOML file, or a folder of TOML files"


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "catalog",
        help="check catalogs, begin a new one, try one on captures",
        description="Checks catalogs and reports file, entry and field of each mistake. With --new it writes a commented catalog to begin with. "
        "With --try it shows what a catalog makes of captures, and what it lacks.",
        epilog="Exit status: 0 all catalogs are valid, or the file was written; 1 a catalog is invalid; 2 bad usage, or a file that cannot be read "
        "or written.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="a catalog, or a folder of catalogs")
    parser.add_argument("--new", metavar="ID", help="write a commented catalog with this id: lower-case letters, digits and `-`")
    parser.add_argument("-o", "--output", metavar="FILE", help="the file that --new writes; default: standard output")
    parser.add_argument(
        "--try", nargs="+", dest="captures", metavar="CAPTURE", help="captures, HAR files or logs to try the catalog on; - for standard input"
    )
    add_hosts_option(parser)
    parser.set_defaults(run=run, refuse=parser.error)


def run(options: argparse.Namespace) -> int:
    """Does what the options say and returns the exit status."""
    if options.new is not None:
        return _write_new(options)
    if options.output is not None:
        raise UsageError("-o: only valid with --new; a check, and --try, print to standard output")
    if not options.files:
        options.refuse("--try needs a catalog: catalog FILE --try CAPTURE" if options.captures else "name a catalog, or begin one with --new ID")
    if options.captures:
        return _try(options)
    if options.hosts:
        raise UsageError("--hosts: only valid with --try")
    status = 0
    for path in [file for name in options.files for file in _files(Path(name))]:
        if path.is_fifo():
            status = 2
            say(f"baas-errors: {path}: {_PIPE}")
            continue
        try:
            path.read_bytes()
            found = load_any(path)
        except OSError as error:
            status = 2
            say(f"baas-errors: {path}: cannot be read ({error.strerror or error}); give a TOML file, or a folder of TOML files")
        except CatalogError as error:
            status = max(status, 1)
            say(f"baas-errors: {error}")
        else:
            show(one_line(f"{path}: {_contents(found)}: ok", LONGEST_SAID))
    return status


def _contents(found: Backend | SecretRules) -> str:
    if isinstance(found, SecretRules):
        return f"secrets, {plural(sum(map(len, found.words)), 'name')}, {plural(len(found.forms), 'form')}"
    return f"{found.title}, {plural(len(found.entries), 'entry', 'entries')}, {plural(len(found.shapes), 'shape')}"


def _files(path: Path) -> list[Path]:
    """The catalogs in a folder by name; the path itself for a file, and for a folder without catalogs, so that it is reported."""
    return (sorted(path.glob("*.toml")) if path.is_dir() else []) or [path]


def _write_new(options: argparse.Namespace) -> int:
    """Writes a catalog to begin with."""
    if options.files or options.captures or options.hosts:
        raise UsageError("--new writes a new catalog: it goes with -o FILE only")
    if not re.fullmatch(ID, options.new):
        raise UsageError(f"--new {options.new!r}: an id has lower-case letters, digits and `-`, and begins with a letter, for example acme")
    text = new_catalog(options.new)
    if (shipped_folder() / f"{options.new}.toml").exists():
        say(f"{options.new} is a known backend. A file with this id replaces its catalog.")
    if options.output in (None, STDOUT):
        show(text.rstrip("\n"))
        return 0
    path = expand_user(options.output)
    if path.exists():
        raise UsageError(f"-o {options.output!r} exists already; give the name of a new file")
    try:
        write_text(path, text)
    except OSError as error:
        raise UsageError(f"-o {options.output!r} cannot be written ({error.strerror or error})") from None
    show(one_line(f"{options.output}: a catalog to begin with. Check it: baas-errors catalog {options.output}", LONGEST_SAID))
    return 0


def new_catalog(ident: str) -> str:
    """The text of a commented catalog with this id."""
    text = (shipped_folder() / "template" / "new.toml").read_text("utf-8")
    return text.replace("my-backend", ident).replace("My Backend", " ".join(word.capitalize() for word in ident.split("-") if word))


def _try(options: argparse.Namespace) -> int:
    """Shows what one catalog makes of captures."""
    from ..reports.trial import Trial
    from ..reports.trial_text import trial_text

    if len(options.files) > 1:
        raise UsageError(f"--try takes one catalog, not {len(options.files)}")
    file = options.files[0]
    if expand_user(file).is_fifo():
        raise UsageError(f"{file!r} {_PIPE}")
    try:
        backend = load_file(expand_user(file))
    except CatalogError as error:
        # A file that is not there is bad usage; one with a mistake is an invalid catalog.
        say(f"baas-errors: {error}")
        return 1 if expand_user(file).is_file() else 2
    options.catalog, options.pseudonym_key = [file], None
    trial, skips = Trial(pipeline_of(options), backend), list[Skip]()
    watched = Progress()
    try:
        for name in options.captures:
            place = Place()
            for item in watched(name, read(name, skips, None, place), place):
                trial.look(item)
    except SourceError as error:
        raise UsageError(one_line(str(error), LONGEST_SAID)) from None
    say_skipped(skips, trial.redaction)
    show(trial_text(trial, file))
    return 0
