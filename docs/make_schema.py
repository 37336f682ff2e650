"""Writes docs/schema/record.json from the record's own description of its keys: `python docs/make_schema.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent / "addons"))

from baas_errors.record import FACTS  # noqa: E402 - the path is set above
from baas_errors.record.model import SCHEMA  # noqa: E402
from baas_errors.record.parse import REQUIRED  # noqa: E402

FILE = DOCS / "schema" / "record.json"
TEXT: dict[str, Any] = {"type": "string"}
TYPES: dict[str, dict[str, Any]] = {
    "text": TEXT,
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "list of texts": {"type": "array", "items": TEXT},
    "object of texts": {"type": "object", "additionalProperties": TEXT},
    "list of objects": {"type": "array", "items": {"$ref": "#/$defs/finding"}},
}
FINDING = {
    "type": "object",
    "properties": {
        "rule": {**TEXT, "description": "`baas-errors explain RULE` tells what it looks at"},
        "says": {**TEXT, "description": "the cause"},
        "evidence": {**TEXT, "description": "what was seen"},
        "certain": {"type": "boolean", "description": "whether the request, or an exchange that it cites, leaves no other cause"},
        "fix": {**TEXT, "description": "what to do"},
    },
    "required": ["rule", "says", "evidence", "certain"],
}


def schema() -> dict[str, Any]:
    """The JSON Schema of a record. Later versions may add keys."""
    keys = {fact.attribute: fact.key for fact in FACTS}
    properties = {fact.key: {**TYPES[fact.type], "description": fact.meaning} for fact in FACTS}
    properties["schema"] |= {"const": SCHEMA}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One error: a line of errors.jsonl",
        "type": "object",
        "properties": properties,
        "required": [keys[name] for name in REQUIRED],
        "$defs": {"finding": FINDING},
    }


def text() -> str:
    """The file's text."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
