"""Texts for terminals, files and Markdown: escaped, shortened, wrapped."""

from .escape import cut, inert, one_line, plural, safe, scrub, width

__all__ = ["cut", "inert", "one_line", "plural", "safe", "scrub", "width"]
