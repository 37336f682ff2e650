"""Collects, redacts and groups occurrences of errors, and makes tickets and curl commands of them."""
