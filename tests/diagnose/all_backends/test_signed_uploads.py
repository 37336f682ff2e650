"""Signed URLs that a backend has issued: its answers are told, and what was wrong with the transfer."""

from __future__ import annotations

from typing import Any

import pytest
from baas_errors.catalog import Backend
from diagnose.talk import START, Talk, garbled
from matrix import in_one_test

KEY = "pk_" + "0123456789abcdef" * 4
FILE = "https://files.example.net/p1/cat%20one.png"
# Issued at the time at which the talks begin.
DATE = "20251009T085320Z"
EXPIRED = "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
MISMATCH = "<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match</Message></Error>"


def amazon(lifetime: int = 900, headers: str = "host", file: str = FILE) -> str:
    return f"{file}?X-Amz-Date={DATE}&X-Amz-Expires={lifetime}&X-Amz-SignedHeaders={headers}&X-Amz-Signature=00ff00"


@pytest.fixture
def talk(backends: dict[str, Backend]) -> Talk:
    talk = Talk(backends, "bkend", "https://api-client.bkend.ai", {"X-API-Key": KEY})
    assert talk.pipeline.recognizer.by_host("files.example.net", 443, "/") is None
    return talk


def issue(talk: Talk, url: str, kind: str = "image/png") -> None:
    body = {"filename": "cat.png", "contentType": kind}
    talk.ask("POST", "/v1/files/presigned-url", body=body, answer={"url": url, "key": "p1/cat.png"})


def put(url: str, **more: Any) -> dict[str, Any]:
    sent = {"X-API-Key": None, "Content-Type": "image/png", **more.pop("headers", {})}
    return {"method": "PUT", "path": url, "headers": sent, "body": b"PNG", "status": 403, "answer": EXPIRED, "dated": True} | more


def said(talk: Talk, rule: str, asked: dict[str, Any]) -> list[str]:
    found = talk.ask(**asked)[0].findings
    assert garbled(found) == []
    return [finding.says for finding in found if finding.rule == rule]


def test_headers_that_the_answer_asked_for(backends):
    talk = Talk(backends, "kinvey", "https://baas.kinvey.com", {"X-Kinvey-API-Version": "5"})
    url = f"{FILE}?GoogleAccessId=a&Expires={int(START) + 900}&Signature=00ff00"
    answer = {"_id": "f1", "_uploadURL": url, "_requiredHeaders": {"x-goog-acl": "public-read"}}
    talk.ask("POST", "/blob/kid_Toys01", body={"_filename": "cat.png"}, answer=answer)
    asked = {"method": "PUT", "path": url, "body": b"PNG", "status": 403, "answer": MISMATCH}
    (found,) = (f for f in talk.ask(**asked)[0].findings if f.rule == "upload-headers")
    assert (found.certain, "`x-goog-acl`" in found.says, "flow-1" in found.fix, "public-read" in found.says) == (True, True, True, False)
    assert said(talk, "upload-headers", {**asked, "headers": {"x-goog-acl": "public-read"}}) == []


def test_a_store_that_names_another_reason_did_not_refuse_for_the_time(talk):
    issue(talk, amazon())
    assert said(talk, "upload-expired", put(amazon(), after=1000.0, answer=MISMATCH)) == []


@in_one_test(
    "url",
    [
        amazon(),
        f"{FILE}?X-Goog-Date={DATE}&X-Goog-Expires=900&X-Goog-Signature=00ff00",
        f"{FILE}?Expires={int(START) + 900}&Signature=00ff00&GoogleAccessId=a",
    ],
    ids=["Amazon", "Google", "older"],
)
def test_a_url_that_was_used_too_late(talk, url):
    issue(talk, url)
    found = said(talk, "upload-expired", put(url, after=1000.0))
    assert [text[:45] for text in found] == ["The signed URL expired 1 min 41 s before this"]
    assert found[0].endswith("Issued in flow flow-1.")


def test_a_url_in_its_time(talk):
    issue(talk, amazon())
    assert said(talk, "upload-expired", put(amazon(), after=600.0)) == []


def test_a_download_url_counts_too(talk):
    talk.ask("POST", "/v1/files/f1/download-url", answer={"url": amazon()})
    asked = put(amazon(), method="GET", body=b"", after=1000.0)
    assert len(said(talk, "upload-expired", asked)) == 1


def test_another_content_type_than_was_asked_for(talk):
    issue(talk, amazon(), "image/jpeg")
    found = said(talk, "upload-content-type", put(amazon(), answer=MISMATCH))
    assert [text[:84] for text in found] == ["Likely: the URL was asked for with Content-Type `image/jpeg` (flow flow-1), but the "]


def test_another_content_type_that_the_signature_fixes_is_certain(talk):
    issue(talk, amazon(headers="content-type;host"), "image/jpeg")
    found = said(talk, "upload-content-type", put(amazon(headers="content-type;host"), answer=MISMATCH))
    assert [text[:15] for text in found] == ["the URL was ask"]


def test_no_content_type_where_the_signature_fixes_one(talk):
    url = amazon(headers="content-type;host")
    issue(talk, url)
    assert said(talk, "upload-content-type", put(url, headers={"Content-Type": None}, answer=MISMATCH)) == [
        "The signed URL covers the Content-Type, and the request has none."
    ]


@in_one_test("kind", ["image/png", "IMAGE/PNG", "image/ png"])
def test_the_content_type_that_was_asked_for(talk, kind):
    issue(talk, amazon(), kind)
    assert said(talk, "upload-content-type", put(amazon(), answer=MISMATCH)) == []


def test_credentials_beside_the_signature(talk):
    issue(talk, amazon())
    sent = put(amazon(), headers={"Authorization": "Bearer 0123456789"}, status=400, answer="<Error>Only one auth mechanism allowed</Error>")
    assert [text[:44] for text in said(talk, "upload-extras", sent)] == ["The request has an Authorization header (`Be"]


def test_a_post_where_a_put_belongs(talk):
    issue(talk, amazon())
    assert said(talk, "upload-extras", put(amazon(), method="POST")) == ["Likely: the signed URL is for a PUT, and this was a POST."]


def test_a_plain_put_has_nothing_too_much(talk):
    issue(talk, amazon())
    assert said(talk, "upload-extras", put(amazon())) == []


@in_one_test("status", [403, 404])
def test_a_file_that_is_read_before_its_content_was_sent(backends, status):
    talk = Talk(backends, "kinvey", "https://baas.kinvey.com", {"X-Kinvey-API-Version": "5"})
    url = "https://storage.googleapis.com/bucket/f1/a.png"
    talk.ask("GET", "/blob/kid_x1/f1", answer={"_id": "f1", "_downloadURL": url})
    record = talk.ask("GET", url, headers={"X-Kinvey-API-Version": None}, status=status, answer="<Error><Code>NoSuchKey</Code></Error>")[0]
    assert record.findings[0].rule == "never-uploaded"
    assert record.findings[0].says.startswith("Likely: the file's content was never uploaded: flow flow-1 returned this URL")
    assert "`_uploadURL`" in record.fix[0]


def test_nothing_of_the_signature_is_shown(talk):
    issue(talk, amazon())
    record = talk.ask(**put(amazon(), after=1000.0))[0]
    assert "00ff00" not in record.to_json()


# ---------------------------------------------------------------- whose answer it is


def owner(talk: Talk, url: str) -> str:
    host, _, rest = url.removeprefix("https://").partition("/")
    return talk.pipeline.memory.owner(host, "/" + rest.partition("?")[0])


def test_the_upload_belongs_to_the_app_that_asked_for_it(talk):
    issue(talk, amazon())
    talk.ask(**put(amazon()))
    assert talk.pipeline.memory.apps_of("bkend") == ["api-client.bkend.ai"]


def test_percent_encoding_makes_no_difference(talk):
    issue(talk, amazon())
    assert owner(talk, FILE.replace("%20", "%2520")) == ""
    assert owner(talk, FILE.replace("cat", "%63at")) == "bkend"


@in_one_test(
    "url",
    ["https://files.example.net/p1/dog.png", "https://other.example.net/p1/cat%20one.png", "https://files.example.net/"],
    ids=["another file", "another host", "the host alone"],
)
def test_other_addresses_are_strangers(talk, url):
    issue(talk, amazon())
    assert owner(talk, url) == ""


@in_one_test(
    "answer",
    [
        {"url": "https://www.example.net/page"},
        {"url": "ftp://files.example.net/a?Signature=1"},
        {"url": 7},
        {"url": "https://[bad?Signature=1"},
        "no JSON",
    ],
    ids=["not signed", "not http", "no text", "no URL", "no JSON"],
)
def test_only_signed_urls_are_remembered(talk, answer):
    talk.ask("POST", "/v1/files/presigned-url", body={"filename": "a"}, answer=answer)
    assert len(talk.pipeline.memory._uploads) == 0


def test_only_answers_that_issue_urls_are_looked_at(talk):
    talk.ask("GET", "/v1/data/posts/p1", answer={"url": amazon()})
    assert owner(talk, FILE) == ""


def test_refused_requests_issue_nothing(talk):
    talk.ask("POST", "/v1/files/presigned-url", status=401, answer={"url": amazon()})
    assert owner(talk, FILE) == ""


def test_kinvey_issues_them_too(backends):
    talk = Talk(backends, "kinvey", "https://baas.kinvey.com", {"X-Kinvey-API-Version": "4"})
    url = f"https://storage.googleapis.com/bucket/f1?GoogleAccessId=a&Expires={int(START)}&Signature=00ff00"
    talk.ask("POST", "/blob/kid_x1", body={"_filename": "a.png", "mimeType": "image/png"}, status=201, answer={"_id": "f1", "_uploadURL": url})
    assert owner(talk, url) == "kinvey"
    record = talk.ask(**put(url, headers={"X-Kinvey-API-Version": None}, after=60.0, answer="<Error><Code>ExpiredToken</Code></Error>"))[0]
    assert record.backend == "kinvey"
    assert record.findings[0].rule == "upload-expired"
