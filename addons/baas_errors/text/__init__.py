"""Text for people: made harmless for what shows it, wrapped, and set as Markdown."""

from .escape import cut, inert, one_line, plural, safe, scrub, width

__all__ = ["cut", "inert", "one_line", "plural", "safe", "scrub", "width"]
