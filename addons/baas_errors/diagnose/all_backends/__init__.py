"""Rules that hold for all backends. Their patterns and texts are in `catalogs/shared/`."""

from ...catalog.load import shared

__all__ = ["shared"]
