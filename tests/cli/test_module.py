import json
import subprocess
import sys
from pathlib import Path

import pytest
from baas_errors.catalog import shipped_folder
from baas_errors.cli import main
from build import toml

ADDONS = Path(__file__).resolve().parents[2] / "addons"


@pytest.mark.parametrize(
    ("words", "status", "out", "err"),
    [
        (["ObjectNotFound"], 0, "parse/ObjectNotFound   code 101   HTTP 404", ""),
        (["parse", "209"], 0, "parse/InvalidSessionToken", ""),
        (["Parse/209"], 0, "parse/InvalidSessionToken", ""),
        (["backend-services", "603"], 0, "backend-services/AccessDenied", ""),
        (["data/table-not-found"], 0, "bkend/data/table-not-found", ""),
        (["parse", "9001"], 0, "no entry has this", ""),
        (["parse/http-403"], 0, "application id", ""),
        (["EntityNotFuond"], 1, "", "Did you mean kinvey/EntityNotFound"),
        (["9001"], 1, "", "name the backend too: backend-services 9001"),
        (["kinvey", "9001x"], 1, "", "no catalog knows '9001x' of kinvey"),
        (["pars", "209"], 2, "", "no backend is called 'pars'; known are backend-services, bkend, kinvey, parse, pocketbase; did you mean parse?\n"),
        (["firebase", "209"], 2, "", "no backend is called 'firebase'; known are backend-services, bkend, kinvey, parse, pocketbase\n"),
        (["209", "Parse"], 0, "parse/InvalidSessionToken", ""),
        (["9001", "parse"], 0, "no entry has this", ""),
        (["9001x", "kinvey"], 1, "", "no catalog knows '9001x' of kinvey"),
        (["parse"], 2, "", "'parse' is a backend; name a code or name too, for example: baas-errors explain parse "),
        (["Kinvey"], 2, "", "'Kinvey' is a backend; name a code or name too, for example: baas-errors explain kinvey "),
        ([""], 2, "", "what is to be explained is empty; name a code or name, for example: baas-errors explain parse 209"),
        (["parse", " "], 2, "", "what is to be explained is empty"),
        ([" ", "parse"], 2, "", "what is to be explained is empty"),
        ([" parse ", " 209 "], 0, "parse/InvalidSessionToken", ""),
        (["-1"], 0, "parse/OtherCause", ""),
        (["\x1b[31mred"], 1, "", "no catalog knows '\\\\x1b[31mred'"),
        (["9" * 5_000], 1, "", f"no catalog knows '{'9' * 79}\u2026'"),
    ],
)
def test_explain(capsys, words, status, out, err):
    try:
        returned = main(["explain", *words])
    except SystemExit as exit_:
        returned = exit_.code
    shown = capsys.readouterr()
    assert returned == status
    assert out in shown.out
    assert err in shown.err
    assert bool(shown.out) == (status == 0)
    assert bool(shown.err) == (status != 0)


def test_explain_as_json(capsys):
    assert main(["explain", "--json", "parse", "209"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["type"], found["code"]) == ("parse/InvalidSessionToken", 209)
    assert main(["explain", "--json", "nothing-like-this"]) == 1
    assert json.loads(capsys.readouterr().out) == []


def test_explain_with_a_catalog_of_ones_own(capsys, tmp_path):
    file = tmp_path / "toy.toml"
    file.write_text(toml('[[entry]]\nname = "Broken"\ncode = 1\norigin = "observed"\nADVICE'))
    assert main(["explain", "--catalog", str(file), "toy", "1"]) == 0
    assert "toy/Broken" in capsys.readouterr().out


def test_explain_with_a_faulty_catalog_names_file_and_field(capsys, tmp_path):
    file = tmp_path / "toy.toml"
    file.write_text(toml("hots = []"))
    assert main(["explain", "--catalog", str(file), "1"]) == 2
    shown = capsys.readouterr().err
    assert str(file) in shown
    assert "field `hots`" in shown


def test_catalog_checks_every_file(capsys, tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(toml('[[entry]]\nname = "Broken"\ncode = 1\norigin = "observed"\nADVICE'))
    bad.write_text(toml('[[entry]]\nname = "Broken"\n'))
    assert main(["catalog", str(bad), str(good)]) == 1
    shown = capsys.readouterr()
    assert f"{good}: Toy, 1 entry, 0 shapes: ok" in shown.out
    assert f"{bad}, [[entry]] 1 `Broken`, field `meaning`" in shown.err


def test_the_shipped_catalogs_are_all_well(capsys):
    assert main(["catalog", *map(str, sorted(shipped_folder().glob("*.toml")))]) == 0
    assert capsys.readouterr().out.count(": ok\n") == 6


def test_path_is_that_of_the_addon(capsys):
    assert main(["path"]) == 0
    assert Path(capsys.readouterr().out.strip()) == ADDONS / "errors.py"


@pytest.mark.parametrize("arguments", [[], ["explain"], ["catalog"], ["unknown"], ["explain", "--nothing", "1"]])
def test_bad_usage_is_status_2(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: baas-errors" in capsys.readouterr().err


def test_runs_as_a_module_and_without_mitmproxy():
    code = (
        "import runpy, sys; sys.modules['mitmproxy'] = None; sys.argv = ['baas-errors', 'explain', 'parse', '209'];"
        "runpy.run_module('baas_errors', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ADDONS, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "InvalidSessionToken" in done.stdout


def test_a_reader_that_stops_reading_causes_no_complaint():
    command = f"{sys.executable} -m baas_errors explain --json NotFound | head -c 1; {sys.executable} -m baas_errors explain 1 | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ADDONS, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
