"""Errors on demand: reads what is asked for, decides which requests get it, composes the vendor's answer, and judges what the app does then."""
