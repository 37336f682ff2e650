"""Hooks that never raise: whatever is wrong here, the traffic goes on."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

logger = logging.getLogger(__name__)


def never_raises(hook: Callable[..., None]) -> Callable[..., Awaitable[None] | None]:
    """A hook that reports a fault of its own instead of raising it: the traffic of others must go on. mitmproxy awaits what it returns, until what it
    logged is in the file. Its object has `_watch` and `_log`."""

    @functools.wraps(hook)
    def guarded(self: Any, *args: Any) -> Awaitable[None] | None:
        if self._watch is None:
            # What was asked for at the start cannot be done, and the user was told.
            return None
        try:
            hook(self, *args)
        except Exception as error:
            self._log.say_once(
                f"fault {type(error).__name__}",
                f"baas-errors: could not look at a flow ({type(error).__name__}: {error}); the flow itself is untouched. Please report this.",
            )
            logger.debug("fault in a hook of baas-errors", exc_info=True)
        written: Awaitable[None] | None = self._log.written()
        return written

    return guarded
