"""Checks what commands print against the JSON Schemas in docs/schema/."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from live.needs import need

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "schema"


def validate(name: str, value: Any) -> None:
    """Raises jsonschema.ValidationError unless the value has the form of docs/schema/NAME.json; an unknown key is a fault too."""
    need("jsonschema")
    _validator(name).validate(value)


@functools.cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    files: dict[str, Any] = {path.name: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json")}
    files[f"{name}.json"] = strict(files[f"{name}.json"])
    registry: Any = Registry().with_resources((file, Resource.from_contents(schema)) for file, schema in files.items())
    schema = files[f"{name}.json"]
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, registry=registry)


def strict(schema: Any) -> Any:
    """The schema for tests: readers must bear keys of later versions, but every key that is written now is documented. Parts that others add to are
    marked by a comment."""
    if isinstance(schema, dict):
        closed = {key: strict(value) for key, value in schema.items()}
        return closed if "properties" not in schema or "$comment" in schema else {"unevaluatedProperties": False} | closed
    return [strict(item) for item in schema] if isinstance(schema, list) else schema
