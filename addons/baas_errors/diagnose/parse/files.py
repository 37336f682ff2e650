"""Why the names of files are refused. Source: parse-server 9.10.0, FilesRouter.js and FilesAdapter.js."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ..context import Message, Rule, RuleContext, fault_of
from .request import place

_FILE_NAME = re.compile(r"[_a-zA-Z0-9][a-zA-Z0-9@. ~_-]*")


def file_name(ctx: RuleContext) -> Message | None:
    """Compares the file's name with the form of such names. Other causes: none; no other name is refused so."""
    name = unquote(place(ctx).values.get("file_id", ""))
    if place(ctx).route == "/files":
        return fault_of("The path has no file name.", ctx.raw_path, "Put the name at the end of the path: `POST /files/photo.jpg`.")
    if len(name) > 128:
        return fault_of(f"The file name has {len(name)} characters; 128 are allowed.", f"{len(name)} characters", "Shorten the file name.")
    if not name or _FILE_NAME.fullmatch(name):
        return None
    good, wrong = re.sub(r"[^a-zA-Z0-9@. ~_-]", "", name)[:80], "".join(sorted(set(re.sub(r"[a-zA-Z0-9@. ~_-]", "", name))))
    why = f"has {ctx.quote(wrong)} in it" if wrong else "does not begin with a letter, a digit or `_`"
    fix = f"Use letters, digits and @ . ~ _ - only, as in {ctx.quote(good if _FILE_NAME.fullmatch(good) else f'file{good}')}."
    return fault_of(f"{ctx.quote(name)} is not a valid file name: it {why}.", name, fix)


RULES: tuple[Rule, ...] = (Rule("file-name", file_name, entries=("InvalidFileName",)),)
