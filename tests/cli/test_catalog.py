"""`baas-errors catalog`."""

from __future__ import annotations

from pathlib import Path

import pytest
from baas_errors.catalog import shipped_folder
from baas_errors.cli import main


def test_the_shipped_catalogs_are_good(capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(str(file) for file in shipped_folder().glob("*.toml"))
    assert main(["catalog", *files]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(files) == 4
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


def test_what_cannot_be_read_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", str(tmp_path / "missing.toml")]) == 2
    assert main(["catalog", str(tmp_path)]) == 2
    assert "give a TOML file, or a folder of TOML files" in capsys.readouterr().err
