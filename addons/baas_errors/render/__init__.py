"""Texts that people read about a record or a catalog entry: terminal, comment, content view, `explain`."""
