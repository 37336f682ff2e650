"""Catalogs: what is known of each backend and of each of its codes, as data."""

from .backend import FAULTS, ORIGINS, RETRIES, Advice, Backend, CatalogError, Code, Entry, Match, Shape, code_key
from .load import FORMAT, load_catalogs, load_file, parse, shipped_folder

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
