"""Why did it happen? Findings that name the cause in this very request, with the evidence.

Rules stand in tables, one package a backend; what they share is in the modules of this one. A rule is one small function of a `RuleContext`; it
returns a `Message`, several, or nothing where it sees no evidence. `certain` is for what the request proves; every other finding begins "Likely:".
"""

from .context import Message, Rule, RuleContext
from .engine import diagnose, rules_for

__all__ = ["Message", "Rule", "RuleContext", "diagnose", "rules_for"]
