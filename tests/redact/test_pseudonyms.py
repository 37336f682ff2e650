"""The key of pseudonyms: from a file or the environment, never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from baas_errors.redact.pseudonyms import ENVIRONMENT, LONGEST, key_in, read_key
from matrix import in_one_test

KEY = "0123456789abcdef"


@in_one_test("text", [KEY, KEY + "\n", f"  {KEY}\r\n", "ü" * 8])
def test_a_key_is_read_without_white_space_around_it(text: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(text.encode())
    assert read_key(str(file)) == text.strip().encode()


@in_one_test(("data", "found"), [(b"", "0 bytes"), (b"hunter2\n", "7 bytes"), (b"x" * 5000, f"more than {LONGEST:,} bytes")])
def test_a_key_of_no_use_is_refused_without_showing_it(data: bytes, found: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(data)
    with pytest.raises(ValueError, match=found) as raised:
        read_key(str(file))
    assert "secrets.token_hex" in str(raised.value)
    assert "hunter2" not in str(raised.value)


@in_one_test("name", ["missing", "."])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read") as raised:
        read_key(str(tmp_path / name))
    assert repr(str(tmp_path / name)) in str(raised.value)


def test_the_environment_holds_the_key_itself() -> None:
    assert key_in({ENVIRONMENT: KEY}) == KEY.encode()


@in_one_test("environment", [{}, {ENVIRONMENT: ""}])
def test_the_environment_may_hold_none(environment: dict[str, str]) -> None:
    assert key_in(environment) is None


def test_a_short_key_in_the_environment_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match=ENVIRONMENT) as raised:
        key_in({ENVIRONMENT: "hunter2"})
    assert "hunter2" not in str(raised.value)
