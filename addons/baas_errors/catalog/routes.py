"""Route templates of a catalog, such as "/classes/{class}/{id}"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from .vocabulary import quoted

_NAME = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Route:
    """A path template and the pattern that it stands for, anchored at the end of the path; raises ValueError for one that cannot be used."""

    template: str

    def __post_init__(self) -> None:
        template = self.template
        if not isinstance(template, str) or not template.startswith("/"):
            raise ValueError(f'takes path templates such as "/classes/{{class}}/{{id}}", not {quoted(template)}')
        if twice := next((name for name in self.parts if self.parts.count(name) > 1), ""):
            raise ValueError(f"{quoted(template)} cannot be used: it names {{{twice}}} twice")
        if crowded := next((part for part in template.split("/") if len(_NAME.findall(part)) > 1), ""):
            # Where one ends and the next begins would be tried in every way, for as long as a hostile path likes.
            raise ValueError(f"{quoted(template)} cannot be used: {quoted(crowded)} has more than one name between two slashes")

    @cached_property
    def parts(self) -> list[str]:
        """The names of its parts, such as "class"."""
        return _NAME.findall(self.template)

    @cached_property
    def fixed(self) -> str:
        """The longest text without a name. Most routes are ruled out because it is not in the path, which is quicker to tell than by the pattern."""
        return max(_NAME.split(self.template)[::2], key=len)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, made when it is first asked for: most routes of a catalog are never seen in a run."""
        parts = _NAME.split(self.template)
        text = "".join(f"(?P<{part}>[^/]+)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
        return re.compile(rf"{text}/?\Z")


def find_route(routes: Iterable[Route], path: str) -> tuple[str, re.Match[str] | None]:
    """The first route template that the end of a path fits, and its match; "" and None where there is none."""
    for route in routes:
        if route.fixed in path and (match := route.regex.search(path)):
            return route.template, match
    return "", None
