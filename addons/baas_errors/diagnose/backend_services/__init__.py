"""Rules for Telerik Backend Services: the path, the expressions of a query, who asks, and bodies."""

from __future__ import annotations

from ..context import Rule
from . import bodies, path, query, users

RULES: tuple[Rule, ...] = (*path.RULES, *query.RULES, *users.RULES, *bodies.RULES)
