"""Options that nobody has, given to mitmdump as people give them: in silence, a build would go on without what was asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parent.parent
DEMO = str(ROOT / "tests" / "captures" / "demo.mitm")


def mitmdump(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A run that reads the demonstration."""
    (folder / "conf").mkdir(exist_ok=True)
    program, addon = str(Path(sys.executable).with_name("mitmdump")), str(ROOT / "addons" / "errors.py")
    command = [program, "--set", f"confdir={folder / 'conf'}", "-s", addon, *arguments, "-nr", DEMO]
    return subprocess.run(
        command, cwd=folder, env=dict(os.environ), stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("errors_exitcode=true", "errors_exitcode: no option is called so; did you mean errors_exit_code?"),
        ("error_log=x.jsonl", "error_log: no option is called so; did you mean errors_log?"),
    ],
)
def test_a_misspelt_option_ends_it_with_1_and_is_said(given: str, said: str, tmp_path: Path) -> None:
    ended = mitmdump(tmp_path, "--set", given)
    assert ended.returncode == 1
    assert said in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("errors_log=a.jsonl", "errors_log=b.jsonl"), "errors_log: 'a.jsonl', 'b.jsonl' is not one text; give --set errors_log=VALUE, once"),
        (("errors_log",), "errors_log: no value is not one text; give --set errors_log=VALUE, once"),
    ],
)
def test_a_value_given_twice_or_left_out_ends_it_with_1_and_is_said(given: tuple[str, ...], said: str, tmp_path: Path) -> None:
    ended = mitmdump(tmp_path, *(part for value in given for part in ("--set", value)))
    assert ended.returncode == 1
    assert said in " ".join((ended.stdout + ended.stderr).split())
    assert not list(tmp_path.glob("*.jsonl"))


def test_in_the_configuration_file_it_is_found_too(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "config.yaml").write_text("errors_exprt: report.html\n")
    ended = mitmdump(tmp_path)
    assert ended.returncode == 1
    assert "errors_exprt: no option is called so; did you mean errors_export?" in ended.stdout + ended.stderr


def test_the_options_of_a_script_that_is_loaded_later_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text('def load(loader):\n    loader.add_option("errors_colour", str, "", "Of another addon.")\n')
    ended = mitmdump(tmp_path, "-s", "other.py", "--set", "errors_colour=red", "--set", "someone_elses=1")
    assert ended.returncode == 0
    assert "no option is called so" not in ended.stdout + ended.stderr
