"""Types that a check is told to allow."""

from __future__ import annotations

import re

import pytest
from baas_errors.catalog import Backend
from baas_errors.cli.allowlist import parse_allowed


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("parse/ObjectNotFound", ["parse/ObjectNotFound"]),
        (" parse/ObjectNotFound ", ["parse/ObjectNotFound"]),
        ("parse/*", ["parse/ObjectNotFound", "parse/9001", "parse/http-403", "parse/timeout"]),
        ("parse/Obj*", ["parse/ObjectNotFound", "parse/ObjectTooLarge"]),
        ("bkend/auth/*", ["bkend/auth/access-token-expired"]),
        ("bkend/auth/access-token-expired", ["bkend/auth/access-token-expired"]),
        ("parse/9001", ["parse/9001"]),
        ("kinvey/http-503", ["kinvey/http-503"]),
        ("kinvey/http-5*", ["kinvey/http-503"]),
        ("kinvey/connection-failed", ["kinvey/connection-failed"]),
        ("backend-services/tls-failed", ["backend-services/tls-failed"]),
    ],
)
def test_a_type_matches_itself(text: str, kinds: list[str], backends: dict[str, Backend]) -> None:
    pattern = parse_allowed(text, backends)
    assert all(pattern.fullmatch(kind) for kind in kinds)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("parse/ObjectNotFound", "parse/ObjectNotFoundToo"),
        ("parse/ObjectNotFound", "xparse/ObjectNotFound"),
        ("parse/Obj*", "parse/IncorrectType"),
        ("parse/*", "kinvey/EntityNotFound"),
        ("bkend/auth/*", "bkend/data/table-not-found"),
        ("kinvey/http-5*", "kinvey/http-404"),
    ],
)
def test_it_matches_no_other(text: str, kind: str, backends: dict[str, Backend]) -> None:
    assert not parse_allowed(text, backends).fullmatch(kind)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("parse/ObjctNotFound", "did you mean parse/ObjectNotFound"),
        ("parse/objectnotfound", "did you mean parse/ObjectNotFound"),
        ("bkend/auth/acess-token-expired", "did you mean bkend/auth/access-token-expired"),
        # A code that has a name comes up under the name.
        ("parse/209", "did you mean parse/InvalidSessionToken?"),
        ("backend-services/603", "did you mean backend-services/AccessDenied?"),
        ("kinvey/NothingLikeThat", "`baas-errors explain kinvey CODE`"),
        ("parse/Objct*", "`baas-errors explain parse CODE`"),
        ("parse/http-42", "is not an error type"),
        ("pars/ObjectNotFound", "did you mean parse/ObjectNotFound?"),
        ("firebase/quota", "known backends: backend-services, bkend, kinvey, parse"),
        ("ObjectNotFound", "for example parse/ObjectNotFound"),
        ("209", "parse/InvalidSessionToken"),
        ("parse/", "for example parse/*"),
        ("parse", "for example parse/*"),
        ("", "for example parse/ObjectNotFound"),
        ("*", "for example parse/ObjectNotFound"),
    ],
)
def test_what_cannot_come_up_is_refused_with_what_is_near(text: str, hint: str, backends: dict[str, Backend]) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(repr(text))}") as raised:
        parse_allowed(text, backends)
    assert hint in str(raised.value)
