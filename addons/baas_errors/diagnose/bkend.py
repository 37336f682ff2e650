"""Rules for bkend.ai: who asks, for what, and with which body."""

from __future__ import annotations

from . import bkend_data, bkend_files, bkend_forms, bkend_keys, bkend_mcp, bkend_tokens
from .case import Rule

RULES: tuple[Rule, ...] = (
    *bkend_keys.RULES,
    *bkend_tokens.RULES,
    *bkend_data.RULES,
    *bkend_forms.RULES,
    *bkend_files.RULES,
    *bkend_mcp.RULES,
)
