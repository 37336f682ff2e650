"""Why did it happen? Findings that name the cause in this very request, with the evidence.

Rules stand in tables, one module a backend; what they share is in modules of its own. A rule is one small function of a `Case`; it
returns what it has to say, or nothing where it sees no evidence. `certain` is for what the request proves; everything else says "likely"
in its words.
"""

from .context import Message, Rule, RuleContext
from .engine import diagnose, rules_for

__all__ = ["Message", "Rule", "RuleContext", "diagnose", "rules_for"]
