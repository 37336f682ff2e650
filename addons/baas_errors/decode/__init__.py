"""Finds the errors in an answer, and the catalog entry for each."""

from .response import Error, decode, rule_advice

__all__ = ["Error", "decode", "rule_advice"]
