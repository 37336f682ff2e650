"""A test over a matrix of cases that runs as one test and names the cases that fail."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any


def in_one_test(names: str | Sequence[str], cases: Iterable[Any], **_: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As `pytest.mark.parametrize`, but all cases run inside one test: a thousand small cases cost a thousandth of the set-up.

    Every case runs, also after one has failed; the error lists those that did. Only for tests whose fixtures keep no state between cases.
    """
    wanted = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    rows = [tuple(getattr(case, "values", (case,) if len(wanted) == 1 else case)) for case in cases]
    assert rows, "there are no cases"

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def looped(*args: Any, **given: Any) -> None:
            failed: list[tuple[str, BaseException]] = []
            for row in rows:
                try:
                    test(*args, **given, **dict(zip(wanted, row, strict=True)))
                except (Exception, AssertionError) as error:
                    failed.append((", ".join(f"{name}={value!r:.200}" for name, value in zip(wanted, row, strict=True)), error))
            if failed:
                listed = "\n".join(f"  {case}\n    {type(error).__name__}: {str(error)[:500]}" for case, error in failed[:20])
                raise AssertionError(f"{len(failed)} of {len(rows)} cases failed:\n{listed}") from failed[0][1]

        signature = inspect.signature(test)
        looped.__signature__ = signature.replace(parameters=[p for p in signature.parameters.values() if p.name not in wanted])  # type: ignore[attr-defined]
        del looped.__wrapped__  # type: ignore[attr-defined]
        return looped

    return decorate
