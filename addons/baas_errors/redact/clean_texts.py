"""Short texts in which nothing was found: one error's words are the next one's, and need not be searched again.

Whatever holds no secret by a name or a form holds none tomorrow. What may change is what the request sent: so with each text stands what was looked
through for that, the text itself and everything that came to light behind its encodings. If nothing of a request's secrets is in there, then a search
would find nothing, and is not made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..exchange.clearing_cache import ClearingCache
from .encodings import longest_in_base64, may_be_base64

LONGEST, MOST = 400, 2_000


class Looked(NamedTuple):
    """What was looked through: in small letters, and how many bytes of text its longest piece is the base64 of, if it were that."""

    low: str
    longest: int


class Harmless:
    """The texts of a run in which nothing was found, by the way in which they were searched: what is a secret in a URL may be none in a sentence."""

    __slots__ = ("advice", "form", "query", "said", "text", "url")

    def __init__(self) -> None:
        self.text: ClearingCache[str, Looked] = ClearingCache(MOST)
        self.url: ClearingCache[str, Looked] = ClearingCache(MOST)
        self.query: ClearingCache[str, Looked] = ClearingCache(MOST)
        self.said: ClearingCache[str, Looked] = ClearingCache(MOST)
        # What records out of files say in a catalog's words.
        self.advice: ClearingCache[tuple[Any, ...], None] = ClearingCache(MOST)
        # In these nothing was looked for but forms, so that they may hold what was sent: what they are is not kept, only their hashes.
        self.form: ClearingCache[tuple[int, int], None] = ClearingCache(MOST)

    def __contains__(self, text: object) -> bool:
        return text in self.text


def looked(text: str) -> Looked | None:
    """What a search for repetitions looks through in a text; None for a text of which that cannot be told beforehand."""
    low = text.lower()
    if len(low) != len(text):
        # A few letters become two in small.
        return None
    return Looked(low, longest_in_base64(text) if may_be_base64(text) else 0)


def joined(pieces: Sequence[Looked | None]) -> Looked:
    """Several texts that were looked through, as one."""
    if len(pieces) == 1 and pieces[0]:
        return pieces[0]
    found = [piece for piece in dict.fromkeys(pieces) if piece]
    return Looked("\n".join([piece.low for piece in found]), max((piece.longest for piece in found), default=0))
