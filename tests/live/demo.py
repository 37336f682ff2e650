"""The demo capture, and what each of its flows is known to hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "tests" / "captures" / "demo.mitm"


@dataclass(frozen=True, slots=True)
class Error:
    """What the server answered; an absent code is None. `name` is empty where Parse documents none."""

    code: int | None
    message: str
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """One flow: its place in the capture, how the request went, and the errors in the answer."""

    index: int
    situation: str
    method: str
    path: str
    status: int
    errors: tuple[Error, ...]


def _known(index: int, line: dict[str, Any]) -> Known:
    errors = tuple(Error(error.get("code"), error["message"], "".join(error["names"][:1])) for error in line["errors"])
    return Known(index, line["situation"], line["method"], line["path"], line["status"], errors)


FLOWS = tuple(_known(index, json.loads(line)) for index, line in enumerate(DEMO.with_suffix(".expected.jsonl").read_text("utf-8").splitlines()))
FAILED = tuple(flow for flow in FLOWS if flow.errors)
SUCCEEDED = tuple(flow for flow in FLOWS if not flow.errors)
ERRORS = tuple(error for flow in FLOWS for error in flow.errors)


def named(name: str) -> tuple[Known, ...]:
    """The flows whose first error has a name: that is the one that marks the flow."""
    return tuple(flow for flow in FAILED if flow.errors[0].name == name)
