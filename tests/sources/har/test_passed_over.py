"""Entries that are passed over: only those that are no backend's, and as many as are not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from baas_errors.pipeline import Pipeline
from baas_errors.sources import STRANGER, read
from baas_errors.sources.har.passed_over import is_passed_over
from build import shipped_catalogs
from matrix import in_one_test

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
INPUTS = [path for path in sorted(CAPTURES.rglob("*")) if path.suffix in (".mitm", ".har", ".zip")]
ENTRY = {
    "request": {"method": "GET", "url": "https://cdn.example/a.js?v=1", "headers": [{"name": "User-Agent", "value": "Mozilla/5.0"}]},
    "response": {"status": 200, "headers": [{"name": "Content-Type", "value": "text/html"}], "content": {"text": ""}},
}


def entry(change: Any) -> Any:
    made = copy.deepcopy(ENTRY)
    change(made)
    return made


def test_an_entry_of_others_is_passed_over() -> None:
    assert is_passed_over(ENTRY, Pipeline(shipped_catalogs()).recognizer.passes_over)


@in_one_test(
    "change",
    [
        lambda made: made["request"].update(url="https://baas.kinvey.com/appdata/kid_a/books"),
        lambda made: made["request"]["headers"].append({"name": "X-Parse-Application-Id", "value": "a"}),
        lambda made: made["response"]["headers"].append({"name": "x-parse-job-status-id", "value": "a"}),
        lambda made: made["request"].update(postData={"text": '{"_ApplicationId": "a"}'}),
        lambda made: made["request"].update(url="https://x.example/api/collections/notes/records"),
        lambda made: made["request"].update(url="data:text/plain,a"),
        lambda made: made["request"].update(url="https:///a"),
        lambda made: made["request"].update(url=5),
        lambda made: made["request"].update(method=" "),
        lambda made: made["request"].update(method="CONNECT"),
        lambda made: made["request"].update(headers=[["a", "b"]]),
        lambda made: made["request"].update(headers={"a": "b"}),
        lambda made: made["response"].update(status=0),
        lambda made: made["response"].update(status="200"),
        lambda made: made["response"].update(status=10**400),
        lambda made: made.pop("response"),
        lambda made: made.update(_webSocketMessages=[]),
        lambda made: made.update(_baasErrors=[]),
    ],
)
def test_what_may_be_a_backends_or_is_damaged_is_read(change: Any) -> None:
    assert not is_passed_over(entry(change), Pipeline(shipped_catalogs()).recognizer.passes_over)


def test_nothing_of_a_backend_is_passed_over() -> None:
    """Of all captures: what is recognized, and in which order, is the same as when everything is read."""
    strangers = 0
    for path in INPUTS:
        quick, whole = (Pipeline(shipped_catalogs()).recognizer for _ in range(2))
        # What was recognized before decides as well, so both are read side by side.
        for item, full in zip(read(path, [], None, None, quick.passes_over), read(path, []), strict=True):
            if item is STRANGER:
                strangers += 1
                assert whole.of_exchange(full) is None, (path.name, full.request.url)
            elif hasattr(full, "request"):
                assert quick.of_exchange(item) == whole.of_exchange(full), path.name
    assert strangers


def test_a_mixed_file_has_all_its_errors(tmp_path: Path) -> None:
    own = entry(lambda made: made["request"]["headers"].append({"name": "X-Parse-Application-Id", "value": "a"}))
    path = tmp_path / "mixed.har"
    path.write_text(json.dumps({"log": {"entries": [ENTRY, own, ENTRY, own]}}))
    found = list(read(path, [], None, None, Pipeline(shipped_catalogs()).recognizer.passes_over))
    assert [item is STRANGER for item in found] == [True, False, True, False]
