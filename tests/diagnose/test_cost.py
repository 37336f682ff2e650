"""What the diagnosis of one error costs, in time of the processor, so that a busy machine does not matter."""

import statistics
import time
from pathlib import Path

import baas_errors.pipeline as pipeline
import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.mitm.inspector import Inspector
from mitmproxy import http, io

CAPTURES = Path(__file__).resolve().parents[1] / "captures"


@pytest.mark.parametrize("capture", ["parse-server-8.mitm", "parse-server-9.mitm"])
def test_one_error_is_diagnosed_within_a_fifth_of_a_millisecond(capture: str, monkeypatch: pytest.MonkeyPatch):
    taken: list[float] = []
    diagnose = pipeline.diagnose

    def timed(case):
        started = time.process_time_ns()
        found = diagnose(case)
        taken.append((time.process_time_ns() - started) / 1e6)
        return found

    monkeypatch.setattr(pipeline, "diagnose", timed)
    watch = Inspector(pipeline.Pipeline(load_catalogs()))
    with (CAPTURES / capture).open("rb") as file:
        flows = [flow for flow in io.FlowReader(file).stream() if isinstance(flow, http.HTTPFlow)]
    for _ in range(2):
        for flow in flows:
            watch.records_of(flow)
    assert len(taken) > 500
    assert statistics.median(taken) < 0.2
