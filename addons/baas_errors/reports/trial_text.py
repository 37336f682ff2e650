"""What a catalog makes of recordings, as text for a terminal: at most 80 columns, but for lines that are to be copied."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..text import cut, one_line, plural
from ..text.wrap import wrap
from .shape_suggestions import Guess
from .trial import APP, MOST_TEXTS, Row, Table, Trial

WIDTH, MOST_SHOWN, MOST_PROPOSED, MOST_SHAPES = 80, 12, 20, 6
# What most statuses mean for retry and fault, for entries to begin with.
_GUESSES = {401: ("after-login", "auth"), 403: ("never", "permission"), 404: ("never", "request"), 429: ("backoff", "quota")}


def trial_text(trial: Trial, file: str) -> str:
    """The whole text; all that it quotes from exchanges is redacted already, and is made harmless here."""
    backend = trial.backend
    known = f"{plural(len(backend.entries), 'entry', 'entries')}, {plural(len(backend.shapes), 'shape')}, {plural(len(backend.routes), 'route')}"
    lines = [*_wrapped(f"{file}: {backend.title}, {known}"), ""]
    others = "".join(f", {count:,} as {name}" for name, count in trial.others.most_common(5))
    unknown = trial.exchanges - trial.ours - trial.others.total()
    lines += _wrapped(f"Exchanges: {trial.exchanges:,} read, {trial.ours:,} recognized as {backend.id}{others}, {unknown:,} not recognized.")
    if trial.records:
        lines += _wrapped(f"Left out: {plural(trial.records, 'record')} of earlier runs. Only exchanges can be tried.")
    if trial.ours:
        named = sum(row.count for (_, known), row in trial.kinds.items() if known)
        said = f"{named:,} with an entry, {trial.explained:,} with a finding" if trial.errors else "every answer was read as a success"
        lines += _wrapped(f"Errors: {trial.errors:,}; {said}.")
    if todo := sum("TODO" in " ".join((entry.advice.meaning, *(fix.do for fix in entry.advice.fix))) for entry in backend.entries):
        lines += _wrapped(f"Entries that still say TODO: {todo:,}.")
    for title, hint, rows in _sections(trial):
        if rows:
            lines += ["", *_wrapped(title), *rows, *(_wrapped(hint, "  ") if hint else [])]
    if proposals := list(_proposals(trial)):
        lines += ["", *_wrapped(f"To add to {file} (check each):"), "", *proposals]
    return "\n".join(lines)


def _sections(trial: Trial) -> Iterator[tuple[str, str, list[str]]]:
    yield "Not recognized", "If a host is the backend's, add it to `hosts`.", _rows(trial.hosts, lambda host, row: (host, f"such as {row.request}"))
    yield "Decoded", "", _rows(trial.kinds, lambda key, row: (_statuses(row), f"{key[0]}{_found(row)}"))
    yield "Findings", "", _long(trial.findings, lambda rule, row: f"{rule}, such as for {row.name}", 1)
    yield (
        "Codes without an entry",
        "Write an [[entry]] for each; see below.",
        _long(trial.no_entry, lambda key, row: f"{_statuses(row)} {_toml(key[0], 60)} {row.request}"),
    )
    yield (
        "Errors without a code",
        "If the code stands elsewhere, name its place in a shape; else a [[status]] with `match` explains them.",
        _long(trial.no_code, lambda _, row: f"{_statuses(row)} {row.request}"),
    )
    yield (
        "Error answers that no shape reads",
        "If the backend sent them, write a [[shape]] that says where code and message stand.",
        _long(trial.no_shape, lambda key, row: f"{_statuses(row)} {key[1] or 'without a body'} {row.request}"),
    )
    yield (
        "Successes that look like errors",
        'If they are errors, write a shape with their status and `where`, such as `status = [200]`, `where = { "/ok" = false }`.',
        _rows(trial.quiet, lambda key, row: (str(key[0]), f"{key[1]} in {row.request}")),
    )


def _proposals(trial: Trial) -> Iterator[str]:
    """Lines of TOML that the recordings suggest."""
    if routes := trial.routes():
        yield "# `routes` of [backend]: these paths fit none (number of requests)"
        for route, count in routes[:MOST_PROPOSED]:
            yield f"  {_toml(route)},  # {count:,}"
        yield from [f"  # ... and {len(routes) - MOST_PROPOSED:,} more"] if len(routes) > MOST_PROPOSED else []
        yield ""
    for (guess, failed), (messages, request) in list(_shapes(trial).items())[:MOST_SHAPES]:
        yield f"# {'a success that looks like an error' if failed else 'error answers that no shape reads'}: that to {request}"
        yield from _shape(guess, messages, failed)
    if ids := trial.answer_headers:
        answers = f"in [backend]: answers have {'headers' if len(ids) > 1 else 'a header'} that may be the request's id"
        yield from _block(answers, f"request_id = {{ server = {_list(ids)} }}")
    apps = [name for name in trial.request_headers if APP.search(name)]
    rest = [name for name in trial.request_headers if name not in apps]
    tokens = [name for name in rest if not name.endswith("key")]
    keys = [name for name in rest if name.endswith("key")]
    in_requests = "in [backend]: requests may name their app in"
    shown = "# (it is shown in outputs: a key belongs into `credentials` of [backend.memory])"
    if apps:
        yield from _block(in_requests, shown, f"app_id = {{ header = {_list(apps)} }}")
    if trial.parameters:
        yield from _block(in_requests, f"app_id = {{ query = {_list(trial.parameters)} }}")
    if secret := [name for name in (*keys, *tokens) if trial.shows(name)]:
        yield from _block("in [backend.secrets]: requests may carry a key or token in", f"headers = {_list(secret)}")
    memory = []
    if tokens:
        memory.append(f"token = {{ header = {_list(tokens)} }}  # if it is a session or access token")
    if keys:
        memory.append(f"credentials = {{ header = {_list(keys)} }}  # if it is a key of the app")
    if trial.tokens:
        memory.append(f"issued = {_list(trial.tokens)}  # a token, in the answer to {_request(trial.tokens)}")
    if trial.created:
        memory.append(f"created = {_list(trial.created)}  # a new id, in the answer to {_request(trial.created)}")
    if memory:
        yield from _block("in [backend.memory]", *memory)
    entries = trial.no_entry.rows()
    for (code, space), row in entries[:MOST_PROPOSED]:
        yield from _entry(code, space, row)
    if len(entries) > MOST_PROPOSED:
        yield f"# ... and {len(entries) - MOST_PROPOSED:,} more entries: try again with these"


def _block(comment: str, *lines: str) -> Iterator[str]:
    """Lines under a comment, and an empty one."""
    yield from (f"# {comment}", *lines, "")


def _shapes(trial: Trial) -> dict[tuple[Guess, str], tuple[list[str], str]]:
    """The shapes to propose, without their messages, each with these and an example; those for any status first, which stand for the others too."""
    found: dict[tuple[Guess, str], tuple[list[str], str]] = {}
    for (guess, failed), row in sorted(trial.shapes.rows(), key=lambda item: not item[0][1]):
        plain = guess._replace(message="") if guess.code else guess
        if failed or not any(other == plain and where for other, where in found):
            messages, _ = found.setdefault((plain, failed), ([], one_line(row.request, 60)))
            messages += [guess.message] if guess.message and guess.message not in messages else []
    return found


def _shape(guess: Guess, messages: list[str], failed: str) -> Iterator[str]:
    """A shape to begin with; `failed` points to what is false in an answer that is an error whatever its status."""
    yield from ("[[shape]]", f"name = {_toml(f'{guess.each}{guess.code or guess.message}')}")
    yield from ['status = [200, "4xx", "5xx"]', f"where = {{ {_toml(failed)} = false }}"] if failed else []
    yield from (f"{name} = {_toml(value)}" for name in ("source", "each", "code") if (value := getattr(guess, name)))
    yield from [f"code_pattern = '{guess.code_pattern}'"] if guess.code_pattern else []
    yield from [f"message = {_list(messages) if messages[1:] else _toml(messages[0])}"] if messages else []
    yield ""


def _entry(code: str, space: str, row: Row) -> Iterator[str]:
    """An entry to begin with: what the recording shows of a code, and where the author has to write."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+", code[:80])
    status = min(row.statuses, default=0)
    retry, fault = _GUESSES.get(status, ("backoff", "server") if status >= 500 else ("after-fix", "request"))
    yield f"# {one_line(row.request, 60)}{''.join(f': {one_line(text, 60)}' for text in row.texts[:1])}"
    yield "[[entry]]"
    yield f"name = {_toml(''.join(word[:1].upper() + word[1:].lower() for word in words) if re.search('[A-Za-z]', code) else f'Error{code}'[:80])}"
    yield f"code = {code if re.fullmatch(r'-?(?:0|[1-9][0-9]{0,14})', code) else _toml(code)}"
    yield from [f"space = {_toml(space)}"] if space else []
    yield f"status = {sorted(row.statuses)}"
    yield 'meaning = "TODO: what happened."'
    yield 'fix = ["TODO: what to do."]'
    yield f"retry = {_toml(retry)}"
    yield f"fault = {_toml(fault)}"
    yield 'origin = "observed"'
    yield ""


def _request(table: Table) -> str:
    return one_line(next(iter(table.values())).request, 60)


def _toml(text: str, most: int = 400) -> str:
    """A basic string of TOML on one line; its escapes are those of JSON."""
    return json.dumps(one_line(text, most), ensure_ascii=False)


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_toml, list(texts)[:MOST_SHOWN]))}]"


def _statuses(row: Row) -> str:
    return "/".join(map(str, sorted(row.statuses)[:4])) or "---"


def _rows(table: Table, cells: Callable[[Any, Row], tuple[str, str]]) -> list[str]:
    """A line for each row: its count, and two cells."""
    shown = ((row.count, cells(key, row)) for key, row in table.rows()[:MOST_SHOWN])
    found = [(count, one_line(first), one_line(second)) for count, (first, second) in shown]
    wide = min(max((len(first) for _, first, _ in found), default=0), 40)
    return [cut(f"  {count:>4,}  {first:<{wide}}  {second}".rstrip(), WIDTH) for count, first, second in found] + _more(table)


def _long(table: Table, head: Callable[[Any, Row], str], texts: int = MOST_TEXTS) -> list[str]:
    """Rows, under each of which some of its texts stand."""
    lines = []
    for key, row in table.rows()[:MOST_SHOWN]:
        lines.append(cut(f"  {row.count:>4,}  {one_line(head(key, row))}", WIDTH))
        for text in row.texts[:texts]:
            lines += wrap(one_line(text, 200), WIDTH, " " * 8, " " * 10)
    return lines + _more(table)


def _found(row: Row) -> str:
    return "" if not row.explained else ", with a finding" if row.explained == row.count else f", {row.explained:,} with a finding"


def _more(table: Table) -> list[str]:
    return [f"  ... and {plural(len(table) - MOST_SHOWN, 'more kind')}"] if len(table) > MOST_SHOWN else []


def _wrapped(text: str, indent: str = "") -> list[str]:
    return wrap(one_line(text, 2_000), WIDTH, indent, indent)
