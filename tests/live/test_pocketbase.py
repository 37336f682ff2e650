"""PocketBase: every error of a real server is found and named, by HTTP and by its SDK, none is invented, and the first finding names the cause."""

from __future__ import annotations

import re

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.diagnose import rules_for
from needs import need
from pocketbase.faults import FAULTS, Kind
from pocketbase.findings import FINDINGS
from pocketbase.observe import Seen, observe
from pocketbase.successes import SUCCESSES

LEAST_FAULTS, LEAST_SUCCESSES, LEAST_SHARE = 80, 40, 0.9
# It says what it compares, and claims no cause.
REMARKS = ("differs-from-success",)
# What the SDK throws that no answer of the server was: it looked for a first record, and the list was empty.
ONLY_IN_SDK = {"first-none"}
# Sentences of the app's own code, which no catalog can know.
OWN_SENTENCES = {"custom"}


def test_there_are_enough_kinds():
    assert len({kind.name for kind in FAULTS}) == len(FAULTS) >= LEAST_FAULTS
    assert len(SUCCESSES) >= LEAST_SUCCESSES


def test_the_rules_named_are_rules():
    known = {rule.name for rule in rules_for(load_catalogs()["pocketbase"])}
    assert {rule for rules in FINDINGS.values() for rule in rules.split()} <= known
    assert set(FINDINGS) <= {kind.name for kind in FAULTS}


def names_the_cause(kind: Kind, records) -> bool:
    findings = records[0].get("baas.findings", ()) if records else ()
    return bool(findings) and re.search(kind.says, findings[0]["says"], re.S) is not None


def test_a_real_server_and_its_sdk(capsys: pytest.CaptureFixture[str]):
    """One test, since all is played once: workers that share the tests of a module would each start a server."""
    need("node", "npm", "pocketbase")
    seen = observe()
    every_fault_is_named(seen)
    no_error_is_invented(seen)
    no_finding_is_wrong(seen)
    the_sdk_and_the_log_tell_the_same_errors(seen)
    shown = [(kind, answer) for kind, answer in seen.faults.values() if kind.cause]
    missed = [f"  {kind.name}: {kind.cause}" for kind, answer in shown if not names_the_cause(kind, answer.records)]
    share = 1 - len(missed) / len(shown)
    with capsys.disabled():
        print(f"\nPocketBase: {len(seen.faults)} kinds of fault, {len(seen.successes)} successes; of {len(shown)} kinds whose cause is shown,")
        print(f"the first finding names {len(shown) - len(missed)} ({share:.1%}). Missed:")
        print("\n".join(missed) or "  none")
    assert share >= LEAST_SHARE


def every_fault_is_named(seen: Seen) -> None:
    told = {name: tuple(record.get("baas.name", "") for record in answer.records) for name, (_, answer) in seen.faults.items()}
    assert told == {kind.name: kind.entries for kind in FAULTS}
    assert all(record["baas.known"] for _, answer in seen.faults.values() for record in answer.records if record.get("baas.name"))
    assert {record["baas.backend"] for _, answer in seen.faults.values() for record in answer.records} == {"pocketbase"}


def no_error_is_invented(seen: Seen) -> None:
    odd = [(one.method, one.path, answer.status) for one, answer in seen.successes if answer.records or answer.status >= 400]
    assert odd == []


def no_finding_is_wrong(seen: Seen) -> None:
    wrong = {
        name: told
        for name, (_, answer) in seen.faults.items()
        if (
            told := [
                f["says"]
                for record in answer.records
                for f in record.get("baas.findings", ())
                if f["rule"] not in (*FINDINGS.get(name, "").split(), *REMARKS)
            ]
        )
    }
    assert wrong == {}


def the_sdk_and_the_log_tell_the_same_errors(seen: Seen) -> None:
    failed = [call for call in seen.sdk if not call["ok"]]
    assert len(failed) >= 12
    assert len(seen.sdk) - len(failed) >= 10
    assert all(call["seen"] for call in failed)
    thrown = [call for call in failed if call["name"] not in ONLY_IN_SDK]
    expected = [code for call in thrown for code in (call["fields"].values() or [None])]
    assert [record.get("error.code") for record in seen.sdk_records] == expected
    statuses = [call["status"] for call in thrown for _ in (call["fields"] or [None])]
    assert [record["http.response.status_code"] for record in seen.sdk_records] == statuses
    own = [call["message"] for call in failed if call["name"] in OWN_SENTENCES]
    assert [record["error.message"] for record in seen.sdk_records if not record["baas.known"]] == own
