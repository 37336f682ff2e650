"""Route templates of a catalog, and the fast way from a path to the first of them that it fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .vocabulary import quoted

_NAME = re.compile(r"\{([a-z_]+)\}")
_NO_ROUTE = ("", None)


class Route:
    """A path template and the pattern that it stands for, anchored at the end of the path; raises ValueError for one that cannot be used."""

    __slots__ = ("_regex", "template")

    def __init__(self, template: str) -> None:
        if not template.startswith("/"):
            raise ValueError(f'takes path templates such as "/classes/{{class}}/{{id}}", not {quoted(template)}')
        names = _NAME.findall(template)
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"{quoted(template)} cannot be used: it names {{{twice}}} twice")
        if crowded := next((part for part in template.split("/") if len(_NAME.findall(part)) > 1), ""):
            # Where one ends and the next begins would be tried in every way, for as long as a hostile path likes.
            raise ValueError(f"{quoted(template)} cannot be used: {quoted(crowded)} has more than one name between two slashes")
        self.template = template
        self._regex: re.Pattern[str] | None = None

    @property
    def regex(self) -> re.Pattern[str]:
        """The pattern, made when it is first asked for: most routes of a catalog are never seen in a run."""
        if self._regex is None:
            parts = _NAME.split(self.template)
            text = "".join(f"(?P<{part}>[^/]+)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
            self._regex = re.compile(rf"{text}/?\Z")
        return self._regex

    @property
    def parts(self) -> list[str]:
        """The names of its parts, such as "class"."""
        return _NAME.findall(self.template)

    def __repr__(self) -> str:
        return f"Route({self.template!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Route) and other.template == self.template

    def __hash__(self) -> int:
        return hash(self.template)


class _Node:
    """What may stand before a part of a path, from its end on: segments by their text, any segment, and the routes that begin here."""

    __slots__ = ("any", "begins", "texts")

    def __init__(self) -> None:
        self.texts: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.begins: list[int] = []


class RouteFinder:
    """Finds the first of some routes that a path fits, as trying the pattern of each in turn would."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        self._root: _Node | None = None
        self._deepest = 0
        # Routes that segments say nothing of: "/a//b" and the like.
        self._odd: list[int] = []

    def template(self, path: str, *, whole: bool = False) -> str:
        """The template of the first route that the path fits, with `whole` from its first character on, or ""."""
        if not whole:
            return self.find(path)[0]
        fitting = (self._routes[number] for number in self._candidates(path))
        return next((route.template for route in fitting if route.regex.fullmatch(path)), "")

    def find(self, path: str) -> tuple[str, re.Match[str] | None]:
        """The template of the first route that the path fits, and its match; "" and None where there is none."""
        fitting = (self._routes[number] for number in self._candidates(path))
        return next(((route.template, match) for route in fitting if (match := route.regex.search(path))), _NO_ROUTE)

    def _candidates(self, path: str) -> Sequence[int]:
        """The numbers of the routes that may fit, in order; a slash at the path's end counts for nothing."""
        root = self._root or self._grow()
        parts = (path[:-1] if path.endswith("/") else path).rsplit("/", self._deepest)
        nodes, found = [root], list(self._odd)
        for part in reversed(parts[1:]):
            before = []
            for node in nodes:
                if child := node.texts.get(part):
                    before.append(child)
                if node.any is not None and part:
                    before.append(node.any)
            if not before:
                break
            for node in before:
                found += node.begins
            nodes = before
        return sorted(found)

    def _grow(self) -> _Node:
        root = _Node()
        for number, route in enumerate(self._routes):
            parts = route.template.split("/")[1:]
            if not all(parts):
                self._odd.append(number)
                continue
            node = root
            for part in reversed(parts):
                node = _child(node, part)
            node.begins.append(number)
            self._deepest = max(self._deepest, len(parts))
        self._root = root
        return root


def _child(node: _Node, part: str) -> _Node:
    # A segment that is partly a name, as in "/{name}.json", is looked at by the pattern.
    if not _NAME.search(part):
        return node.texts.setdefault(part, _Node())
    if node.any is None:
        node.any = _Node()
    return node.any


def routes(value: Sequence[object]) -> Iterator[Route]:
    """The routes of a list of templates; raises ValueError for what is none."""
    for template in value:
        if not isinstance(template, str):
            raise ValueError(f'takes path templates such as "/classes/{{class}}/{{id}}", not {quoted(template)}')
        yield Route(template)
