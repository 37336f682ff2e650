"""The rules for Parse Platform: what is at hand in the request first, what earlier flows tell after it.

Newer servers replace the text of most refusals by "Permission denied" and keep the code. A rule whose cause the request shows goes by that; one
that needs the server's words to be sure says so by asking for them.
"""

from __future__ import annotations

from ..context import Rule
from . import app_keys, batch, classes, code, fields, graphql, ids, limits, live, master_key, providers, query, route, sessions, users

_MODULES = (app_keys, limits, master_key, route, code, batch, query, users, sessions, providers, fields, classes, ids, graphql, live)
RULES: tuple[Rule, ...] = tuple(rule for module in _MODULES for rule in module.RULES)
