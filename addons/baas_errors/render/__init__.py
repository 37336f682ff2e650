"""Describes records, catalog entries and rules: terminal, comment, content view, `explain`."""
