"""Stories over several flows, and what browsers do: each is told from the flow in which it shows, and not before."""

from __future__ import annotations

from typing import Any

import pytest
from baas_errors.catalog import Backend
from baas_errors.diagnose.all_backends.table import RULES
from diagnose.talk import Talk, make_jwt
from matrix import in_one_test

KEY = "pk_" + "0123456789abcdef" * 4
OLD, NEW, THIRD = (make_jwt(sub="u1", exp=1_760_003_600, n=number) for number in range(3))


@pytest.fixture
def bkend_talk(backends: dict[str, Backend]) -> Talk:
    return Talk(backends, "bkend", "https://api-client.bkend.ai", {"X-API-Key": KEY})


@pytest.fixture
def parse_talk(backends: dict[str, Backend]) -> Talk:
    return Talk(backends, "parse", "http://localhost:1337/parse", {"X-Parse-Application-Id": "app1"})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def error(code: str, status: int) -> dict[str, Any]:
    return {"status": status, "answer": {"success": False, "error": {"code": code, "message": "Refused"}}}


def sign_in(token: str = OLD, refresh: str = "refresh-1", **more: Any) -> dict[str, Any]:
    tokens = {"accessToken": token, "refreshToken": refresh}
    return {"method": "POST", "path": "/v1/auth/email/signin", "body": {"email": "ann@example.com"}, "answer": tokens} | more


def refreshed(sent: str, token: str, refresh: str, **more: Any) -> dict[str, Any]:
    tokens = {"accessToken": token, "refreshToken": refresh}
    return {"method": "POST", "path": "/v1/auth/refresh", "body": {"refreshToken": sent}, "answer": tokens} | more


def refresh_refused(sent: str, **more: Any) -> dict[str, Any]:
    return {"method": "POST", "path": "/v1/auth/refresh", "body": {"refreshToken": sent}} | error("auth/invalid-refresh-token", 401) | more


def posts(**more: Any) -> dict[str, Any]:
    return {"path": "/v1/data/posts", "answer": {"items": []}} | more


def said(talk: Talk, rule: str, asked: dict[str, Any]) -> list[str]:
    return [finding.says for record in talk.ask(**asked) for finding in record.findings if finding.rule == rule]


def test_rules_have_names_of_their_own():
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))


# ---------------------------------------------------------------- one request again and again


def test_a_request_that_cannot_succeed_is_repeated(parse_talk):
    gone = {"path": "/classes/Post/x1", "status": 404, "answer": {"code": 101, "error": "Object not found."}}
    assert [len(said(parse_talk, "repeats-in-vain", gone)) for _ in range(4)] == [0, 0, 1, 1]
    assert said(parse_talk, "repeats-in-vain", gone)[0].startswith(
        "The app has sent this very request 5 times in 4 s, always with the same result: repeating does not help."
    )


@in_one_test(
    "change",
    [{"path": "/classes/Post/x2"}, {"headers": {"X-Parse-Session-Token": "r:0"}}, {"method": "PUT", "body": {"a": 1}}],
    ids=["path", "token", "body"],
)
def test_another_request_is_no_repetition(parse_talk, change):
    gone = {"path": "/classes/Post/x1", "status": 404, "answer": {"code": 101, "error": "Object not found."}}
    for _ in range(3):
        parse_talk.ask(**gone)
    assert said(parse_talk, "repeats-in-vain", gone | change) == []


def test_another_text_under_the_same_code_is_another_result(parse_talk):
    for number in range(4):
        asked = {"method": "POST", "path": "/functions/f", "body": {}, "status": 400, "answer": {"code": 141, "error": f"Reason {number}"}}
        assert said(parse_talk, "repeats-in-vain", asked) == []


def test_repeated_logins_may_lock_the_account(parse_talk):
    body = {"username": "ann", "password": "guess-0123"}
    asked = {"method": "POST", "path": "/login", "body": body, "status": 404, "answer": {"code": 101, "error": "Invalid username/password."}}
    assert ["can lock the account" in text for _ in range(3) for text in said(parse_talk, "repeats-in-vain", asked)] == [True]


def test_a_success_ends_the_story(parse_talk):
    gone = {"path": "/classes/Post/x1", "status": 404, "answer": {"code": 101, "error": "Object not found."}}
    for answer in (gone, gone, gone | {"status": 200, "answer": {"objectId": "x1"}}, gone):
        parse_talk.ask(**answer)
    assert said(parse_talk, "repeats-in-vain", gone) == []


def test_another_error_is_another_story(parse_talk):
    path = {"path": "/classes/Post/x1"}
    for _ in range(3):
        parse_talk.ask(**path, status=404, answer={"code": 101, "error": "Object not found."})
    assert said(parse_talk, "repeats-in-vain", path | {"status": 403, "answer": {"code": 119, "error": "Denied."}}) == []


def test_results_that_differ_are_no_repetition(parse_talk):
    path = {"path": "/classes/Post/x1", "answer": b""}
    assert [said(parse_talk, "repeats-in-vain", path | {"status": status}) for status in (400, 401, 404, 404)] == [[]] * 4


def test_repetition_stands_after_the_cause(bkend_talk):
    wrong = posts(headers=bearer("undefined")) | error("auth/invalid-access-token", 401)
    for _ in range(3):
        record = bkend_talk.ask(**wrong)[0]
    assert [finding.rule for finding in record.findings][:1] == ["token-lost"]
    assert "repeats-in-vain" in [finding.rule for finding in record.findings]


def test_retries_without_growing_pauses(bkend_talk):
    for _ in range(3):
        found = said(bkend_talk, "repeats-in-vain", posts(after=2.0) | error("file/upload-init-failed", 500))
    assert [text[:52] for text in found] == ["The app repeats this request without growing pauses "]


@in_one_test("pauses", [(1, 2, 4, 8), (1, 3, 9)])
def test_growing_pauses_are_no_fault(bkend_talk, pauses):
    for pause in pauses:
        found = said(bkend_talk, "repeats-in-vain", posts(after=float(pause)) | error("file/upload-init-failed", 500))
    assert found == []


# ---------------------------------------------------------------- Retry-After


def limited(**more: Any) -> dict[str, Any]:
    return posts(answer_headers={"Retry-After": "30"}, **more) | error("data/rate-limit-exceeded", 429)


def test_a_retry_before_the_pause_is_over(bkend_talk):
    bkend_talk.ask(**limited())
    assert said(bkend_talk, "retried-too-early", limited(after=10.0)) == ["Flow flow-1 was told to wait; this request came 20 s too early."]


def test_an_answer_in_between_ends_the_wait(bkend_talk):
    bkend_talk.ask(**limited())
    bkend_talk.ask(**posts())
    assert said(bkend_talk, "retried-too-early", limited(after=5.0)) == []


def test_the_limit_is_the_keys_whoever_is_signed_in(bkend_talk):
    bkend_talk.ask(**limited(headers=bearer(OLD)))
    assert len(said(bkend_talk, "retried-too-early", limited(headers=bearer(NEW), after=10.0))) == 1


@in_one_test(
    "second",
    [limited(after=31.0), limited(headers={"X-API-Key": "pk_" + "f" * 64}), posts() | error("data/not-found", 404)],
    ids=["after the pause", "another key", "another error"],
)
def test_no_retry_too_early(bkend_talk, second):
    bkend_talk.ask(**limited())
    assert said(bkend_talk, "retried-too-early", second) == []


# ---------------------------------------------------------------- refresh tokens


def test_a_refresh_token_used_twice(bkend_talk):
    bkend_talk.ask(**sign_in())
    bkend_talk.ask(**refreshed("refresh-1", NEW, "refresh-2"))
    found = said(bkend_talk, "refresh-token-reused", refresh_refused("refresh-1", after=5.0))
    assert found == ["This refresh token was used before, 5 s before in flow flow-2; each works once."]


def test_parallel_refreshes(bkend_talk):
    bkend_talk.ask(**refreshed("refresh-1", NEW, "refresh-2", took=2.0))
    found = said(bkend_talk, "refresh-token-reused", refresh_refused("refresh-1", after=0.5, took=2.0))
    assert [text[:57] for text in found] == ["Two refreshes ran at once with one refresh token: flow fl"]


def test_the_first_use_is_found_behind_many_failures(bkend_talk):
    bkend_talk.ask(**refreshed("refresh-1", NEW, "refresh-2"))
    for _ in range(10):
        found = said(bkend_talk, "refresh-token-reused", refresh_refused("refresh-1"))
    assert "in flow flow-1" in found[0]


@in_one_test("sent", ["refresh-2", "refresh-9"], ids=["the new one", "an unknown one"])
def test_another_refresh_token_was_not_used(bkend_talk, sent):
    bkend_talk.ask(**refreshed("refresh-1", NEW, "refresh-2"))
    assert said(bkend_talk, "refresh-token-reused", refresh_refused(sent)) == []


def test_a_refresh_that_failed_used_nothing(bkend_talk):
    bkend_talk.ask(**refresh_refused("refresh-1"))
    assert said(bkend_talk, "refresh-token-reused", refresh_refused("refresh-1")) == []


def test_a_refresh_after_sign_out(bkend_talk):
    bkend_talk.ask(**sign_in())
    bkend_talk.ask("POST", "/v1/auth/signout", headers=bearer(OLD), answer={"message": "ok"})
    found = said(bkend_talk, "refresh-token-reused", refresh_refused("refresh-1"))
    assert found == ["The session of this refresh token was ended by POST /v1/auth/signout in flow flow-2, 1 s before."]


def test_form_bodies_count_too(backends):
    talk = Talk(backends, "kinvey", "https://auth.kinvey.com")
    form = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "body": "grant_type=refresh_token&refresh_token=r1"}
    asked = {"method": "POST", "path": "/oauth/token"} | form
    talk.ask(**asked, answer={"access_token": "a1", "refresh_token": "r2"})
    assert len(said(talk, "refresh-token-reused", asked | {"status": 400, "answer": {"error": "invalid_grant"}})) == 1


# ---------------------------------------------------------------- tokens


def expired(token: str, **more: Any) -> dict[str, Any]:
    return posts(headers=bearer(token), **more) | error("auth/access-token-expired", 401)


def test_a_new_token_is_not_used(bkend_talk):
    bkend_talk.ask(**sign_in())
    bkend_talk.ask(**refreshed("refresh-1", NEW, "refresh-2"))
    assert said(bkend_talk, "new-token-unused", expired(OLD)) == [
        "Flow flow-2 brought a new token for this sign-in, 1 s before; this request still carries an older one. No request has used the new one yet."
    ]


def test_the_chain_holds_over_several_refreshes(bkend_talk):
    bkend_talk.ask(**sign_in())
    bkend_talk.ask(**refreshed("refresh-1", NEW, "refresh-2"))
    bkend_talk.ask(**refreshed("refresh-2", THIRD, "refresh-3"))
    assert [text[:20] for text in said(bkend_talk, "new-token-unused", expired(OLD))] == ["Flow flow-3 brought "]


def test_a_new_token_that_is_used_by_others(bkend_talk):
    bkend_talk.ask(**sign_in())
    bkend_talk.ask(**refreshed("refresh-1", NEW, "refresh-2"))
    bkend_talk.ask(**posts(headers=bearer(NEW)))
    assert said(bkend_talk, "new-token-unused", expired(OLD))[0].endswith("this request still carries an older one.")


def test_another_users_sign_in_is_no_refresh(bkend_talk):
    bkend_talk.ask(**sign_in())
    bkend_talk.ask(**sign_in(NEW, "refresh-9"))
    assert said(bkend_talk, "new-token-unused", expired(OLD)) == []


def test_the_new_token_itself_is_not_old(bkend_talk):
    bkend_talk.ask(**sign_in())
    bkend_talk.ask(**refreshed("refresh-1", NEW, "refresh-2"))
    assert said(bkend_talk, "new-token-unused", expired(NEW)) == []


def test_a_request_on_its_way_during_the_refresh_could_not_know(bkend_talk):
    bkend_talk.ask(**sign_in())
    bkend_talk.ask(**refreshed("refresh-1", NEW, "refresh-2", took=3.0))
    assert said(bkend_talk, "new-token-unused", expired(OLD, after=1.0, took=5.0)) == []


@in_one_test("word", ["undefined", "null"])
def test_a_lost_token(bkend_talk, word):
    assert len(said(bkend_talk, "token-lost", posts(headers=bearer(word)) | error("auth/invalid-access-token", 401))) == 1


def test_a_token_that_was_issued_and_is_not_sent(bkend_talk):
    bkend_talk.ask(**sign_in())
    record = bkend_talk.ask(**{**posts(path="/v1/auth/me"), **error("auth/missing-authorization-header", 401)})[0]
    assert record.fix[0] == "Send `Authorization: Bearer` and the `accessToken` that flow flow-1 returned."


def test_a_lost_token_is_told_where_no_entry_explains(bkend_talk):
    assert len(said(bkend_talk, "token-lost", {"path": "/v1/data/posts", "status": 401, "headers": bearer("undefined")})) == 1


@in_one_test("deeper", [True, False])
def test_where_an_earlier_answer_had_the_token_that_is_lost(bkend_talk, deeper):
    tokens = {"accessToken": OLD, "refreshToken": "refresh-1"}
    bkend_talk.ask(**sign_in(answer={"data": tokens} if deeper else tokens))
    place = "data.accessToken" if deeper else "accessToken"
    record = bkend_talk.ask(**posts(headers=bearer("undefined")) | error("auth/invalid-access-token", 401))[0]
    says = f"Flow flow-1 returned a token as `{place}`: the app read another field, or did not store it."
    assert record.findings[0].says.endswith(says)
    assert record.fix[0] == f"Read the token from `{place}` of the answer in flow flow-1, and send it."


def test_an_old_token_after_a_refresh_whose_sign_in_was_not_seen(bkend_talk):
    bkend_talk.ask(**refreshed("refresh-8", NEW, "refresh-9"))
    record = bkend_talk.ask(**posts(headers=bearer(OLD)) | error("auth/invalid-access-token", 401))[0]
    (finding,) = [finding for finding in record.findings if finding.rule == "new-token-unused"]
    assert not finding.certain
    assert "flow flow-1 refreshed the token" in finding.says
    assert record.fix[0].startswith("Store the token that flow flow-1 returned")
    assert said(bkend_talk, "new-token-unused", posts(headers=bearer(NEW)) | error("auth/invalid-access-token", 401)) == []


def test_another_users_token_after_a_refresh(bkend_talk):
    bkend_talk.ask(**refreshed("refresh-8", NEW, "refresh-9"))
    bkend_talk.ask(**posts(headers=bearer(THIRD)))
    assert said(bkend_talk, "new-token-unused", posts(headers=bearer(THIRD)) | error("auth/invalid-access-token", 401)) == []


# ---------------------------------------------------------------- others


def denied(token: str | None, **more: Any) -> dict[str, Any]:
    return posts(headers=bearer(token) if token else {}, **more) | error("data/permission-denied", 403)


@in_one_test(("other", "who"), [(OLD, "with another token"), (None, "without a token")])
def test_it_works_for_others(bkend_talk, other, who):
    bkend_talk.ask(**posts(headers=bearer(other) if other else {}))
    assert [who in text for text in said(bkend_talk, "works-for-others", denied(NEW))] == [True]


@in_one_test(
    "first",
    [posts(headers=bearer(NEW)), posts(headers=bearer(OLD), path="/v1/data/posts?page=2"), denied(OLD)],
    ids=["the same caller", "another query", "it failed there too"],
)
def test_it_does_not_work_for_others(bkend_talk, first):
    bkend_talk.ask(**first)
    assert said(bkend_talk, "works-for-others", denied(NEW)) == []


def test_another_body_is_another_request(bkend_talk):
    bkend_talk.ask("POST", "/v1/data/posts", headers=bearer(OLD), body={"a": 1}, status=201)
    assert said(bkend_talk, "works-for-others", denied(NEW, method="POST", body={"a": 2})) == []


def test_a_host_that_was_switched_off_is_the_cause_where_nothing_else_is_told(backends):
    talk = Talk(backends, "parse", "https://api.parse.com", {"X-Parse-Application-Id": "app1"})
    record = talk.ask("GET", "/1/classes/Note", status=410)[0]
    assert [finding.rule for finding in record.findings] == ["host-switched-off"]
    assert record.fix[0].startswith("Set the app's server URL to the server that replaced this host")
    coded = talk.ask("GET", "/1/classes/Note", status=400, answer={"code": 102, "error": "bad"})[0]
    assert [finding.rule for finding in coded.findings] == ["retired-host"]


# ---------------------------------------------------------------- browsers

PAGE = {"Origin": "https://app.example"}
ASKS = {**PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key, content-type", "X-API-Key": None}


def test_a_preflight_that_fails(bkend_talk):
    record = bkend_talk.ask("OPTIONS", "/v1/data/posts", headers=ASKS, status=404, answer={"message": "Not Found"})[0]
    assert [finding.rule for finding in record.findings if finding.rule != "retired-host"] == ["cors-preflight"]
    assert record.findings[0].says == (
        "The browser never sends the `POST` that this preflight (CORS) asks for: it was answered with 404, the origin `https://app.example` is not "
        "allowed, the headers `x-api-key, content-type` are not allowed."
    )
    assert record.fix == ("Call bkend.ai from your own server: only its operator can change this answer.",)
    assert (record.retry, record.fault) == ("after-fix", "config")


def test_a_preflight_of_a_vendors_host_that_forbids_a_header(bkend_talk):
    allows = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "content-type", "Access-Control-Allow-Methods": "GET, POST"}
    for names, fix in (("x-build", "Do not send `x-build` from the browser"), ("x-api-key", "Call bkend.ai from your own server")):
        asks = {**ASKS, "Access-Control-Request-Headers": names}
        record = bkend_talk.ask("OPTIONS", "/v1/data/posts", headers=asks, status=204, answer_headers=allows)[0]
        assert record.fix[0].startswith(fix), names


def test_quotes_around_a_token(bkend_talk):
    for value in (f'Bearer "{OLD}"', f'"Bearer {OLD}"', f"Bearer '{OLD}'"):
        record = bkend_talk.ask(headers={"Authorization": value}, path="/v1/data/posts", **error("UNAUTHORIZED", 401))[0]
        assert [finding.rule for finding in record.findings if not finding.secondary and finding.certain] == ["token-quoted"], value
        assert "JSON.parse" in record.fix[0], value
        assert OLD not in str(record)


def test_a_preflight_with_a_good_status_says_what_to_add(parse_talk):
    allows = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "X-Api-Key"}
    record = parse_talk.ask("OPTIONS", "/classes/Post", headers=ASKS, status=200, answer="OK", answer_headers=allows)[0]
    assert record.meaning.startswith("Before a request to another origin a browser asks")
    assert record.fix == (
        "Add to the server's answer to OPTIONS: `Access-Control-Allow-Headers: content-type` (Parse Server: `allowHeaders: ['content-type']`).",
    )


ALLOWS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET,POST, DELETE",
    "Access-Control-Allow-Headers": "X-Api-Key, Content-Type",
}


def test_a_preflight_with_200_is_an_error_only_where_it_does_not_allow_the_request(bkend_talk):
    cases = [
        ({}, {}, None),
        ({"Access-Control-Allow-Headers": "*"}, {}, None),
        ({"Access-Control-Allow-Methods": ""}, {}, None),
        ({}, {"Access-Control-Request-Method": "delete"}, None),
        ({"Access-Control-Allow-Headers": "X-Api-Key"}, {}, "the header `content-type` is not allowed"),
        ({}, {"Access-Control-Request-Method": "PUT"}, "the method `PUT` is not allowed"),
        ({"Access-Control-Allow-Origin": "*, *"}, {}, "Access-Control-Allow-Origin has several values, `*, *`"),
        (
            {"Access-Control-Allow-Origin": "https://other.example"},
            {},
            "the origin `https://app.example` is not allowed (only `https://other.example` is)",
        ),
    ]
    for answer, sent, says in cases:
        records = bkend_talk.ask("OPTIONS", "/v1/data/posts", headers=ASKS | sent, status=204, answer_headers=ALLOWS | answer)
        assert [says in record.findings[0].says for record in records] == ([True] if says else []), (answer, sent)
        assert [record.findings[0].rule for record in records] == (["cors-preflight"] if says else []), (answer, sent)


def test_a_preflight_that_is_redirected_names_the_new_address(parse_talk):
    for status, location, says, new in (
        (301, "https://api.example/parse/classes/Post?x=1", "(301, to `https://api.example/parse/classes/Post`)", "`https://api.example`"),
        (308, "/parse/classes/Post/", "/classes/Post/`)", "/classes/Post/`"),
    ):
        asked = {"headers": ASKS, "status": status, "answer": "Moved", "answer_headers": {"Location": location}}
        record = parse_talk.ask("OPTIONS", "/classes/Post", **asked)[0]
        assert "no preflight may be redirected" in record.findings[0].says, location
        assert says in record.findings[0].says, location
        assert record.fix[0].startswith("Use the new address in the app's server URL: " if "https" in location else "Take that redirect"), location
        assert new in record.fix[0], location


def test_a_preflight_that_is_sent_to_a_login_page_is_to_be_answered_itself(parse_talk):
    asked = {"headers": ASKS, "status": 302, "answer": "", "answer_headers": {"Location": "https://login.example/sso"}}
    assert parse_talk.ask("OPTIONS", "/classes/Post", **asked)[0].fix[0].startswith("Answer OPTIONS with 2xx")


def test_an_origin_that_parse_server_does_not_allow_is_added_to_its_option(parse_talk):
    allows = ALLOWS | {"Access-Control-Allow-Origin": "https://other.example"}
    record = parse_talk.ask("OPTIONS", "/classes/Post", headers=ASKS, status=200, answer="OK", answer_headers=allows)[0]
    assert "(Parse Server: `allowOrigin: ['https://other.example', 'https://app.example']`)" in record.fix[0]


def test_a_preflight_without_an_answer(bkend_talk):
    record = bkend_talk.ask("OPTIONS", "/v1/data/posts", headers=ASKS, failure="server closed connection")[0]
    assert record.findings[0].says == "This was the browser's CORS preflight; the request itself was never sent."


def test_an_options_request_that_is_no_preflight(bkend_talk):
    assert said(bkend_talk, "cors-preflight", {"method": "OPTIONS", "path": "/v1/data/posts", "headers": PAGE, "status": 404}) == []


def blocked(headers: dict[str, str], **more: Any) -> dict[str, Any]:
    return posts(headers=headers, **more) | error("data/not-found", 404)


@in_one_test(
    ("allowed", "says"),
    [
        ({}, "The answer has no Access-Control-Allow-Origin, so the browser hides it"),
        ({"Access-Control-Allow-Origin": "*, https://app.example"}, "The answer has several values of Access-Control-Allow-Origin"),
        ({"Access-Control-Allow-Origin": "https://other.example"}, "The answer names `https://other.example` as Access-Control-Allow-Origin, not"),
    ],
)
def test_an_answer_that_the_browser_hides(bkend_talk, allowed, says):
    assert [says in text for text in said(bkend_talk, "cors-blocked", blocked(PAGE, answer_headers=allowed))] == [True]


@in_one_test(
    "asked",
    [
        blocked(PAGE, answer_headers={"Access-Control-Allow-Origin": "*"}),
        blocked(PAGE, answer_headers={"Access-Control-Allow-Origin": "https://app.example"}),
        blocked({"Origin": "https://api-client.bkend.ai"}),
        blocked({}),
        blocked({**PAGE, "Sec-Fetch-Site": "same-origin"}),
        blocked({**PAGE, "Sec-WebSocket-Key": "bWFkZXVwbWFkZXVwMTIzNA=="}),
        posts(headers=PAGE, failure="server closed connection"),
    ],
    ids=["anybody", "this page", "the same origin", "no browser", "the browser's own word", "a WebSocket", "no answer"],
)
def test_an_answer_that_the_page_sees(bkend_talk, asked):
    assert said(bkend_talk, "cors-blocked", asked) == []


def test_what_stands_aside_comes_after_the_cause(bkend_talk):
    record = bkend_talk.ask(**posts(headers={**PAGE, "X-API-Key": KEY[:-1]}) | error("UNAUTHORIZED", 401))[0]
    assert [finding.rule for finding in record.findings][:2] == ["api-key", "cors-blocked"]


# ---------------------------------------------------------------- batches


def test_a_batch_is_not_told_once_for_each_member(parse_talk):
    members = [{"method": "GET", "path": f"/parse/classes/Post/x{number}"} for number in range(3)]
    answer = [{"error": {"code": 101, "error": "Object not found."}}] * 3
    batch: dict[str, Any] = {"method": "POST", "path": "/batch", "body": {"requests": members}, "answer": answer}
    for _ in range(3):
        found = said(parse_talk, "repeats-in-vain", batch)
    assert len(found) == 1


def test_the_same_request_an_hour_later_is_no_loop(backends):
    talk = Talk(backends, "parse", "https://parse.example", {"X-Parse-Application-Id": "app"})
    missing = {"path": "/parse/classes/Note/1", "status": 404, "answer": {"code": 101, "error": "Object not found."}}
    for _ in range(4):
        found = talk.ask(**missing, after=3600)[0].findings
    assert [f.says for f in found if f.rule == "repeats-in-vain"] == []
