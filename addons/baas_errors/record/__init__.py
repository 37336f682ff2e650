"""The record of one error: what it holds, how it is written and read back, and how repeats of it are kept."""

from .model import FACTS, KEYS, ErrorRecord, Finding, fingerprint, milliseconds, timestamp

__all__ = ["FACTS", "KEYS", "ErrorRecord", "Finding", "fingerprint", "milliseconds", "timestamp"]
