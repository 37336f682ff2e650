"""Rules for Telerik Backend Services: the path, the expressions of a query, who asks, and bodies."""

from __future__ import annotations

from . import backend_services_bodies, backend_services_path, backend_services_query, backend_services_users
from .case import Rule

RULES: tuple[Rule, ...] = (
    *backend_services_path.RULES,
    *backend_services_query.RULES,
    *backend_services_users.RULES,
    *backend_services_bodies.RULES,
)
