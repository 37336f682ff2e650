"""Finds the errors in an answer, and the catalog entry for each."""

from .match import rule_advice
from .response import Error, decode

__all__ = ["Error", "decode", "rule_advice"]
