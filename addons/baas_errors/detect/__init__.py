"""Detects the backend of an exchange, its route, app and client."""
