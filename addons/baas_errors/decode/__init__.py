"""Finds the errors in an answer, and the catalog entry for each."""

from .response import Error, decode, effective_method, rule_advice, server_headers

__all__ = ["Error", "decode", "effective_method", "rule_advice", "server_headers"]
