"""A test over a matrix of cases that runs as one test and names the cases that fail."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from baas_errors.pipeline import Pipeline
from baas_errors.redact.redaction import Redaction

# What a case can fail with: pytest's own (`pytest.fail`, nothing raised in `pytest.raises`) is no Exception.
FAILED = (Exception, pytest.fail.Exception, pytest.skip.Exception)
_Param = type(pytest.param())


def each(cases: Iterable[tuple[Callable[[], str], Callable[[], None]]]) -> None:
    """Calls each of these, also after one has failed, then fails if any did, with the names of all that did; it asks for the names of those alone."""
    count, failed = 0, []
    for name, check in cases:
        count += 1
        try:
            check()
        except FAILED as error:
            failed.append((name(), error))
    assert count, "there are no cases"
    if failed:
        listed = "\n".join(
            f"  {name}" + (f"\n    {type(error).__name__}: {str(error)[:1500]}" if at < 20 else "") for at, (name, error) in enumerate(failed)
        )
        raise AssertionError(f"{len(failed)} of {count} cases failed:\n{listed}") from failed[0][1]


def in_one_test(
    names: str | Sequence[str], cases: Iterable[Any] | Callable[[], Iterable[Any]], ids: Iterable[Any] | Callable[[Any], Any] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As `pytest.mark.parametrize`, but all cases run inside one test: a thousand small cases cost a thousandth of the set-up.

    Every case runs, also after one has failed; the error names those that did. `cases` may be a function, which is asked for them when the test runs.
    For each case what keeps state is made anew: a pipeline, a redaction, a patch, a temporary folder, and what has a method `anew`. Other
    fixtures must keep none.
    """
    wanted = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)

    def rows() -> Iterator[tuple[str, dict[str, Any]]]:
        named = iter(ids) if ids is not None and not callable(ids) else None
        for case in cases() if callable(cases) else cases:
            own = case.id if isinstance(case, _Param) else None
            values = case.values if isinstance(case, _Param) else (case,) if len(wanted) == 1 else case
            name = next(named) if named else ids(case) if callable(ids) else own  # type: ignore[arg-type]
            row = dict(zip(wanted, values, strict=True))
            yield str(name or ""), row

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        inner: list[Callable[[], Iterator[tuple[str, dict[str, Any]]]]] = getattr(test, "matrix", [])
        tables, body = [*inner, rows], getattr(test, "body", test)

        def looped(*args: Any, **given: Any) -> None:
            def named() -> Iterator[tuple[Callable[[], str], Callable[[], None]]]:
                for at, parts in enumerate(itertools.product(*(table() for table in tables))):
                    row = {key: value for _, part in parts for key, value in part.items()}
                    yield functools.partial(_name, parts), functools.partial(run, at, row)

            def run(at: int, row: dict[str, Any]) -> None:
                with ExitStack() as afterwards:
                    body(*args, **{name: _anew(value, at, afterwards) for name, value in given.items()}, **row)

            each(named())

        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(looped, name, getattr(body, name))
        looped.__dict__.update(test.__dict__, matrix=tables, body=body)
        signature = inspect.signature(test)
        looped.__signature__ = signature.replace(parameters=[p for p in signature.parameters.values() if p.name not in wanted])  # type: ignore[attr-defined]
        return looped

    return decorate


def _name(parts: Iterable[tuple[str, dict[str, Any]]]) -> str:
    return "; ".join(name or ", ".join(f"{key}={value!r:.200}" for key, value in row.items()) for name, row in parts)


def _anew(value: Any, at: int, afterwards: ExitStack) -> Any:
    """A fixture for one case, as it would be for a test of its own."""
    if isinstance(value, Pipeline):
        another = Pipeline(value.backends, pseudonym_key=b"key of the tests")
        # It keeps nothing of what it sees.
        another.redactor = value.redactor
        return another
    if isinstance(value, Redaction):
        return value._redactor.session()
    if isinstance(value, pytest.MonkeyPatch):
        return afterwards.enter_context(pytest.MonkeyPatch.context())
    if isinstance(value, Path) and value.is_dir():
        folder = value / f"case-{at}"
        folder.mkdir()
        return folder
    return value.anew() if hasattr(value, "anew") else value
