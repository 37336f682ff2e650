"""Recordings of one conversation with a real Parse Server, by many tools: every planted error is found, and nothing else."""

from __future__ import annotations

from pathlib import Path

from baas_errors.pipeline import Pipeline
from baas_errors.reports.collect import Tally, collect
from matrix import in_one_test
from planted import PLANTED, planted

FOLDER = Path(__file__).resolve().parents[1] / "captures" / "tools"
RECORDINGS = sorted(path for path in FOLDER.iterdir() if path.suffix != ".md")


@in_one_test("path", RECORDINGS, ids=[path.name for path in RECORDINGS])
def test_every_planted_error_is_found(path: Path, pipeline: Pipeline) -> None:
    tool = path.name.partition(".")[0]
    tally = Tally()
    skips: list[object] = []
    found = collect([str(path)], pipeline, skips, tally=tally)  # type: ignore[arg-type]
    assert sorted(one.record.type for one in found) == sorted(planted(tool))
    assert tally.ours == sum(method == "GET" for method, *_ in PLANTED) if tool == "chrome-har-capturer" else len(PLANTED)
    assert (skips, tally.unreadable) == ([], [])
    assert all(one.record.message for one in found)
    assert {one.record.app for one in found} == {"notes-app"}
    # What only the request tells. curl prints no body of a request, and a browser opens addresses one by one.
    rules = {finding.rule for one in found for finding in one.record.findings}
    assert rules >= {"session-missing", "parameter"}
    assert ("type-mismatch" in rules) == (tool not in ("curl", "chrome-har-capturer"))


def test_every_recording_is_described() -> None:
    described = (FOLDER / "README.md").read_text("utf-8")
    assert [path.name for path in RECORDINGS if f"`{path.name}`" not in described] == []
