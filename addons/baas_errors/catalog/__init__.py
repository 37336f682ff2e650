"""Catalogs: what is known of each backend and of each of its codes, as data."""

from .backend import Backend
from .entries import Advice, Entry, Match
from .load import load_any, load_catalogs, load_file, parse, shipped_folder
from .secret_rules import SecretRules
from .vocabulary import FAULTS, CatalogError, code_key

__all__ = [
    "FAULTS", "Advice", "Backend", "CatalogError", "Entry", "Match", "SecretRules", "code_key", "load_any", "load_catalogs", "load_file", "parse",
    "shipped_folder",
]  # fmt: skip
