"""What a catalog makes of recordings, as text."""

from __future__ import annotations

import tomllib

from baas_errors.catalog import parse
from baas_errors.catalog.vocabulary import code_key
from baas_errors.pipeline import Pipeline
from baas_errors.reports.trial import Trial
from baas_errors.reports.trial_text import MOST_PROPOSED, MOST_SHOWN, trial_text
from build import make_backend, make_exchange, make_failure_exchange, toml
from hostile import ALL, active_in
from matrix import in_one_test

HEAD = 'hosts = ["toy.example"]\n'
SHAPES = '[[shape]]\nname = "coded"\ncode = "/code"\nmessage = "/text"\n'


def text_of(*exchanges, catalog=HEAD + SHAPES):
    backend = make_backend(catalog)
    trial = Trial(Pipeline({"toy": backend}), backend)
    for exchange in exchanges:
        trial.look(exchange)
    return trial_text(trial, "toy.toml")


def test_nothing_read_is_said():
    assert text_of() == "toy.toml: Toy, 0 entries, 1 shape, 0 routes\n\nExchanges: 0 read, 0 recognized as toy, 0 not recognized."


def test_a_whole_text():
    sent = {"X-Toy-Key": "k", "X-Toy-App": "a"}
    text = text_of(
        make_exchange(200, {"id": 7}, method="POST", url="https://toy.example/v1/notes", headers=sent, response_headers={"X-Trace-Id": "t"}),
        make_exchange(404, {"code": "not_found", "text": "No such note."}, url="https://toy.example/v1/notes/9"),
        make_exchange(404, {"code": "not_found", "text": "No such note."}, url="https://toy.example/v1/notes/8"),
        make_exchange(500, {"fault": {"code": "E1", "reason": "It broke."}}, url="https://toy.example/v1/notes"),
        make_exchange(200, {"ok": False}, url="https://toy.example/v1/notes"),
        make_exchange(200, {}, url="https://cdn.example/logo.png"),
        make_failure_exchange("[Errno 111] Connection refused", "https://toy.example/v1/notes"),
    )
    before, after = text.split("To add to toy.toml (check each):\n\n")
    assert (
        [line for line in before.splitlines() if not line.startswith("        ")]
        == """\
toy.toml: Toy, 0 entries, 1 shape, 0 routes

Exchanges: 7 read, 6 recognized as toy, 1 not recognized.
Errors: 4; 0 with an entry, 1 with a finding.

Not recognized
     1  cdn.example:443  such as GET /logo.png
  If a host is the backend's, add it to `hosts`.

Decoded
     2  404  toy/not_found
     1  500  toy/http-500
     1  ---  toy/connection-failed, with a finding

Findings
     1  failed-refused, such as for toy/connection-failed

Codes without an entry
     2  404 "not_found" GET /v1/notes/{id}
  Write an [[entry]] for each; see below.

Error answers that no shape reads
     1  500 application/json GET /v1/notes
  If the backend sent them, write a [[shape]] that says where code and message
  stand.

Successes that look like errors
     1  200  /ok in GET /v1/notes
  If they are errors, write a shape with their status and `where`, such as
  `status = [200]`, `where = { "/ok" = false }`.

""".splitlines()
    )
    assert (
        after
        == """\
# `routes` of [backend]: these paths fit none (number of requests)
  "/v1/notes",  # 3

# error answers that no shape reads: that to GET /v1/notes
[[shape]]
name = "/fault/code"
code = "/fault/code"
message = "/fault/reason"

# in [backend]: answers have a header that may be the request's id
request_id = { server = ["x-trace-id"] }

# in [backend]: requests may name their app in
# (it is shown in outputs: a key belongs into `credentials` of [backend.memory])
app_id = { header = ["x-toy-app"] }

# in [backend.memory]
credentials = { header = ["x-toy-key"] }  # if it is a key of the app
created = ["/id"]  # a new id, in the answer to POST /v1/notes

# GET /v1/notes/{id}: No such note.
[[entry]]
name = "NotFound"
code = "not_found"
status = [404]
meaning = "TODO: what happened."
fix = ["TODO: what to do."]
retry = "never"
fault = "request"
origin = "observed"
"""
    )


@in_one_test("code", ["not_found", "WEAK-PASSWORD", 101, -7, "007", "a b", 'quo"ted\\', "ü", "2fa", "x" * 150, "\x7f\x1b[31m", "//"])
def test_every_entry_that_is_proposed_can_be_loaded_and_has_the_code(code):
    """The name is a proposal; the code must be the one on the wire, so that the entry is found by it."""
    exchange = make_exchange(400, {"code": code, "text": "two\nlines"})
    text = text_of(exchange)
    proposal = text[text.index("\n[[entry]]\n") :]
    (entry,) = parse(toml(HEAD + SHAPES + proposal)).entries
    if str(code).isprintable():
        assert code_key(entry.code) == code_key(code)
        added = text_of(exchange, catalog=HEAD + 'routes = ["/things/{id}"]\n' + SHAPES + proposal)
        assert "To add" not in added
        assert "\nEntries that still say TODO: 1.\n" in added


def test_long_tables_are_cut():
    text = text_of(*(make_exchange(400, {"code": f"C{n}"}, url=f"https://toy.example/p{n}x") for n in range(30)))
    assert text.count(f"  ... and {30 - MOST_SHOWN} more kinds") == 2
    assert f"  # ... and {30 - MOST_PROPOSED} more" in text
    assert text.count("\n[[entry]]\n") == MOST_PROPOSED


@in_one_test("hostile", ALL)
def test_hostile_text_does_not_act_and_keeps_the_width(hostile):
    path = "".join(c for c in hostile if c.isalnum())
    text = text_of(
        make_exchange(400, {"code": hostile, "text": hostile}, url=f"https://toy.example/v1/{path}"),
        make_exchange(400, {hostile: {"code": "x", "hint": hostile}}),
        make_exchange(200, {hostile: {"session_token": "a1" * 10, "id": 1}}, method="POST"),
        make_exchange(200, {}, url="https://stranger.example/", headers={}),
        make_exchange(500, b"<html>", response_headers={"Content-Type": hostile}),
    )
    assert active_in(text) == []
    shown, proposed = text.split("To add to toy.toml")
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    tomllib.loads(proposed[proposed.index("\n[[entry]]\n") :]) if "\n[[entry]]\n" in proposed else None


def test_shapes_are_joined_where_their_codes_are():
    url = "https://toy.example/v1/notes"
    text = text_of(
        make_exchange(400, {"ok": False, "err": {"type": "a_b", "hint": "No."}}, url=url),
        make_exchange(200, {"ok": False, "err": {"type": "a_b", "hint": "No."}}, url=url),
        make_exchange(400, {"type": "https://errors.example/a", "detail": "No."}, url=url),
        make_exchange(400, {"type": "https://errors.example/b", "title": "Not."}, url=url),
    )
    shapes = [table.split("\n\n")[0].rstrip("\n") for table in text.split("[[shape]]\n")[1:]]
    assert (
        shapes[0]
        == """\
name = "/err/type"
status = [200, "4xx", "5xx"]
where = { "/ok" = false }
code = "/err/type"
message = "/err/hint\""""
    )
    assert (
        shapes[1]
        == """\
name = "/type"
code = "/type"
code_pattern = '/(?P<code>[A-Za-z0-9_.-]{1,80})/?$'
message = ["/detail", "/title"]"""
    )
    assert len(shapes) == 2
    parse(toml(HEAD + "".join(f"[[shape]]\n{shape}\n" for shape in shapes)))
