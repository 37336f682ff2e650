"""What is certain is proved: a request that a real server accepted has no fault of its own, whatever error is made up for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from baas_errors.catalog import Backend
from baas_errors.decode import decode
from baas_errors.diagnose import RuleContext, diagnose
from baas_errors.exchange import Exchange, Response
from baas_errors.history import ExchangeFacts
from baas_errors.mitm.flow_reader import read_flows
from baas_errors.pipeline import Pipeline
from baas_errors.sources.skipped import Skips
from build import make_body, make_headers

CAPTURES = Path(__file__).parents[2] / "captures"
NAMES = ("parse-server-8.mitm", "parse-server-9.mitm")
HEADERS = make_headers({"Content-Type": "application/json; charset=utf-8", "Access-Control-Expose-Headers": "X-Parse-Job-Status-Id"})
# What newer servers say in place of most refusals, and words that say nothing.
MESSAGES = ("Permission denied", "Refused.")


def forge(exchange: Exchange, code: int | str, message: str) -> Exchange:
    """The exchange, answered by an error instead."""
    if "graphql" in exchange.request.path:
        return replace(exchange, response=Response(200, HEADERS, make_body({"errors": [{"message": message, "extensions": {"code": code}}]})))
    status = {1: 500, 101: 404}.get(code, 400) if isinstance(code, int) else 400
    return replace(exchange, response=Response(status, HEADERS, make_body({"code": code, "error": message})))


def false_proofs(pipeline: Pipeline, exchanges: Iterable[Exchange], said: Sequence[tuple[int | str, str]], every: int = 1) -> Iterator[str]:
    """Each certain finding about a request that was accepted; of these every so many is answered by all errors. All exchanges are learnt from."""
    accepted = 0
    for exchange in exchanges:
        backend = pipeline.recognizer.of_exchange(exchange)
        if backend is None or backend.id != "parse":
            continue
        facts = ExchangeFacts(exchange, backend, pipeline.memory)
        answer = exchange.response
        # Preflights are judged by the headers of the answer, which the made-up one lacks.
        asked = exchange.message is None and exchange.request.method != "OPTIONS"
        if asked and answer is not None and 200 <= answer.status < 300 and not decode(facts):
            accepted += 1
            for code, message in said if accepted % every == 0 else ():
                forged = ExchangeFacts(forge(exchange, code, message), backend, pipeline.memory)
                app = pipeline.memory.of(backend.id, forged.app or exchange.request.host)
                for error in decode(forged):
                    redaction = pipeline.redactor.for_exchange(forged.exchange)
                    for finding in diagnose(RuleContext(forged, error, app, redaction)):
                        if finding.certain and not finding.secondary:
                            yield f"{finding.rule} | {code} {message} | {exchange.request.method} {exchange.request.path} | {finding.says}"
        pipeline.records(exchange, backend)


@contextmanager
def capture(path: Path) -> Iterator[Iterator[Exchange]]:
    """The exchanges of a capture."""
    with path.open("rb") as file:
        yield read_flows(file, Skips(path.name, []))


@pytest.mark.slow
def test_nothing_certain_is_said_of_a_request_that_was_accepted(backends: Mapping[str, Backend]) -> None:
    said = [(entry.code, message) for entry in backends["parse"].entries for message in MESSAGES if entry.code is not None]
    assert len(said) > 150
    found: list[str] = []
    for name in NAMES:
        with capture(CAPTURES / name) as exchanges:
            found += false_proofs(Pipeline(backends, pseudonym_key=b"key of the tests"), exchanges, said, every=11)
    assert found == []
