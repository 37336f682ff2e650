"""Reads XML item by item, without what makes XML dangerous: entities are refused, and nothing is fetched."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from .har.stream import Unreadable
from .skipped import SourceError

_PIECE = 64 * 1024
_DEEPEST = 30
# In characters; beyond them an item is passed over.
_LARGEST_ITEM = 64 * 1024 * 1024


@dataclass(slots=True)
class Node:
    """An element with its text and the elements in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def child(self, tag: str) -> Node:
        """The first element of this name in it, or an empty one."""
        return next((child for child in self.children if child.tag == tag), Node(tag))


class _Builder:
    """Gathers the elements named `tag`."""

    def __init__(self, tag: str, name: str) -> None:
        self._tag, self._name = tag, name
        self._open: list[tuple[Node, list[str]]] = []
        self._size = 0
        self.ready: list[Node | Unreadable] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._open or tag == self._tag:
            if len(self._open) >= _DEEPEST:
                raise SourceError(f"{self._name}: its XML is nested deeper than {_DEEPEST} levels")
            self._size += sum(map(len, attributes.values())) + 100
            self._open.append((Node(tag, attributes), []))

    def data(self, text: str) -> None:
        self._size += len(text)
        if self._open and self._size <= _LARGEST_ITEM:
            self._open[-1][1].append(text)

    def end(self, _tag: str) -> None:
        if not self._open:
            return
        node, parts = self._open.pop()
        node.text = "".join(parts)
        if self._open:
            if self._size <= _LARGEST_ITEM:
                self._open[-1][0].children.append(node)
            return
        self.ready.append(node if self._size <= _LARGEST_ITEM else Unreadable(f"is larger than {_LARGEST_ITEM:,} characters"))
        self._size = 0

    def refuse(self, *_declaration: object) -> None:
        raise SourceError(f"{self._name}: its XML declares entities, which no export of a proxy does; it was not read")


def xml_items(file: BinaryIO, tag: str, name: str) -> Iterator[Node | Unreadable]:
    """The elements named `tag`. Raises SourceError for a file that declares entities or is nested deeply."""
    builder, parser, decode = _Builder(tag, name), expat.ParserCreate(), codecs.getincrementaldecoder("utf-8-sig")("replace").decode
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = builder.data, builder.refuse
    while True:
        piece = file.read(_PIECE)
        fault = ""
        try:
            # As text, so that the encoding that the file declares does not count: UTF-16 was converted before.
            parser.Parse(decode(piece, not piece), not piece)
        except expat.ExpatError as error:
            fault = f"the XML is cut off or damaged at line {error.lineno} ({expat.ErrorString(error.code)}); what follows is lost"
        yield from builder.ready
        builder.ready.clear()
        if fault:
            yield Unreadable(fault, inside=False)
        if fault or not piece:
            return
