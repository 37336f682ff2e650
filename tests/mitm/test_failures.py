"""A status of 0 in an imported HAR file is no answer, here as where `baas-errors check` reads the file."""

from __future__ import annotations

import pytest
from baas_errors.decode.transport import NO_ANSWER, kind_of
from baas_errors.mitm.convert import to_exchange
from mitmproxy.test import tflow


def answered(status: int):
    flow = tflow.tflow(resp=True)
    flow.response.status_code = status
    return to_exchange(flow)


def test_a_status_of_0_is_a_failure():
    exchange = answered(0)
    assert (exchange.response, exchange.failure) == (None, NO_ANSWER)
    assert kind_of(exchange.failure) == "connection-failed"


@pytest.mark.parametrize("status", [101, 204, 404, 599])
def test_any_other_status_is_an_answer(status):
    exchange = answered(status)
    assert exchange.response is not None
    assert (exchange.response.status, exchange.failure) == (status, "")
