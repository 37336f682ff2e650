"""A real PocketBase: its start, its collections, and what is asked of it."""
