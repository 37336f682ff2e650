"""Occurrences kept on disk come back as they were."""

from __future__ import annotations

import os
import resource
import stat

import pytest
from baas_errors.formats import Occurrence
from baas_errors.record import Finding
from baas_errors.reports.disk_buffer import DiskBuffer
from baas_errors.reports.redacted_exchange import CleanExchange
from build import make_error_record

EXCHANGE = CleanExchange(
    method="POST",
    url="https://toy.example/?token=<secret 7 chars #123456>",
    request_headers=(("Accept", "a"), ("Accept", "b")),
    request_body="schön \u2028 \n \ufffd",
    status=404,
    response_headers=(("X", ""),),
    response_body='{"code":101}',
    started=1.5,
    duration_ms=7,
    redactions=1,
)
RECORD = make_error_record(flow_id="1", part="PUT /classes/Note/1", index=1, findings=(Finding("rule", "says", "seen", True),), candidates=("Other",))


def nothing() -> None:
    """No exchange."""


@pytest.fixture
def spool() -> DiskBuffer:
    return DiskBuffer()


def test_what_went_in_comes_out(spool: DiskBuffer) -> None:
    bare = make_error_record(code=None)
    spool.add([RECORD, bare], lambda: EXCHANGE)
    spool.add([bare], nothing)
    spool.add([RECORD], lambda: CleanExchange("GET", "/", failure="refused"))
    expected = [
        Occurrence(RECORD, EXCHANGE),
        Occurrence(bare, EXCHANGE),
        Occurrence(bare, None),
        Occurrence(RECORD, CleanExchange("GET", "/", failure="refused")),
    ]
    assert list(spool) == expected
    assert list(spool) == expected


def test_the_last_one_that_worked_comes_out_too_but_not_for_a_part_of_a_batch(spool: DiskBuffer) -> None:
    bare = make_error_record(index=None)
    spool.add([RECORD, bare], lambda: EXCHANGE, lambda: CleanExchange("GET", "/", status=200))
    assert [item.worked for item in spool] == [None, CleanExchange("GET", "/", status=200)]


def test_errors_of_one_exchange_share_it(spool: DiskBuffer) -> None:
    spool.add([RECORD, RECORD], lambda: EXCHANGE)
    first, second = spool
    assert first.exchange is second.exchange


def test_more_can_be_added_after_reading(spool: DiskBuffer) -> None:
    spool.add([RECORD], lambda: EXCHANGE)
    next(iter(spool))
    spool.add([RECORD], nothing)
    assert [item.exchange for item in spool] == [EXCHANGE, None]


def test_beyond_the_limit_only_records_are_kept() -> None:
    spool = DiskBuffer(most_with_exchanges=100)
    asked = []
    for _ in range(3):
        spool.add([RECORD], lambda: asked.append(1) or EXCHANGE)
    assert [item.exchange is None for item in spool] == [False, True, True]
    assert (spool.without_exchange, spool.left_out, len(asked)) == (2, 0, 1)


def test_beyond_the_number_no_record_is_kept() -> None:
    spool = DiskBuffer(most_records=3)
    for _ in range(3):
        spool.add([RECORD, RECORD], lambda: EXCHANGE)
    assert len(list(spool)) == 3
    assert (spool.without_exchange, spool.left_out) == (0, 3)


def test_what_a_full_disk_did_not_take_is_counted_and_spoils_nothing(spool: DiskBuffer) -> None:
    spool.add([RECORD], lambda: EXCHANGE)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (spool._end + 100, before[1]))
    try:
        for _ in range(2):
            with pytest.raises(OSError, match="File too large"):
                spool.add([RECORD, RECORD], lambda: EXCHANGE)
        # What can be read is, although part of a line follows it.
        assert [item.exchange for item in spool] == [EXCHANGE]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert spool.left_out == 4
    spool.add([RECORD], nothing)
    assert [item.exchange for item in spool] == [EXCHANGE, None]


def test_nobody_else_can_read_it_or_find_it(spool: DiskBuffer) -> None:
    status = os.fstat(spool._file.fileno())
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_nlink == 0
