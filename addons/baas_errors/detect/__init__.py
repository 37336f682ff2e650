"""Recognises the backend of an exchange and the parts of its URL."""
