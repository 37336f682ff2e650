"""Asks the rules that are bound to an error, and orders what they found."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Any

from ..catalog import Backend
from ..catalog.causes import Cause
from ..catalog.entries import Tables
from ..catalog.patterns import LONGEST_TEXT
from ..catalog.requests import Expected
from ..exchange.missing_credentials import LackingHeaders, UnknownHeaders
from ..record import Finding
from ..record.model import DIFFERS
from . import missing_credentials
from .all_backends import cors, differs_from_success
from .catalog_causes import rule_of
from .context import Message, Rule, RuleContext

logger = logging.getLogger(__name__)

MOST_FINDINGS = 6
LONGEST_SAYS, LONGEST_EVIDENCE = 500, 200
# What begins a sentence with a capital only because it begins it.
_CAPITAL = re.compile(r"\A(?:A|An|Another|It|Its|No|The|There|These|This)\b")

# Tests set this, so that a rule that fails is noticed.
RAISE_FAULTS = False


def rules_for(backend: Backend) -> Sequence[Rule]:
    """The table of a backend, the causes of its catalog, and after them the rules that every backend has."""
    own, shared = _rules(backend.id, backend.tables)
    return (*own, *map(rule_of, backend.tables.of(Cause)), *shared)


@lru_cache(maxsize=64)
def _rules(backend: str, tables: Tables) -> tuple[Sequence[Rule], Sequence[Rule]]:
    """The rules in code of a backend, and those that every backend has."""
    from .all_backends.table import shared_rules

    # A backend with rules in code has a package of its own beside this module, named like its catalog.
    package = f".{backend.replace('-', '_')}"
    spec = find_spec(package, __package__) if re.fullmatch(r"[a-z][a-z0-9-]*", backend) else None
    own: Sequence[Rule] = getattr(import_module(package, __package__), "RULES", ()) if spec and spec.submodule_search_locations else ()
    proving = tuple({name: None for expected in tables.of(Expected) for name in expected.entries})
    return own, shared_rules(own, tables.cause_names, proving)


@lru_cache(maxsize=4096)
def _bound(backend: str, tables: Tables, names: tuple[str, ...], fault: str, status: int | None, failed: bool) -> Sequence[Rule]:
    """The rules for an error with these names (none: an answer that no entry explains), this fault and this status; `failed` says that there was no
    answer."""
    own, shared = _rules(backend, tables)
    bound = (
        rule
        for rule in (*own, *map(rule_of, tables.causes(names, status)), *shared)
        if (not rule.entries and not rule.statuses and not rule.faults and (failed or not rule.failed))
        or any(name in rule.entries for name in names)
        or fault in rule.faults
        or (not names and status is not None and status in rule.statuses)
    )
    return sorted(bound, key=lambda rule: (rule.name == DIFFERS, rule.otherwise))


@lru_cache(maxsize=512)
def _fitting(message: str, *bound: Any) -> Sequence[Rule]:
    """Of the rules that are bound to an error (see `_bound`) those whose words fit its message.

    Servers repeat their messages: the cache saves a fifth of the time of a diagnosis."""
    return tuple(rule for rule in _bound(*bound) if rule.words is None or rule.words(message))


def diagnose(ctx: RuleContext) -> tuple[Finding, ...]:
    """The findings for an error, what is certain first, and what stands aside last; none where there is no evidence."""
    if isinstance(ctx.headers, UnknownHeaders):
        return (missing_credentials.UNKNOWN,)
    ctx, found, left_out = _asked(ctx)
    if left_out and isinstance(ctx.headers, LackingHeaders):
        found.append(missing_credentials.finding_for(ctx.headers))
    return tuple(_ordered(ctx, found)[:MOST_FINDINGS])


def _asked(ctx: RuleContext) -> tuple[RuleContext, list[Finding], bool]:
    """The case as the last rule saw it, what the rules say of it, and whether one would have said more but for headers that the capture lacks."""
    names = (ctx.name, *ctx.error.candidates) if ctx.name else ()
    found: dict[str, Finding] = {}
    lacking = ctx.headers if isinstance(ctx.headers, LackingHeaders) else None
    left_out = explained = False
    bound = (ctx.backend.id, ctx.backend.tables, names, ctx.error.advice.fault if ctx.error.advice else "", ctx.status, bool(ctx.kind))
    for rule in cors.PREFLIGHT if cors.is_preflight(ctx) else _fitting(ctx.message[:LONGEST_TEXT], *bound):
        # What a catalog says that requests must be like is compared for the entries that are about it, whatever else was found.
        if rule.otherwise and explained and not (rule.faults and ctx.name in rule.entries):
            continue
        try:
            if lacking is not None:
                lacking.missed = False
                # What another rule has worked out was not asked of the headers by this one.
                ctx = ctx.fresh_copy()
            told = rule.check(ctx) or ()
            # A rule may find as many faults as a body has fields: as many are worked out as can be told.
            for say in (told,) if isinstance(told, Message) else islice(told, 2 * MOST_FINDINGS):
                explained = explained or (ctx.name in rule.entries and not rule.otherwise)
                if lacking is not None and lacking.missed:
                    # It may follow from the absence of a header that was only left out.
                    left_out = True
                elif say.says not in found:
                    found[say.says] = finding_of(rule, say)
                    ctx.proved = ctx.proved or (say.certain and not rule.secondary)
        except Exception:
            if RAISE_FAULTS:
                raise
            logger.debug("rule %s failed", rule.name, exc_info=True)
    return ctx, list(found.values()), left_out


def _ordered(ctx: RuleContext, found: list[Finding]) -> list[Finding]:
    """The findings, causes before what stands aside, without those that a proved cause makes needless."""
    if proved := {one.fault for one in found if one.certain and not one.secondary}:
        # Beside a cause that is proved, another fault of the request may stand, but the refusal need not be explained by rights or tokens as well.
        proved = {"permission", *proved} & {"permission", "auth"}
        found = [one for one in found if one.secondary or one.certain or one.fault not in proved]
    if proved or not differs_from_success.adds(ctx, [one.says for one in found if not one.secondary]):
        found = [one for one in found if one.rule != DIFFERS]
    # Of what is likely, what also differs from the last success comes first.
    return sorted(found, key=lambda one: (one.secondary, 0 if one.certain else 1 if differs_from_success.named(ctx, one.says) else 2))


def finding_of(rule: Rule, say: Message) -> Finding:
    """What a rule says, as it stands in the record; what is not certain says so."""
    says = say.says
    if not say.certain and "likely" not in says.lower():
        says = f"Likely: {_CAPITAL.sub(lambda match: match[0].lower(), says, 1)}"
    fix, evidence = say.fix[:LONGEST_SAYS], say.evidence[:LONGEST_EVIDENCE]
    return Finding(rule.name, says[:LONGEST_SAYS], evidence, say.certain, fix, say.retry, say.fault, rule.secondary)
