"""Names and forms of secrets as data: the shipped file, and files of users."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from baas_errors.catalog import CatalogError, SecretRules, load_any, load_catalogs, shipped_folder
from baas_errors.catalog.load import SECRETS
from baas_errors.catalog.regex_safety import check
from baas_errors.catalog.secret_rules import shared_rules
from baas_errors.redact import Redactor
from matrix import in_one_test

HEAD = "format = 1\n[secrets]\n"
FORM = '[[form]]\nname = "x"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_file_is_no_backend_and_would_be_taken_from_a_user() -> None:
    assert (shipped_folder() / SECRETS).is_file()
    assert "secrets" not in load_catalogs()
    assert load_any(shipped_folder() / SECRETS) == shared_rules()


def test_no_form_can_be_kept_busy() -> None:
    patterns = [pattern.text for form in shared_rules().forms for pattern in (form.then, form.pattern) if pattern]
    assert len(patterns) > 12
    for pattern in patterns:
        check(pattern, 2_000)


def test_nothing_is_listed_twice() -> None:
    rules = shared_rules()
    for field, words in rules.words._asdict().items():
        assert sorted(words) == sorted(set(words)), field
    starts = [start for form in rules.forms if not form.then for start in form.starts]
    assert not [start for start in starts if starts.count(start) > 1]


@in_one_test(
    ("text", "field", "reason"),
    [
        ("[secrets]\n", "format", "write `format = 1`"),
        ("format = 2\n[secrets]\n", "format", "is 2"),
        (HEAD + 'nmes = ["a"]', "nmes", "did you mean `names`?"),
        (HEAD + "names = 3", "names", "takes a list of texts"),
        (HEAD + '[[forms]]\nname = "x"', "forms", "did you mean `form`?"),
        (HEAD + FORM, "starts", "or `pattern` is needed"),
        (HEAD + FORM + 'starts = ["a"]', "starts", "two characters or more"),
        (HEAD + FORM + "pattern = '()a'", "holds", "is missing"),
        (HEAD + FORM + "pattern = 'ab'\nholds = [\"a\"]", "pattern", "needs a group"),
        (HEAD + FORM + "pattern = '(a+)+b'\nholds = [\"a\"]", "pattern", "repeats"),
        (HEAD + FORM + "starts = [\"ab\"]\nthen = '('", "then", "is not a regular expression"),
        ("format = 1\nsecrets = 3\n", "secrets", "takes a table"),
    ],
)
def test_a_faulty_file_is_refused_with_file_field_and_reason(tmp_path: Path, text: str, field: str, reason: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(CatalogError, match=re.escape(reason)) as caught:
        load_catalogs([path])
    assert str(path) in str(caught.value)
    assert f"`{field}`" in str(caught.value)


OWN = """format = 1
[secrets]
names = ["badgeNumber"]
doubtful = ["mood"]
harmless = ["tokenColor"]
headers = ["X-Badge"]
schemes = ["AcmeAuth"]
[[form]]
name = "keys of Acme"
starts = ["acme_prod_"]
[[form]]
name = "tickets of Acme"
holds = ["#T-"]
pattern = '(#T-)[0-9]{6,12}'
"""


def test_a_users_file_adds_names_and_forms_to_all_backends(tmp_path: Path) -> None:
    path = written(tmp_path, OWN)
    assert isinstance(load_any(path), SecretRules)
    plain, own = Redactor(load_catalogs().values()).session(), Redactor(load_catalogs([path]).values()).session()
    value = {"userBadgeNumber": "AB", "mood": "x9", "tokenColor": "red"}
    assert (plain.value(value) | {"tokenColor": "red"}) == value
    assert plain.value(value)["tokenColor"] != "red"
    shown = own.value(value)
    assert shown["userBadgeNumber"].startswith("<secret 2 chars")
    assert shown["mood"].startswith("<secret 2 chars")
    assert shown["tokenColor"] == "red"
    assert own.value({"mood": "fine"}) == {"mood": "fine"}
    assert own.header("X-Badge", "17").startswith("<secret")
    assert own.header("Authorization", "AcmeAuth abc").startswith("AcmeAuth <credentials")
    texts = ["see acme_prod_x7k9w2qz there", "see #T-482190 there"]
    assert [plain.text(text) for text in texts] == texts
    assert [re.sub("<.*>", "*", own.text(text)) for text in texts] == ["see acme_prod_* there", "see #T-* there"]


def test_the_command_checks_such_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from baas_errors.cli import main

    assert main(["catalog", str(written(tmp_path, OWN))]) == 0
    assert "secrets, 5 names, 2 forms: ok" in capsys.readouterr().out
