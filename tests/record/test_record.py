import base64
import json
import re
from dataclasses import replace

from baas_errors.catalog import FAULTS
from baas_errors.decode import Error
from baas_errors.exchange import BodyProblem, Exchange
from baas_errors.history.recent_exchanges import PassedFlows
from baas_errors.record import KEYS, ErrorRecord, Finding, fingerprint, timestamp
from baas_errors.record.parse import record_of
from baas_errors.record_builder import RecordBuilder
from baas_errors.redact import Redactor
from baas_errors.text import inert
from build import make_backend, make_error_record, make_exchange, make_facts, make_failure_exchange, make_message
from hypothesis import given
from hypothesis import strategies as st
from matrix import in_one_test

TOY = make_backend("""
routes = ["/things/{id}"]
request_id = { server = ["x-id"], client = ["x-own-id", "x-id"] }
app_id = { header = "x-app" }
client = { header = "x-sdk" }
method_override = { body = "_method" }
[backend.memory]
token = { header = ["x-session", "authorization"] }
[backend.secrets]
headers = ["x-key", "x-session"]
body = ["pass"]
[[entry]]
name = "Known"
code = 7
origin = "observed"
sdk = { js = "ToyError" }
doc = "https://toy.example/errors"
ADVICE
""")
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
REDACTOR = Redactor([TOY], key=b"key of the tests")


def record(exchange=None, error=None, findings=(), redactor=REDACTOR, failed_before=0):
    exchange = exchange or make_exchange(404)
    redaction = redactor.for_exchange(exchange)
    return RecordBuilder(make_facts(exchange, TOY), redaction, failed_before, ("ci-7", "2023-11-14T22:00:00.000Z"), PassedFlows()).record(
        error or Error(), findings, redaction.branch()
    )


def whole():
    entry = TOY.entries[0]
    exchange = make_exchange(
        404,
        method="POST",
        url="https://toy.example:8443/v1/things/abc?password=hunter22",
        headers={"X-App": "app1", "X-SDK": "js1.0", "X-Own-Id": "mine", "X-Session": "some-session", "traceparent": f"00-{TRACE}-{SPAN}-01"},
        request_body={"_method": "PUT", "pass": "hunter22"},
        response_headers={"X-Id": "theirs", "X-Baas-Errors-Injected": "toy/Known first 2"},
    )
    error = Error(
        code=7,
        message="hunter22 is wrong",
        debug="d",
        entry=entry,
        candidates=("Other",),
        advice=entry.advice,
        fix=tuple(fix.do for fix in entry.advice.fix),
        index=0,
        part="PUT /things/abc",
        problems=(BodyProblem("body-not-text", "Some bytes.", "x" * 500),),
    )
    made = record(exchange, error, [Finding("rule", "says hunter22", "saw hunter22", True)], failed_before=2)
    return replace(made, reaction="waited")


TEXTS = st.one_of(st.text(max_size=20), st.text('"\\\\/\\n\\x1b\\u2028\\u202eé', max_size=8))
FINDINGS = st.builds(Finding, TEXTS, TEXTS, TEXTS, st.booleans())
RECORDS = st.builds(
    ErrorRecord,
    timestamp=TEXTS, backend=TEXTS, type=TEXTS, known=st.booleans(), fingerprint=TEXTS, name=TEXTS,
    candidates=st.lists(TEXTS, max_size=2).map(tuple),
    code=st.one_of(st.none(), st.integers().map(str), TEXTS),
    message=TEXTS, debug=TEXTS, meaning=TEXTS,
    fix=st.lists(TEXTS, max_size=2).map(tuple), retry=TEXTS, sdk=st.dictionaries(TEXTS, TEXTS, max_size=2), doc=TEXTS,
    findings=st.lists(FINDINGS, max_size=2).map(tuple), index=st.one_of(st.none(), st.integers(0, 9)),
    status=st.one_of(st.none(), st.integers(0, 999)),
    redactions=st.integers(0, 9), flow_id=TEXTS,
)  # fmt: skip


@given(RECORDS)
def test_the_line_is_the_json_of_its_facts(made):
    assert json.loads(made.to_json()) == made.as_dict()
    assert list(json.loads(made.to_json())) == list(made.as_dict())
    assert made.to_json() == inert(made.to_json())


def test_a_record_holds_all_keys_in_their_order():
    assert list(whole().as_dict()) == [key for _, key in KEYS]


@in_one_test(("code_is_status", "kind"), [(True, "toy/http-404"), (False, "toy/401")])
def test_a_code_that_repeats_the_status_is_written_and_makes_no_type(code_is_status, kind):
    made = record(error=Error(code=401, code_is_status=code_is_status))
    assert (made.code, made.type, made.known) == ("401", kind, False)


def test_a_record_holds_what_is_known():
    facts = whole().as_dict()
    assert (facts["baas.injected"], facts["baas.reaction"]) == ("toy/Known first 2", "waited")
    assert facts["@timestamp"] == "2023-11-14T22:13:20.250Z"
    assert (facts["schema"], facts["host.name"], facts["baas.run"]) == ("baas-errors/1", "ci-7", "2023-11-14T22:00:00.000Z")
    assert (facts["error.type"], facts["baas.name"], facts["error.code"], facts["baas.known"]) == ("toy/Known", "Known", "7", True)
    assert (facts["baas.candidates"], facts["baas.index"], facts["baas.fix"]) == (["Other"], 0, ["Wind it up."])
    assert (facts["http.request.id"], facts["baas.client_request_id"]) == ("theirs", "mine")
    assert (facts["http.request.method"], facts["url.template"]) == ("PUT", "/v1/things/{id}")
    assert (facts["server.address"], facts["server.port"], facts["http.response.status_code"]) == ("toy.example", 8443, 404)
    assert (facts["baas.duration_ms"], facts["baas.app"], facts["baas.client"]) == (250, "app1", "js1.0")
    assert (facts["baas.sdk"], facts["baas.doc"]) == ({"js": "ToyError"}, "https://toy.example/errors")
    assert [finding["rule"] for finding in facts["baas.findings"]] == ["rule", "body-not-text"]
    assert facts["mitmproxy.flow_id"] == "flow-1"
    assert (facts["message"].startswith("Known (7): <secret 8 chars"), facts["log.level"], facts["baas.finding"]) == (True, "warn", "rule")
    assert (facts["trace_id"], facts["span_id"], facts["http.request.resend_count"]) == (TRACE, SPAN, 2)
    assert re.fullmatch("[0-9a-f]{6}", facts["baas.user"])


def test_the_level_is_warn_where_who_sends_requests_can_correct_the_fault():
    levels = {fault: make_error_record(fault=fault).level for fault in ("", *FAULTS)}
    assert {fault for fault, level in levels.items() if level == "warn"} == {"request", "auth", "permission", "quota"}
    assert set(levels.values()) == {"warn", "error"}


@in_one_test(
    ("header", "ids"),
    [
        (f"00-{TRACE}-{SPAN}-01", (TRACE, SPAN)),
        (f" 00-{TRACE}-{SPAN}-00 ", (TRACE, SPAN)),
        (f"01-{TRACE}-{SPAN}-01-more", (TRACE, SPAN)),
        (f"00-{TRACE}-{SPAN}-01-more", ("", "")),
        (f"ff-{TRACE}-{SPAN}-01", ("", "")),
        (f"00-{'0' * 32}-{SPAN}-01", ("", "")),
        (f"00-{TRACE}-{'0' * 16}-01", ("", "")),
        (f"00-{TRACE.upper()}-{SPAN}-01", ("", "")),
        (f"00-{TRACE}-01", ("", "")),
        ("", ("", "")),
    ],
)
def test_trace_and_span_come_from_a_valid_traceparent(header, ids):
    made = record(make_exchange(404, headers={"traceparent": header}))
    assert (made.trace_id, made.span_id) == ids


def basic(user):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:hunter22".encode()).decode()}


def test_a_user_is_a_pseudonym_of_the_session_or_of_the_name_in_basic():
    def user(headers, redactor=REDACTOR):
        return record(make_exchange(404, headers=headers), redactor=redactor).user

    first, other, ada = user({"X-Session": "one-session"}), user({"X-Session": "another-session"}), user(basic("ada"))
    assert len({first, other, ada, ""}) == 4
    assert user({"X-Session": "one-session", **basic("bob")}) == first
    assert (user(basic("app1") | {"X-App": "app1"}), user({})) == ("", "")
    mark = REDACTOR.session().header("X-Session", "one-session")
    assert mark.endswith(f"#{first}>")
    assert user({"X-Session": mark}) == first
    assert user({"X-Session": "one-session"}, Redactor([TOY], key=b"key of the tests", keep=True)) == first


def test_no_secret_is_in_a_record():
    made = whole()
    assert "hunter22" not in made.to_json()
    assert made.redactions == 1
    assert made.url.startswith("https://toy.example:8443/v1/things/abc?password=<secret 8 chars")


def test_evidence_is_bounded():
    assert max(len(finding.evidence) for finding in whole().findings) <= 200


def test_absent_facts_are_left_out_and_false_and_zero_are_not():
    exchange = Exchange(id="", request=make_exchange().request)
    facts = record(exchange).as_dict()
    assert not [key for key, value in facts.items() if value in (None, "", [], {}, ())]
    assert facts["baas.known"] is False
    assert facts["baas.redactions"] == 0
    assert "mitmproxy.flow_id" not in facts
    assert "http.response.status_code" not in facts


@in_one_test(
    ("exchange", "error", "last"),
    [
        (make_exchange(404), Error(code=7, entry=TOY.entries[0]), "Known"),
        (make_exchange(404), Error(code=8), "8"),
        (make_exchange(404), Error(code=0), "0"),
        (make_exchange(404), Error(code="A b\n c"), "A-b-c"),
        (make_exchange(404), Error(code="a/b"), "a/b"),
        (make_exchange(404), Error(), "http-404"),
        (make_failure_exchange("connection refused"), Error(message="refused"), "connection-failed"),
        (make_failure_exchange("timed out"), Error(message="timed out"), "timeout"),
    ],
)
def test_type(exchange, error, last):
    assert record(exchange, error).type == f"toy/{last}"


def test_the_record_of_a_message_of_a_socket_has_no_status():
    made = record(make_message({"op": "error"}), Error(code=3))
    assert made.status is None
    assert made.address == "toy.example"


@in_one_test("code", [101, "101", -1, 101.0, "\x1b[31m", "x" * 5000])
def test_the_code_stands_as_received_and_as_text(code):
    assert json.loads(record(error=Error(code=code)).to_json())["error.code"] == str(code)


@in_one_test(("known", "written"), [(True, "access_denied"), (False, "access_<secret")])
def test_a_secret_is_looked_for_in_unknown_codes_only(known, written):
    exchange = make_exchange(401, method="POST", headers={"Content-Type": "application/json"}, request_body={"password": "denied"})
    made = record(exchange, Error(code="access_denied", entry=TOY.entries[0] if known else None))
    assert str(made.code).startswith(written)


@in_one_test("secret", ["things", "example", "version-one", "theirs"])
def test_a_secret_takes_no_name_of_ours_apart(secret):
    def made(password):
        return record(
            make_exchange(
                404,
                method="POST",
                url="https://toy.example/version-one/things/1",
                headers={"X-App": "theirs", "X-Own-Id": "theirs"},
                request_body={"pass": password},
                response_headers={"X-Id": "theirs"},
            )
        )

    facts, plain = made(secret), made("")
    names = ("address", "url_template", "request_id", "client_request_id", "app", "method", "fingerprint")
    assert [getattr(facts, name) for name in names] == [getattr(plain, name) for name in names]


def test_a_fingerprint_is_the_same_whatever_the_pseudonyms():
    exchange = make_exchange(404, url="https://toy.example/reset/r:0123456789abcdef0123456789abcdef/now")
    made = [record(exchange, redactor=Redactor([TOY])) for _ in range(2)]
    assert {one.url_template for one in made} == {"/reset/{secret}/now"}
    assert made[0].fingerprint == made[1].fingerprint


def test_forms_are_replaced_in_names_of_ours():
    exchange = make_exchange(404, response_headers={"X-Id": "ann@mail.example"})
    assert record(exchange).request_id.startswith("<email")


@in_one_test("text", ["\ud800 alone", "\x00\x1b", "two\nlines", '"quoted"\\', "\u2028", "🎉"])
def test_a_record_is_one_line_of_utf_8_whatever_the_server_says(text):
    line = record(make_exchange(404, response_headers={"x-id": text}), Error(code=text, message=text, debug=text)).to_json()
    line.encode("utf-8")
    assert "\\u" not in line or text[0] in "\0\u2028"
    assert "\n" not in line
    assert json.loads(line)["error.message"] == text.replace("\ud800", "\ufffd")


@in_one_test(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_700_000_000.9999, "2023-11-14T22:13:20.999Z"),
        (1e300, "1970-01-01T00:00:00.000Z"),
        (float("nan"), "1970-01-01T00:00:00.000Z"),
        (-1e18, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_timestamp(seconds, text):
    assert timestamp(seconds) == text


def test_a_duration_that_cannot_be_is_left_out():
    exchange = make_exchange(404)
    object.__setattr__(exchange, "ended", exchange.started - 1)
    assert record(exchange).duration_ms is None


def test_repeats_share_a_fingerprint_and_others_do_not():
    paths = ["/things/1", "/things/2"]
    assert len({record(make_exchange(404, url=f"https://toy.example{path}")).fingerprint for path in paths}) == 1
    assert len({fingerprint("a", "GET", "/x"), fingerprint("b", "GET", "/x"), fingerprint("a", "PUT", "/x"), fingerprint("a", "GET", "/y")}) == 4


def test_a_record_reads_back_as_it_was_written():
    made = whole()
    again = record_of(json.loads(made.to_json()))
    assert again.as_dict() == made.as_dict()


def test_as_dict_is_the_callers_own():
    made = make_error_record(fix=("a",), sdk={"js": "x"})
    made.as_dict()["baas.fix"].append("b")
    made.as_dict()["baas.sdk"]["ios"] = "y"
    assert (made.fix, dict(made.sdk)) == (("a",), {"js": "x"})


def test_fix_retry_and_fault_begin_with_what_the_first_finding_says_of_them():
    entry = TOY.entries[0]
    error = Error(code=7, entry=entry, advice=entry.advice, fix=("Wind it up.",))
    likely = Finding("r", "Likely: x", fix="Send y.", retry="never", fault="client")
    made = record(error=error, findings=[Finding("s", "An aside.", fix="Ignore it.", secondary=True), likely])
    assert (made.fix, made.retry, made.fault) == (("Send y.", "Wind it up."), "never", "client")
    proved = replace(likely, certain=True, retry="", fault="")
    made = record(error=error, findings=[proved])
    assert (made.fix, made.retry, made.fault) == (("Send y.",), entry.advice.retry, entry.advice.fault)
    assert made.as_dict()["baas.findings"] == [{"rule": "r", "says": "Likely: x", "evidence": "", "certain": True, "fix": "Send y."}]
