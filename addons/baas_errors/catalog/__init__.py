"""Catalogs: what is known of each backend and of each of its codes, as data."""

from .backend import Backend
from .entries import Advice, Entry, Match, Shape
from .load import FORMAT, load_catalogs, load_file, parse, shipped_folder
from .vocabulary import FAULTS, ORIGINS, RETRIES, CatalogError, Code, code_key

__all__ = [
    "FAULTS",
    "FORMAT",
    "ORIGINS",
    "RETRIES",
    "Advice",
    "Backend",
    "CatalogError",
    "Code",
    "Entry",
    "Match",
    "Shape",
    "code_key",
    "load_catalogs",
    "load_file",
    "parse",
    "shipped_folder",
]
