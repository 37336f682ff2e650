"""Texts in which nothing was found are passed by, and only those."""

from __future__ import annotations

import pytest
from baas_errors.exchange import Exchange
from baas_errors.redact import Redactor
from baas_errors.redact.harmless import LONGEST, MOST, Harmless
from build import make_request

MESSAGE = "the pass phrase was not hunter22-x, said the server"


def redaction(redactor: Redactor, password: str):
    return redactor.for_exchange(Exchange("1", make_request("POST", body={"password": password})))


def test_a_text_that_was_harmless_before_is_searched_for_the_secrets_of_this_request():
    redactor = Redactor()
    assert redaction(redactor, "another-one").text(MESSAGE) == MESSAGE
    assert MESSAGE in redactor.harmless
    assert "hunter22-x" not in redaction(redactor, "hunter22-x").text(MESSAGE)


@pytest.mark.parametrize(
    "text", ["told ada@example.com", "Bearer 0123456789abcdef", "password=hunter22", "see &quot;hunter22&quot;", "at%20home", r"a\u0062c"]
)
def test_a_text_in_which_something_is_or_may_hide_is_not_remembered(text: str):
    redactor = Redactor()
    first = redaction(redactor, "hunter22").text(text)
    assert text not in redactor.harmless
    assert redaction(redactor, "hunter22").text(text) == first


def test_it_is_bounded():
    known = Harmless()
    for number in range(3 * MOST):
        known.add(str(number))
    known.add("x" * (LONGEST + 1))
    assert len(known._texts) <= MOST
    assert "x" * (LONGEST + 1) not in known
