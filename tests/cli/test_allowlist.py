"""Types that a check is told to allow."""

from __future__ import annotations

import re

import pytest
from baas_errors.catalog import Backend
from baas_errors.cli.allowlist import parse_allowed, parse_file
from build import make_error_record


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
    pattern = parse_allowed(text, backends).kind
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
    assert not parse_allowed(text, backends).kind.fullmatch(kind)


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


def test_one_for_a_place_allows_the_type_there_only(backends: dict[str, Backend]) -> None:
    record = make_error_record(method="GET", url_template="/parse/classes/Draft/{id}")
    for text, covered in (
        ("parse/ObjectNotFound", True),
        ("parse/ObjectNotFound /parse/classes/Draft/*", True),
        ("parse/ObjectNotFound get /parse/classes/Draft/{id}", True),
        ("parse/* GET *", True),
        ("parse/ObjectNotFound PUT /parse/classes/Draft/*", False),
        ("parse/ObjectNotFound GET /parse/classes/Note/*", False),
        ("parse/ObjectNotFound * /parse/classes/Draft", False),
        ("parse/timeout GET *", False),
    ):
        assert parse_allowed(text, backends).covers(record) is covered, text


def test_a_reason_stands_behind_a_hash(backends: dict[str, Backend]) -> None:
    found = parse_allowed("parse/ObjectNotFound  GET /a/* # drafts are optional, see #7", backends)
    assert (found.text, found.reason) == ("parse/ObjectNotFound GET /a/*", "drafts are optional, see #7")


def test_a_place_that_is_none_is_refused(backends: dict[str, Backend]) -> None:
    for text in ("parse/ObjectNotFound GET", "parse/ObjectNotFound GET /a b", "parse/ObjectNotFound drafts are optional"):
        with pytest.raises(ValueError, match="after the type stands METHOD PATH"):
            parse_allowed(text, backends)


def test_a_file_has_one_a_line(backends: dict[str, Backend]) -> None:
    found = parse_file("# known\n\nparse/timeout # slow\n  parse/ObjectNotFound GET /a\n", backends)
    assert [(one.text, one.reason) for one in found] == [("parse/timeout", "slow"), ("parse/ObjectNotFound GET /a", "")]
    with pytest.raises(ValueError, match=r"^line 2: 'pars/x': unknown backend"):
        parse_file("parse/timeout\npars/x\n", backends)
