"""What catalogs/README.md shows can be loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from baas_errors.catalog import CatalogError, load_catalogs, load_file
from baas_errors.catalog.causes import Cause
from baas_errors.catalog.load import FORMAT
from baas_errors.catalog.requests import Expected, FieldNamed
from baas_errors.cli import main
from baas_errors.redact import Redactor

README = (Path(__file__).parents[2] / "catalogs" / "README.md").read_text("utf-8")
SMALLEST, FIXES, CAUSE, REQUESTS, NAMED, SECRETS = re.findall(r"^```toml\n(.*?)^```$", README, re.M | re.S)


def test_the_smallest_catalog_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "acme.toml"
    file.write_text(SMALLEST, "utf-8")
    assert main(["catalog", str(file)]) == 0
    assert "Acme Backend, 1 entry, 1 shape: ok" in capsys.readouterr().out
    assert SMALLEST.startswith(f"format = {FORMAT}\n")


def test_each_required_field_of_the_smallest_catalog_is_needed(tmp_path: Path) -> None:
    """A host, a code and a message can be left out by the format, but then nothing would be recognized or read."""
    file = tmp_path / "acme.toml"
    for line in SMALLEST.splitlines():
        if " = " not in line or line.startswith(("hosts", 'code = "/', "message")):
            continue
        file.write_text(SMALLEST.replace(f"{line}\n", "", 1), "utf-8")
        with pytest.raises(CatalogError, match=line.partition(" ")[0]):
            load_file(file)


def test_the_fixes_of_the_example_are_read(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text(re.sub(r"^fix = .*$", lambda _: FIXES.rstrip("\n"), SMALLEST, flags=re.M), "utf-8")
    (entry,) = load_file(file).entries
    assert [len(fix.when) for fix in entry.advice.fix] == [1, 2, 0]


def test_the_cause_of_the_example_is_read(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text(f"{SMALLEST}\n{CAUSE}", "utf-8")
    (cause,) = load_file(file).tables.of(Cause)
    assert [bool(case.holds.when) for case in cause.case] == [True, False]


def test_the_requests_and_the_named_field_of_the_examples_are_read(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    routes = re.findall(r'route = (\[".*"\])', REQUESTS)[0]
    file.write_text(f"{SMALLEST}\n{REQUESTS}\n{NAMED}".replace("[[shape]]", f"routes = {routes}\n\n[[shape]]", 1), "utf-8")
    tables = load_file(file).tables
    assert [expected.method for expected in tables.of(Expected)] == [("POST",), ("GET",)]
    assert [named.fault for named in tables.of(FieldNamed)] == ["missing"]


def test_the_secrets_of_the_example_are_taken_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text(SECRETS, "utf-8")
    assert main(["catalog", str(file)]) == 0
    assert "secrets, 4 names, 2 forms: ok" in capsys.readouterr().out
    shown = Redactor(load_catalogs([file]).values()).session().value({"userBadgeNumber": "17", "tokenColor": "red", "said": "see #T-482190"})
    assert shown["userBadgeNumber"].startswith("<secret")
    assert shown["tokenColor"] == "red"
    assert "482190" not in shown["said"]
