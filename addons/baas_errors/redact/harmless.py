"""Short texts in which nothing was found: one error's words are the next one's, and need not be searched again."""

from __future__ import annotations

LONGEST, MOST = 400, 2_000


class Harmless:
    """A set of texts, bounded; it forgets all of them when it is full."""

    __slots__ = ("_texts",)

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def __contains__(self, text: object) -> bool:
        return text in self._texts

    def add(self, text: str) -> None:
        """Remembers a text, if it is short."""
        if len(text) <= LONGEST:
            if len(self._texts) >= MOST:
                self._texts.clear()
            self._texts.add(text)
