"""The rules that every backend has. What a catalog says of a backend fills in what only its vendor knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ...record.model import IN_VAIN
from ..checks import Check, json_body, retry_after, wrong_content_type
from ..context import Rule
from ..credentials import app_key, basic_form, bearer_form, jwt_times, session_token_sent, token_history, token_missing, token_unknown, token_unset
from ..id_history import parameter_unset, path_unset
from ..named_fields import named_field
from . import cors, differs_from_success, earlier_exchanges, expected, gateways, sequences, signed_uploads, transport, warnings

# What an error with a cause in the request may come with where no entry explains it.
_REQUEST, _CALLER, _LIMIT = (400, 404, 409, 411, 413, 415, 422), (401, 403), (429, 503)


def _where(statuses: tuple[int, ...], faults: tuple[str, ...], checks: dict[str, Check]) -> Iterator[Rule]:
    """A rule for each check, asked where the fault lies there, and for unknown errors with these statuses."""
    return (Rule(name, check, statuses=statuses, faults=faults, otherwise=True) for name, check in checks.items())


# These are asked for every error; they look for what they need to see.
_ALWAYS: tuple[Rule, ...] = (
    Rule(warnings.SWITCHED_OFF, sequences.retired_host),
    *gateways.RULES,
    *cors.RULES,
    *transport.RULES,
    *signed_uploads.RULES,
    *sequences.RULES,
)
# These where the fault lies there by the catalog, and no rule for the entry has found anything. A backend with rules of its own has made its choice.
_BY_FAULT: tuple[Rule, ...] = (
    *_where(_REQUEST, ("request",), {
        "json-body": json_body, "json-parameter": earlier_exchanges.json_parameter, "path-unset": path_unset, "parameter-unset": parameter_unset,
        "named-field": named_field,
    }),
    *expected.RULES,
    *_where(_REQUEST, ("request",), {
        "content-type": wrong_content_type("application/json"), "id-history": earlier_exchanges.id_in_path,
        "name-in-path": earlier_exchanges.name_in_path, "sent-twice": earlier_exchanges.sent_twice, "value-taken": earlier_exchanges.value_taken,
        "stored-field": earlier_exchanges.stored_field,
    }),
    *_where(_CALLER, ("auth", "permission"), {
        "bearer-form": bearer_form, "basic-form": basic_form, "token-time": jwt_times, "token-history": token_history, "token-unknown": token_unknown,
        "session-token": session_token_sent, "sign-in": earlier_exchanges.sign_in, "app-key": app_key, "token-unset": token_unset,
        "token-missing": token_missing,
    }),
    *_where((), ("script",), {"script-failed": earlier_exchanges.script_failed}),
    *_where(_LIMIT, ("quota", "server"), {"retry-after": retry_after}),
)  # fmt: skip
RULES: tuple[Rule, ...] = (*_ALWAYS, *_BY_FAULT, Rule(IN_VAIN, sequences.repeats_in_vain, secondary=True), *differs_from_success.RULES)


def shared_rules(own: Collection[Rule], causes: Collection[str], proving: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules that a backend has beside its own and the causes of its catalog (their names), but for those of the same names; all, if it has none
    of its own. `proving` are the entries by which `[[request]]` tables are certain: what these describe is looked for whatever the fault of an
    entry."""
    named = {*causes, *(rule.name for rule in own)}
    rules = (rule for rule in RULES if rule.name not in named and (not own or rule not in _BY_FAULT or rule in expected.RULES))
    return tuple(rule._replace(entries=proving) if rule in expected.RULES else rule for rule in rules)
