"""Rules for one backend."""

from __future__ import annotations

from .case import Rule

RULES: tuple[Rule, ...] = ()
