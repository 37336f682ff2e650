"""What is secret for every backend: names and forms of values, from `secrets.toml` and from files like it.

`reader` reads the annotations as values, so this module does not postpone them.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from . import values
from .reader import Place, read_table, read_tables, refuse_unknown


class SecretForm(NamedTuple):
    """Values that show by their form that they are secret. Either what one of `starts` begins and random characters follow, or `then` where it is
    given; or what `pattern` finds in texts with one of `holds` in them. `starts`, and what the first group of `pattern` holds, may be shown. What is
    `personal` is no key: it may be short."""

    name: values.Text
    starts: values.Texts = ()
    then: values.OptionalRegex = None
    holds: values.Texts = ()
    pattern: values.OptionalRegex = None
    personal: values.Flag = False

    def wrong(self) -> tuple[str, str] | None:
        """Fields that do not go together, as field and reason."""
        if bool(self.starts) == bool(self.pattern):
            return "starts", "or `pattern` is needed, one of them"
        if self.pattern and not self.holds:
            return "holds", "is missing: texts without which `pattern` is not searched for"
        if self.pattern and not re.compile(self.pattern.text).groups:
            return "pattern", "needs a group around what may be shown, which may be empty: `()`"
        return next((("starts", f"takes texts of two characters or more, not {start!r}") for start in self.starts if len(start) < 2), None)


class SecretWords(NamedTuple):
    """Names that make a value secret, and those that do not; see the comments in `secrets.toml`."""

    names: values.Texts = ()
    doubtful: values.Texts = ()
    keys: values.Texts = ()
    parts: values.Texts = ()
    about: values.Texts = ()
    harmless: values.Texts = ()
    headers: values.Texts = ()
    header_parts: values.Texts = ()
    ids: values.Texts = ()
    schemes: values.Texts = ()
    spoken_schemes: values.Texts = ()
    everyday: values.Texts = ()


class SecretRules(NamedTuple):
    """The words and forms of one file."""

    words: SecretWords
    forms: tuple[SecretForm, ...]


def read_rules(data: Mapping[str, Any], at: Place) -> SecretRules:
    """The rules that the tables of a file describe; raises CatalogError."""
    known = ["format", "secrets", "form"]
    refuse_unknown([key for key in data if key not in known], known, at)
    table = data.get("secrets", {})
    if not isinstance(table, dict):
        raise at.error("takes a table", "secrets")
    return SecretRules(read_table(SecretWords, table, at._replace(where="[secrets]")), read_tables(SecretForm, "form", data.get("form", []), at))


@cache
def shared_rules() -> SecretRules:
    """The rules that come with this package."""
    from .load import SECRETS, shipped_folder, toml_of

    path = shipped_folder() / SECRETS
    return read_rules(toml_of(path), Place(str(path), checked=True))
