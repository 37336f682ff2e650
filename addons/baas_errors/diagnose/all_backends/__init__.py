"""Rules that hold for all backends. Their patterns and texts are in `catalogs/rules/`."""
