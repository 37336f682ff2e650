"""Parse Server 8 and 9: of faults made on purpose the first finding names the cause, and nothing that is found is wrong."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.diagnose import rules_for
from needs import need
from parse_server import faults
from parse_server.faults import FAULTS, Kind
from parse_server.findings import FINDINGS
from parse_server.observe import Observed, observe, wrong_among
from parse_server.situations import SITUATIONS

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = (8, 9)
LEAST_KINDS, LEAST_SHARE = 60, 0.9
KINDS = [item for item in FAULTS if isinstance(item, Kind)]

Play = Callable[[int], list[Observed]]


@pytest.fixture(scope="module")
def play_faults() -> Play:
    """What came of the faults and their mended twins on a version; each version is run once."""
    need("node", "npm", "postgresql")
    return cache(lambda version: observe(version, [situation for situation, _ in faults.requests(version)]))


def faulty(seen: list[Observed], version: int) -> Iterator[tuple[Kind, Observed]]:
    """The faults among what was played, with their kinds."""
    kinds = {situation.name: kind for situation, kind in faults.requests(version) if kind and situation.name == kind.name}
    return ((kinds[one.situation.name], one) for one in seen if one.situation.name in kinds)


def named(kind: Kind, one: Observed) -> bool:
    """Whether the first finding names the cause: by the rule that was to come first, in words that quote this very fault."""
    return bool(one.findings) and one.findings[0]["rule"] == kind.finding and re.search(kind.says, one.findings[0]["says"], re.S) is not None


def test_there_are_enough_kinds_of_fault():
    assert len({kind.name for kind in KINDS}) >= LEAST_KINDS


def test_each_kind_is_made_once_a_version():
    names = [(kind.name, version) for kind in KINDS for version in kind.faulty.versions]
    assert len(names) == len(set(names))


def test_the_rules_named_are_rules():
    known = {rule.name for rule in rules_for(load_catalogs()["parse"])}
    told = {kind.finding for kind in KINDS if kind.in_request} | {rule for kind in KINDS for rule in kind.also}
    assert told | {rule for rules in FINDINGS.values() for rule in rules.split()} <= known


def test_the_situations_judged_are_played():
    assert set(FINDINGS) <= {situation.name for situation in SITUATIONS}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_fault_is_recorded(play_faults: Play, version: int):
    assert [kind.name for kind, one in faulty(play_faults(version), version) if not one.records] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_first_finding_names_the_cause(play_faults: Play, version: int, capsys: pytest.CaptureFixture[str]):
    visible = [(kind, one) for kind, one in faulty(play_faults(version), version) if kind.in_request]
    misses = [f"  {kind.name}: {[finding['says'] for finding in one.findings]}" for kind, one in visible if not named(kind, one)]
    share = 1 - len(misses) / len(visible)
    with capsys.disabled():
        print(f"\nParse Server {version}: of {len(visible)} kinds of fault with the cause in the request the first finding names {share:.1%}")
        print("\n".join(misses) or "  no misses")
    assert share >= LEAST_SHARE


@pytest.mark.parametrize("version", VERSIONS)
def test_no_finding_of_a_fault_is_wrong(play_faults: Play, version: int, capsys: pytest.CaptureFixture[str]):
    seen = list(faulty(play_faults(version), version))
    wrong = {kind.name: found for kind, one in seen if (found := wrong_among(one.findings, {kind.finding, *kind.also}))}
    with capsys.disabled():
        print(
            f"\nParse Server {version}: {len(wrong)} wrong among {sum(len(one.findings) for _, one in seen)} findings on {len(seen)} kinds of fault"
        )
    assert wrong == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_mended_request_works_and_nothing_is_found(play_faults: Play, version: int):
    broken = {kind.name for kind in KINDS}
    odd = [
        (one.situation.name, one.answer.status, [record["error.type"] for record in one.records])
        for one in play_faults(version)
        if one.situation.name not in broken and (one.records or one.answer.status >= 400)
    ]
    assert odd == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_page_of_causes_gives_the_figures(play_faults: Play, version: int):
    seen = [(kind, one) for kind, one in faulty(play_faults(version), version) if kind.in_request]
    wrong = sum(len(wrong_among(one.findings, {kind.finding, *kind.also})) for kind, one in faulty(play_faults(version), version))
    table = (ROOT / "docs" / "causes.md").read_text("utf-8").split("with faults that we made on purpose:", 1)[1].split("\n\n\n", 1)[0]
    told = [int(row.split("|")[VERSIONS.index(version) + 2]) for row in table.splitlines() if re.search(r"\| \d+ \|$", row)]
    assert told == [len(seen), sum(named(kind, one) for kind, one in seen), wrong]
