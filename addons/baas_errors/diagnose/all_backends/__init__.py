"""Rules that hold for all backends."""
