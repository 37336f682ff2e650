"""The variables that `baas-errors run` sets; tests/live/test_run.py tries them with real clients."""

from __future__ import annotations

from pathlib import Path

import certifi
import pytest
from baas_errors.mitm.run_environment import variables

URL = "http://127.0.0.1:4711"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    (tmp_path / "ca.pem").write_text("OWN")
    return tmp_path / "ca.pem"


def test_proxy_variables_stand_in_both_cases(authority: Path, tmp_path: Path) -> None:
    found = variables(URL, authority, tmp_path, {})
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        assert found[name] == found[name.upper()] == URL, name
    assert found["NODE_USE_ENV_PROXY"] == "1"


def test_what_is_exempt_stays_so_but_for_this_computer(authority: Path, tmp_path: Path) -> None:
    for before, after in (
        ({}, ""),
        ({"NO_PROXY": "localhost,127.0.0.1,::1, .corp.example,10.0.0.1"}, " .corp.example,10.0.0.1"),
        ({"no_proxy": "a.example", "NO_PROXY": "b.example"}, "a.example"),
        ({"no_proxy": "*"}, ""),
        ({"no_proxy": "localhost.example"}, "localhost.example"),
    ):
        found = variables(URL, authority, tmp_path, before)
        assert found["no_proxy"] == found["NO_PROXY"] == after, before


def test_what_was_trusted_stays_so(authority: Path, tmp_path: Path) -> None:
    (tmp_path / "corp.pem").write_text("CORP")
    before = {"REQUESTS_CA_BUNDLE": str(tmp_path / "corp.pem"), "NODE_EXTRA_CA_CERTS": str(tmp_path / "corp.pem"), "CURL_CA_BUNDLE": "/missing.pem"}
    found = {name: Path(path).read_text() for name, path in variables(URL, authority, tmp_path, before).items() if path.startswith(str(tmp_path))}
    usual = Path(certifi.where()).read_text()
    assert found == {
        "SSL_CERT_FILE": f"{usual}\nOWN",
        "REQUESTS_CA_BUNDLE": "CORP\nOWN",
        "CURL_CA_BUNDLE": "OWN",
        "NODE_EXTRA_CA_CERTS": "CORP\nOWN",
        "DENO_CERT": "OWN",
    }
