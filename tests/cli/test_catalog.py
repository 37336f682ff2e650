"""`baas-errors catalog`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from baas_errors.catalog import parse, shipped_folder
from baas_errors.cli import main
from baas_errors.cli.catalog import new_catalog
from baas_errors.decode import decode
from build import make_exchange, make_facts

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
DEMO = str(CAPTURES / "demo.mitm")


def test_the_shipped_catalogs_are_good(capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(str(file) for file in shipped_folder().glob("*.toml"))
    assert main(["catalog", *files]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(files) == 6
    assert all(line.startswith(file) and line.endswith(": ok") for line, file in zip(lines, files, strict=True))


def test_a_faulty_catalog_is_1_and_said_with_its_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faulty, good = tmp_path / "faulty.toml", tmp_path / "good.toml"
    good.write_text('format = 1\n[backend]\nid = "toy"\ntitle = "Toy"\n')
    faulty.write_text('format = 1\n[backend]\nid = "Toy"\ntitle = "Toy"\n')
    assert main(["catalog", str(faulty), str(good)]) == 1
    out, err = capsys.readouterr()
    assert out == f"{good}: Toy, 0 entries, 0 shapes: ok\n"
    assert err.startswith(f"baas-errors: {faulty}, [backend], field `id`: ")


def test_a_folder_is_checked_file_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(f'format = 1\n[backend]\nid = "{name}"\ntitle = "Toy {name}"\n')
    assert main(["catalog", str(tmp_path)]) == 0
    assert [line.partition(": ")[2][:5] for line in capsys.readouterr().out.splitlines()] == ["Toy a", "Toy b"]


@pytest.mark.parametrize("more", [[], ["--try", "x.mitm"]], ids=["check", "try"])
def test_a_pipe_is_not_read_and_is_called_one(more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "catalog.toml"
    os.mkfifo(pipe)
    assert main(["catalog", str(pipe), *more]) == 2
    assert "catalog.toml" in (said := capsys.readouterr().err)
    assert "is a pipe; give a TOML file, or a folder of TOML files" in said


def test_what_cannot_be_read_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", str(tmp_path / "missing.toml")]) == 2
    assert main(["catalog", str(tmp_path)]) == 2
    assert "give a TOML file, or a folder of TOML files" in capsys.readouterr().err


class TestNew:
    def test_it_is_valid_as_it_is_printed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["catalog", "--new", "acme-2"]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        backend = parse(out)
        assert (backend.id, backend.title) == ("acme-2", "Acme 2")
        assert "my-backend" not in out
        assert max(map(len, out.splitlines())) <= 150
        file = tmp_path / "acme.toml"
        assert main(["catalog", "--new", "acme-2", "-o", str(file)]) == 0
        assert file.read_text("utf-8") == out
        assert capsys.readouterr().out == f"{file}: a catalog to begin with. Check it: baas-errors catalog {file}\n"
        assert main(["catalog", str(file)]) == 0

    def test_it_explains_errors_as_it_is(self) -> None:
        backend = parse(new_catalog("acme"))
        url = "https://api.example.com/v1/notes/1"
        coded = decode(make_facts(make_exchange(404, {"error": {"code": "not_found", "message": "No."}}, url=url), backend))
        worded = decode(make_facts(make_exchange(401, {"error": "Sign in."}, url=url), backend))
        assert [(error.entry and error.entry.name, error.message) for error in (*coded, *worded)] == [("NotFound", "No."), (None, "Sign in.")]
        assert all(decode(make_facts(make_exchange(status, b"", url=url), backend))[0].advice for status in (400, 401, 403, 404, 429, 500, 599))

    def test_each_example_in_it_is_valid_too(self) -> None:
        """The lines that begin with `# ` and a field or a table, with the `# ` taken away."""
        text = new_catalog("acme")
        shown = re.sub(r"(?m)^# (?=\[\[|[a-z_]+ = )", "", text)
        assert shown.count("\n[[") > text.count("\n[[") + 3
        parse(shown)

    @pytest.mark.parametrize("ident", ["Acme", "", "2fa", "a_b", "../x", "-"])
    def test_what_is_no_id_is_refused(self, ident: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["catalog", f"--new={ident}"]) == 2
        assert "an id has lower-case letters, digits and `-`, and begins with a letter" in capsys.readouterr().err

    def test_a_known_id_is_said_to_replace(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["catalog", "--new", "parse", "-o", "-"]) == 0
        assert capsys.readouterr().err == "parse is a known backend. A file with this id replaces its catalog.\n"

    def test_a_file_that_is_there_stays(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "acme.toml"
        file.write_text("mine")
        assert main(["catalog", "--new", "acme", "-o", str(file)]) == 2
        assert file.read_text() == "mine"
        assert "exists already; give the name of a new file" in capsys.readouterr().err
        assert main(["catalog", "--new", "acme", "-o", str(file / "x.toml")]) == 2
        assert "cannot be written" in capsys.readouterr().err


class TestTry:
    @pytest.fixture
    def renamed(self, tmp_path: Path) -> str:
        """The catalog of Parse Server under another id."""
        file = tmp_path / "acme.toml"
        file.write_text((shipped_folder() / "parse.toml").read_text("utf-8").replace('id = "parse"', 'id = "acme"', 1), "utf-8")
        return str(file)

    def test_it_shows_what_the_catalog_makes_of_a_capture(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["catalog", str(shipped_folder() / "parse.toml"), "--try", DEMO]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        assert "Exchanges: 17 read, 17 recognized as parse, 0 not recognized.\nErrors: 14; 12 with an entry" in out
        assert '\n     1  400 "9001" POST /parse/functions/fail\n        The stock is empty.\n' in out
        assert [line for line in out.splitlines() if len(line) > 80] == []

    def test_other_backends_are_told_of(self, renamed: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The shipped catalog comes first where both recognize an exchange; `--hosts` says whose it is."""
        assert main(["catalog", renamed, "--try", DEMO]) == 0
        assert "0 recognized as acme, 17 as parse, 0 not recognized." in capsys.readouterr().out
        assert main(["catalog", renamed, "--try", DEMO, "--hosts", "acme=127.0.0.1", "--hosts", "acme=localhost"]) == 0
        assert "17 recognized as acme, 0 not recognized." in capsys.readouterr().out

    def test_all_kinds_of_inputs_are_read(self, renamed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        log = tmp_path / "errors.jsonl"
        assert main(["report", DEMO, "-o", str(log)]) == 0
        damaged = tmp_path / "damaged.har"
        damaged.write_text('{"log": {"entries": [3, {"request": {"method": "GET", "url": "https://a.example/"}, "response": {"status": 200}}]}}')
        capsys.readouterr()
        assert main(["catalog", renamed, "--try", DEMO, str(CAPTURES / "har" / "firefox.har"), str(log), str(damaged)]) == 0
        out, err = capsys.readouterr()
        assert "Left out: 14 records of earlier runs. Only exchanges can be tried." in out
        assert re.search(r"\n     1  a\.example:443 +such as GET /\n", out)
        assert err.startswith(f"Skipped: {damaged}, entry 1: ")

    def test_what_cannot_be_used_is_said(self, renamed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        faulty = tmp_path / "faulty.toml"
        faulty.write_text('format = 1\n[backend]\nid = "Toy"\ntitle = "Toy"\n')
        for arguments, status, said in (
            ([str(faulty), "--try", DEMO], 1, f"baas-errors: {faulty}, [backend], field `id`: "),
            ([str(tmp_path / "none.toml"), "--try", DEMO], 2, "cannot be read"),
            ([renamed, "--try", str(tmp_path / "none.mitm")], 2, "none.mitm: cannot be read"),
            ([renamed, "--try", renamed], 2, "acme.toml"),
            ([renamed, renamed, "--try", DEMO], 2, "--try takes one catalog, not 2"),
            ([renamed, "--try", DEMO, "--hosts", "acme"], 2, "--hosts: 'acme' is not backend=host[:port][/path]"),
            ([renamed, "--hosts", "acme=localhost"], 2, "--hosts: only valid with --try"),
            ([renamed, "-o", "x.toml"], 2, "-o: only valid with --new"),
            ([renamed, "--new", "toy"], 2, "--new writes a new catalog: it goes with -o FILE only"),
            (["--new", "toy", "--try", DEMO], 2, "--new writes a new catalog"),
        ):
            assert main(["catalog", *arguments]) == status, arguments
            out, err = capsys.readouterr()
            assert (out, said in err) == ("", True), (arguments, err)

    def test_a_catalog_must_be_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        for arguments, said in (
            ([], "name a catalog, or begin one with --new ID"),
            (["--try", DEMO], "--try needs a catalog: catalog FILE --try CAPTURE"),
        ):
            with pytest.raises(SystemExit) as caught:
                main(["catalog", *arguments])
            assert (caught.value.code, said in capsys.readouterr().err) == (2, True), arguments
