"""The records kept for the content view: those of the last flows, and never more bytes than promised."""

from __future__ import annotations

import gc
import tracemalloc

from baas_errors.mitm.inspector import MOST_BYTES, MOST_FLOWS, Recent
from baas_errors.record import Finding
from build import make_error_record

RECORDS = (make_error_record(),)


def test_what_was_found_is_found_again() -> None:
    recent = Recent()
    recent.keep("1", RECORDS)
    assert recent.get("1") is RECORDS
    assert recent.get("2") is None


def test_a_flow_without_errors_is_no_entry() -> None:
    recent = Recent()
    recent.keep("1", ())
    assert (len(recent), recent.bytes, recent.get("1")) == (0, 0, None)


def test_a_flow_that_is_replayed_and_well_has_none_any_more() -> None:
    recent = Recent()
    recent.keep("1", RECORDS)
    recent.keep("1", ())
    assert recent.get("1") == ()


def test_the_flow_that_was_longest_not_looked_at_is_forgotten_first() -> None:
    recent = Recent(most_flows=2)
    for flow in ("1", "2", "1", "3"):
        recent.keep(flow, RECORDS)
    assert [flow for flow in "123" if recent.get(flow)] == ["1", "3"]


def test_a_flow_counts_once_however_often_it_comes() -> None:
    recent = Recent()
    recent.keep("1", RECORDS)
    once = recent.bytes
    recent.keep("1", RECORDS)
    assert recent.bytes == once > 0


def test_what_is_too_much_by_itself_is_not_kept() -> None:
    recent = Recent(most_bytes=10_000)
    recent.keep("1", (make_error_record(message="x" * 20_000),))
    assert (len(recent), recent.bytes) == (0, 0)


def long_texts(first: str) -> dict[str, str]:
    return {name: f"{first}\U0001f511{name}" + "x" * 4_000 for name in ("message", "debug", "url", "url_template", "part")}


def test_the_longest_records_stay_within_the_bytes_that_are_promised() -> None:
    """The widest characters, in every text that somebody else writes."""
    findings = tuple(Finding(f"rule-{number}", "says", "seen", True) for number in range(6))
    recent = Recent()
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(300):
            recent.keep(f"flow-{number}", [make_error_record(findings=findings, **long_texts(f"{number} {part}")) for part in range(5)])
        gc.collect()
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert 10 < len(recent) < 300
    assert used < 1.1 * MOST_BYTES


def test_ordinary_records_are_bounded_by_their_number() -> None:
    recent = Recent()
    for number in range(MOST_FLOWS + 100):
        recent.keep(f"{number:036d}", (make_error_record(message="Object not found.", findings=(Finding("rule", "says"),)),))
    assert len(recent) == MOST_FLOWS
    assert recent.bytes < MOST_BYTES
