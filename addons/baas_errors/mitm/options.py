"""The addon's options: what each is for, the pipeline that they ask for, and names that are no option."""

from __future__ import annotations

import difflib
import logging
import os
import platform
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from mitmproxy import ctx

from ..catalog import load_catalogs
from ..detect.backend import parse_hosts_option
from ..pipeline import Pipeline, naming
from ..record.model import timestamp
from ..text import one_line

# One for all pipelines of a run: pseudonyms stay the same when the script is loaded anew.
_RUN = os.urandom(32)
_BEGAN = timestamp(time.time())

logger = logging.getLogger(__name__)

PREFIX = "errors_"
# `error_log` is meant for `errors_log`, but not the `log_...` of another addon.
ALIKE = 0.85

# Those that make another pipeline, which has remembered nothing yet.
OF_PIPELINE = ("errors_hosts", "errors_catalogs", "errors_keep_secrets", "errors_pseudonym_key", "errors_machine")


class Option(NamedTuple):
    """One option as mitmproxy declares it."""

    name: str
    kind: Any
    default: Any
    help: str


OPTIONS = (
    Option("errors_log", str, "errors.jsonl",
           "JSONL file that every backend error is appended to; empty for none. Errors of a file that is read (-r) go only to one that you name."),
    Option("errors_print", bool, False, "Print errors and summary also where mitmproxy is to be quiet (-q), and nothing else."),
    Option("errors_hosts", Sequence[str], [],
           "Hosts of self-hosted servers and custom domains, as backend=host[:port][/path], for example parse=localhost:1337/parse. "
           "`*` stands for any part of a host name. May be given several times."),
    Option("errors_catalogs", Sequence[str], [], "More catalogs: TOML files, or folders of them. One with a known id replaces that backend."),
    Option("errors_keep_secrets", bool, False, "Do not redact: log, comments and terminal show tokens and passwords as they are."),
    Option("errors_pseudonym_key", str, "", "File with a key that makes the pseudonyms of secrets comparable between runs; empty for a random key."),
    Option("errors_export", Sequence[str], [],
           "Files that all errors are written to when mitmproxy ends: .jsonl, .csv, .md, .html, .har. May be given several times."),
    Option("errors_inject", Sequence[str], [],
           "Errors on demand, as |flow filter|error|how, for example '|~m POST|parse/101|first 2 delay 1s'. Any character can "
           "separate the parts. May be given several times."),
    Option("errors_inject_seed", str, "", "Seed of errors_inject: the same seed makes the same choices. Empty for a random one, which is printed."),
    Option("errors_inject_header", bool, False, "A request may ask for its own error, in the header Baas-Errors-Inject, as error|how."),
    Option("errors_machine", bool, False, "Records name the machine and the run (host.name, baas.run): for logs of several machines in one place."),
    Option("errors_exit_code", bool, False, "End with exit status 1 when a backend error was recorded: for CI."),
)  # fmt: skip


def check_given() -> None:
    """Says what is wrong with a value given for an option of ours, and drops it. mitmproxy itself would silently go on without the script.
    The error makes it end with status 1."""
    for option in OPTIONS:
        if (given := ctx.options.deferred.get(option.name)) is not None and (wrong := _wrong(option, getattr(given, "val", given))):
            logger.error(f"{option.name}: {wrong}")
            del ctx.options.deferred[option.name]


def _wrong(option: Option, given: Any) -> str:
    """What is wrong with an option's value: a list of texts from the command line, or what the configuration file holds. Empty if nothing is."""
    typed = given if isinstance(given, list) and all(isinstance(value, str) for value in given) else None
    if option.kind is bool:
        right = len(typed) <= 1 and {"", "true", "false", "toggle"}.issuperset(typed) if typed is not None else isinstance(given, bool)
        wanted = f"neither true nor false; give --set {option.name}=true or --set {option.name}=false, once"
    elif option.kind is str:
        right = isinstance(given, str) or (typed is not None and len(typed) == 1)
        wanted = f"not one text; give --set {option.name}=VALUE, once"
    else:
        right = typed is not None
        wanted = f"no list of texts; give --set {option.name}=VALUE for each, or a list in the configuration file"
    shown = (", ".join(map(repr, typed)) or "no value") if typed is not None else repr(given)
    return "" if right else f"{one_line(shown)} is {wanted}"


def asked(options: Any) -> tuple[str, ...]:
    """What these options ask for: the same pipeline, as long as this is the same. A refused value is followed by the old one."""
    return tuple(str(getattr(options, name)) for name in OF_PIPELINE)


def make_pipeline(options: Any) -> Pipeline:
    """What these options ask for; raises ValueError that names the option at fault."""
    with naming("errors_catalogs"):
        backends = load_catalogs(options.errors_catalogs)
    with naming("errors_hosts"):
        hosts = parse_hosts_option(options.errors_hosts, backends)
    key = _RUN
    if options.errors_pseudonym_key:
        from ..redact.pseudonyms import read_key

        with naming("errors_pseudonym_key"):
            key = read_key(options.errors_pseudonym_key)
    made = Pipeline(backends, hosts, keep_secrets=options.errors_keep_secrets, pseudonym_key=key)
    made.origin = (platform.node(), _BEGAN) if options.errors_machine else ("", "")
    return made


def show_comments() -> None:
    """Adds the column of comments to mitmweb's list, unless the user has chosen columns. Size and time make room for it."""
    known: Any = ctx.options
    if "web_columns" in known and not known.has_changed("web_columns"):
        known.update(web_columns=[*(name for name in known.web_columns if name not in ("comment", "size", "time")), "comment"])


def misspelt(given: Iterable[str], known: Iterable[str]) -> list[str]:
    """A message for each name in `given` that is no option and was meant for this addon; `known` are all options. mitmproxy keeps what `--set` or
    config.yaml names for an addon that may come later, and says nothing if none does."""
    ours = [name for name in known if name.startswith(PREFIX)]
    said = []
    for name in given:
        if name.lower().startswith(PREFIX):
            ends = [known_name.removeprefix(PREFIX) for known_name in ours]
            near = [PREFIX + end for end in difflib.get_close_matches(name.lower().removeprefix(PREFIX), ends, 1)]
        elif not (near := difflib.get_close_matches(name.lower(), ours, 1, ALIKE)):
            continue
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(ours)}"
        said.append(f"{name}: no option is called so; {meant}")
    return said
