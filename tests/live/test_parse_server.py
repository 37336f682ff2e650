"""Parse Server 8 and 9 behind a real mitmdump with the addon: every situation, and the official JavaScript SDK."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from build import as_text
from needs import need
from parse_server import harness
from parse_server.driver import Answer, Situation, play
from parse_server.findings import FINDINGS
from parse_server.observe import wrong_among
from parse_server.situations import SITUATIONS
from proxy import mitmdump

VERSIONS = (8, 9)
LEAST_ERRORS = 120

# The addon tells the server's refusal from the connection that an SDK lost, for which Parse's table has the same code.
ALSO_RIGHT = {"ConnectionFailed": "TooManyRequests"}
# Where Parse's table of codes has no name; elsewhere an unnamed code is its own name, and an answer without a code its status.
OWN_NAMES = {
    "graphql-reset-no-email": "GraphQLInternalError",
    "graphql-syntax": "GraphQLParseFailed",
    "graphql-unknown-field": "GraphQLValidationFailed",
    "graphql-bad-variable": "GraphQLBadUserInput",
    "graphql-introspection": {8: "GraphQLValidationFailed", 9: "GraphQLIntrospectionDenied"},
    "live-wrong-key": "LiveQueryInvalidKey",
    "live-invalid-frame": "LiveQueryInvalidFrame",
    "live-unknown-operation": "LiveQueryInvalidFrame",
    "live-subscribe-too-early": "LiveQueryNotConnected",
    "live-unsubscribe-unknown": "LiveQueryNotConnected",
}
# What stands in a record in the place of a secret.
MARK = re.compile(r"<[a-z]+ \d+ chars[^<>]*#[0-9a-f]{6}>")
# Errors that the SDK makes itself: nothing was sent, or the server answered with a success.
MADE_BY_THE_SDK = {"get-unknown", "aggregate-without-master-key", "job-without-master-key"}
# The SDK drops what came and says "Unexpected token '<'".
NO_JSON = {"wrong-address"}


@dataclass(frozen=True, slots=True)
class Run:
    """All that one version answered, and what the addon wrote down meanwhile."""

    version: int
    played: dict[str, tuple[Answer, list[dict[str, Any]]]]
    calls: list[dict[str, Any]]
    call_records: dict[str, list[dict[str, Any]]]


def play_all(version: int, folder: Path) -> Run:
    """Starts everything, plays every situation, lets the SDK make its calls, and stops everything."""
    need("node", "npm", "postgresql")
    calls_log = folder / "calls.jsonl"
    with harness.postgres() as database, harness.parse_server(version, database) as server:
        script = Path(__file__).with_name("note_calls.py")
        with mitmdump(f"reverse:http://127.0.0.1:{server.port}", f"calls_log={calls_log}", scripts=(script,)) as proxy:
            # The log is read after each answer, so that a record belongs to the situation that was just played.
            played = {answer.situation.name: (answer, proxy.new_records()) for answer in play(SITUATIONS, version, proxy.port)}
            calls = harness.run_sdk(server, proxy.port)
            records = proxy.new_records()
    call_of = {flow: call for call, flow in map(json.loads, calls_log.read_text().splitlines())}
    by_call = defaultdict(list)
    for record in records:
        by_call[call_of[record["mitmproxy.flow_id"]]].append(record)
    return Run(version, played, calls, dict(by_call))


# Not one fixture with parameters: pytest would start the servers anew whenever neighbouring tests are of different versions.
@pytest.fixture(scope="module")
def run_8(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return play_all(8, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def run_9(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return play_all(9, tmp_path_factory.mktemp("run"))


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    return request.getfixturevalue(f"run_{request.param}")


def cases(wanted: bool) -> Iterator[Any]:
    """Version and situation, of those with faults or of those without."""
    for version in VERSIONS:
        for situation in SITUATIONS:
            if version in situation.versions and bool(situation.faults) is wanted:
                yield pytest.param(version, situation, id=f"{version}-{situation.name}")


def sdk_calls() -> list[str]:
    """The names of the calls in sdk.js."""
    source = (harness.HERE / "sdk.js").read_text("utf-8")
    return re.findall(r"^  '?([\w-]+)'?: (?:\(\) =>|\w+,$)", source, re.M)


def names_of(answer: Answer, expected: dict[str, Any], version: int) -> set[str]:
    """The second halves of error.type that would be right."""
    if expected["names"]:
        return {*expected["names"], *(ALSO_RIGHT[name] for name in expected["names"] if name in ALSO_RIGHT)}
    own = OWN_NAMES.get(answer.situation.name)
    if own is None:
        return {str(expected["code"]) if "code" in expected else f"http-{answer.status}"}
    return {own[version] if isinstance(own, dict) else own}


def same_text(said: Any, recorded: str) -> bool:
    """Whether a record's message is what the server said: an object as JSON, blanks at the ends dropped, secrets replaced."""
    text = said if isinstance(said, str) else "" if said is None else json.dumps(said, separators=(",", ":"))
    pattern = ".+".join(re.escape(part) for part in MARK.split(recorded))
    return re.fullmatch(pattern, text.strip(), re.S) is not None


@pytest.mark.parametrize(("run", "situation"), cases(wanted=True), indirect=["run"])
def test_an_error_is_recorded(run: Run, situation: Situation):
    answer, records = run.played[situation.name]
    assert not answer.surprises()
    expected = answer.errors()
    assert [record.get("error.code") for record in records] == [as_text(error.get("code")) for error in expected]
    # Messages of a WebSocket come one by one and have no place in a list.
    places = [None if situation.kind == "websocket" else error.get("index") for error in expected]
    assert [record.get("baas.index") for record in records] == places
    for error, record in zip(expected, records, strict=True):
        backend, _, name = record["error.type"].partition("/")
        assert backend == record["baas.backend"] == "parse"
        assert name in names_of(answer, error, run.version)
        if answer.json() is None:
            # A page or plain text: its own words are the message.
            assert record["error.message"] in answer.body.decode()
        else:
            assert same_text(error.get("message"), record.get("error.message", ""))
        assert record.get("http.response.status_code") == (None if situation.kind == "websocket" else answer.status)
        assert record["baas.fix"]
    assert len({record["mitmproxy.flow_id"] for record in records}) == 1


@pytest.mark.parametrize("run", VERSIONS, indirect=True)
def test_no_finding_of_a_situation_is_wrong(run: Run, capsys: pytest.CaptureFixture[str]):
    found = {name: [finding for record in records for finding in record.get("baas.findings", ())] for name, (_, records) in run.played.items()}
    wrong = {name: odd for name, findings in found.items() if (odd := wrong_among(findings, set(FINDINGS.get(name, "").split())))}
    with capsys.disabled():
        errors, findings = sum(len(records) for _, records in run.played.values()), sum(map(len, found.values()))
        print(f"\nParse Server {run.version}: {len(wrong)} wrong among {findings} findings on {errors} errors of known situations")
    assert wrong == {}


@pytest.mark.parametrize(("run", "situation"), cases(wanted=False), indirect=["run"])
def test_a_success_leaves_no_record(run: Run, situation: Situation):
    answer, records = run.played[situation.name]
    assert not answer.surprises()
    assert records == []


@pytest.mark.parametrize("run", VERSIONS, indirect=True)
def test_there_are_enough_kinds_of_error(run: Run):
    kinds = {(record["error.type"], record.get("error.message")) for _, records in run.played.values() for record in records}
    assert len(kinds) >= LEAST_ERRORS


@pytest.mark.parametrize("run", VERSIONS, indirect=True)
def test_no_key_or_password_is_written_down(run: Run):
    secrets = [
        *harness.KEYS.values(),
        "made-up-pass-1",
        "made-up-wrong",
        "alice@example.org",
        "nobody@example.org",
        *re.findall(r"r:[0-9a-f]{32}", str(run.played["log-in"][0].body)),
    ]
    written = json.dumps([records for _, records in run.played.values()] + list(run.call_records.values()))
    assert [secret for secret in secrets if secret in written] == []


@pytest.mark.parametrize("run", VERSIONS, indirect=True)
def test_the_sdk_made_every_call(run: Run):
    assert [call["call"] for call in run.calls] == sdk_calls()


@pytest.mark.parametrize("call", sdk_calls())
@pytest.mark.parametrize("run", VERSIONS, indirect=True)
def test_the_sdk_saw_what_was_recorded(run: Run, call: str):
    seen = next(line for line in run.calls if line["call"] == call)
    records = run.call_records.get(call, [])
    if seen.get("ok") or call in MADE_BY_THE_SDK:
        assert records == []
        return
    # One error stands for a list of them when several objects are deleted at once.
    errors = seen.get("errors", [seen])
    assert [record.get("error.code") for record in records] == [as_text(error.get("code")) for error in errors]
    for error, record in zip(errors, records, strict=True):
        if call in NO_JSON:
            assert (error["message"].startswith("Unexpected token '<'"), record["error.type"]) == (True, "parse/http-404")
        else:
            assert same_text(error["message"], record["error.message"])
