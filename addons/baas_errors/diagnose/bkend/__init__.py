"""Rules for bkend.ai: who asks, for what, and with which body."""

from __future__ import annotations

from ..context import Rule
from . import data, forms, keys, tokens

RULES: tuple[Rule, ...] = (*keys.RULES, *tokens.RULES, *data.RULES, *forms.RULES)
