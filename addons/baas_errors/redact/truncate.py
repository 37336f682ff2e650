"""How much of a text is looked at: what is shown is short, and the search for secrets costs time."""

from __future__ import annotations

# In characters: of a URL or path, and of what the server says.
LONGEST_URL = 8_192
LONGEST_TEXT = 16_384
# What all texts about one exchange may cost together, in units of about a microsecond: a character costs one, a digit, which numbers of persons are
# made of, three, and a sign that a secret may stand beside as much as a word. Of texts that come later little is shown, until they have cost a
# quarter of this; then nothing.
MOST_WORK, _DIGIT, _SIGN = 16_000, 2, 20
_DIGITS, _SIGNS = "0123456789", '=:"<%&@\\'
_LONGEST_LATER = 200
# What lies so far beyond the cut is not looked at; up to there a secret that begins in what is shown is seen whole.
MARGIN = 8_192
_ENDS = " \t\r\n&;,\"'<>{}[]()/|"


def beginning(text: str, most: int, margin: int = MARGIN) -> str:
    """As much of a text as has to be searched if `most` characters of it are shown.

    It ends with a word's end, where there is one beyond those: half a secret could not be known for what it is.
    """
    if len(text) <= most + margin:
        return text
    part = text[: most + margin]
    end = max(part.rfind(character, most) for character in _ENDS) + 1
    return part[:end] if end else part


def shortened(shown: str, most: int, length: int, margin: int = MARGIN) -> str:
    """At most so many characters of what `beginning` gave, without its secrets. What is cut says so: there were `length` characters."""
    if length <= most + margin and len(shown) <= most:
        return shown
    shown = shown[:most]
    return f"{shown} {cut_mark(len(shown), max(length, len(shown)))}"


def affordable(text: str, most: int, left: list[int], times: int) -> tuple[int, int]:
    """How many characters of a text can be shown, and how many more are looked at, for what is left of MOST_WORK; that is taken from `left`.
    It costs so many `times` as much as most texts."""
    if left[0] < -MOST_WORK // 4:
        return 0, 0
    margin = MARGIN
    while True:
        part = text[: most + margin]
        cost = (len(part) + _DIGIT * sum(map(part.count, _DIGITS)) + _SIGN * sum(map(part.count, _SIGNS))) * times
        if cost <= max(left[0], 10 * _LONGEST_LATER) or most <= _LONGEST_LATER:
            break
        most = margin = max(_LONGEST_LATER, min(most, len(text)) // 2)
    left[0] -= cost
    return most, margin


def cut_mark(shown: int, length: int) -> str:
    """The word on a text that was cut: how many of its characters are shown."""
    return f"<cut: {shown:,} of {length:,} characters are shown>"
