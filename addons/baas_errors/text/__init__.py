"""Texts for terminals, files and Markdown: escaped, shortened, wrapped."""

from .escape import cut, inert, json_text, one_line, plural, safe, scrub, uncommanded, width

__all__ = ["cut", "inert", "json_text", "one_line", "plural", "safe", "scrub", "uncommanded", "width"]
