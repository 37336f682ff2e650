"""Options that nobody has."""

from __future__ import annotations

import pytest
from baas_errors.mitm.options import misspelt

KNOWN = ["listen_port", "errors_log", "errors_export", "errors_exit_code", "errors_hosts", "termlog_verbosity"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("errors_exprt", "errors_exprt: no option is called so; did you mean errors_export?"),
        ("errors_exitcode", "errors_exitcode: no option is called so; did you mean errors_exit_code?"),
        ("error_log", "error_log: no option is called so; did you mean errors_log?"),
        ("Errors_Log", "Errors_Log: no option is called so; did you mean errors_log?"),
        ("errors_zzz", "errors_zzz: no option is called so; there are errors_log, errors_export, errors_exit_code, errors_hosts"),
        ("save_stream", None),
        ("web_colums", None),
        ("log", None),
        ("", None),
    ],
)
def test_a_name_is_told_if_it_was_meant_for_us(given: str, said: str | None) -> None:
    assert misspelt([given], KNOWN) == ([said] if said else [])


def test_every_name_is_told() -> None:
    assert len(misspelt(["errors_a", "errors_b"], KNOWN)) == 2
    assert misspelt([], KNOWN) == []
