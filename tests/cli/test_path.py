"""`baas-errors path`."""

from __future__ import annotations

from pathlib import Path

import pytest
from baas_errors.cli import main
from baas_errors.cli import path as path_command

ROOT = Path(__file__).resolve().parent.parent.parent


def test_in_a_checkout_the_addon_stands_beside_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["path"]) == 0
    assert capsys.readouterr().out == f"{ROOT / 'addons' / 'errors.py'}\n"


def test_when_installed_it_stands_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "baas_errors" / "addon" / "errors.py"
    inside.parent.mkdir(parents=True)
    inside.touch()
    monkeypatch.setattr(path_command, "__file__", str(tmp_path / "baas_errors" / "cli" / "path.py"))
    assert path_command.addon_file() == inside
