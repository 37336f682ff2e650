"""`baas-errors explain`."""

from __future__ import annotations

import json

import pytest
from baas_errors.catalog import Backend
from baas_errors.cli import main
from baas_errors.render.catalog_text import as_data, as_text, explain
from baas_errors.render.rule_text import all_rules
from json_schemas import validate


@pytest.mark.parametrize(
    "words", [["209"], ["parse", "209"], ["Parse", "209"], ["parse/209"], ["InvalidSessionToken"], ["invalidsessiontoken"], ["INVALID_SESSION_TOKEN"]]
)
def test_a_code_or_name_is_explained(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *words]) == 0
    assert "parse/InvalidSessionToken   code 209" in capsys.readouterr().out


def test_a_backend_narrows_the_search(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "backend-services", "301"]) == 0
    assert "parse/" not in capsys.readouterr().out


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--json", "parse", "209"]) == 0
    assert [datum["type"] for datum in json.loads(capsys.readouterr().out)] == ["parse/InvalidSessionToken"]


def test_nothing_as_json_is_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--json", "ObjctNotFound"]) == 1
    assert json.loads(capsys.readouterr().out) == []


def test_near_misses_are_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "ObjctNotFound"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "no catalog knows 'ObjctNotFound'" in err
    assert "Did you mean parse/ObjectNotFound" in err


def test_an_unknown_backend_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "firebase", "209"]) == 2
    assert (
        capsys.readouterr().err
        == "baas-errors explain: no backend is called 'firebase'; known are backend-services, bkend, kinvey, parse, pocketbase\n"
    )


def test_a_catalog_that_cannot_be_read_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "209", "--catalog", "/missing.toml"]) == 2
    assert capsys.readouterr().err.startswith("baas-errors explain: --catalog: /missing.toml: cannot be read")


@pytest.mark.parametrize("words", [["query-key"], ["parse", "query-key"], ["parse/query-key"], ["QUERY-KEY"]])
def test_a_rule_is_explained(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *words]) == 0
    out = capsys.readouterr().out
    assert out.startswith("parse/query-key   (a rule of parse)\n")
    assert "  Explains: InvalidFieldName" in out
    assert "  Source: " in out


def test_a_rule_of_several_backends_is_explained_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--json", "retry-after"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"bkend", "backend-services"} <= {datum["backend"] for datum in found}
    assert {datum["rule"] for datum in found} == {"retry-after"}


def test_a_rule_of_every_backend_is_explained_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "kinvey", "cors-preflight"]) == 0
    assert capsys.readouterr().out.count("cors-preflight   (a rule of every backend)") == 1


def test_near_misses_of_rules_are_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "query-kye"]) == 1
    assert "parse/query-key" in capsys.readouterr().err


def test_all_that_is_explained_has_the_form_of_the_schema(backends: dict[str, Backend]) -> None:
    found = [item for backend in backends.values() for entry in backend.entries for item in explain(backends, entry.name, backend.id)]
    found += [item for text in ("9001", "http-500", "timeout") for item in explain(backends, text, "parse")]
    found += all_rules(backends)
    assert len(found) > 500
    validate("explain", as_data(found))
    # A condition that only excludes something has no words.
    assert "``" not in as_text(found)
