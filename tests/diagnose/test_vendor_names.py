"""A backend is one file: no module outside its own package of rules knows it."""

from __future__ import annotations

import re
from pathlib import Path

import baas_errors
from build import shipped_catalogs

PACKAGE = Path(baas_errors.__file__).parent
# What a vendor's traffic and products are called. "parse" alone is a word of programming as well.
_NAMES = re.compile(
    r"(?i)kinvey|parse[ _-](?:server|platform|dashboard)|x-parse|_ApplicationId|back4app|bkend|everlive|telerik|backend[ -]services|pocketbase"
)
# Examples in help and documentation, and words that samples of keys are made of.
EXAMPLES = {
    "cli/__init__.py", "cli/allowlist.py", "cli/check.py", "cli/common.py", "cli/explain.py", "exchange/unset_values.py", "mitm/options.py",
    "record/model.py", "render/catalog_text.py", "render/rule_text.py",
}  # fmt: skip


def test_no_module_outside_a_backends_own_rules_names_a_vendor() -> None:
    own = {f"diagnose/{ident.replace('-', '_')}/" for ident in shipped_catalogs()}
    found, read = {}, 0
    for file in sorted(PACKAGE.rglob("*.py")):
        name = file.relative_to(PACKAGE).as_posix()
        if name.startswith(tuple(own)) or name in EXAMPLES:
            continue
        read += 1
        if named := _NAMES.findall(file.read_text("utf-8")):
            found[name] = named
    assert found == {}
    assert read > 120


def test_no_module_asks_for_the_id_of_a_backend() -> None:
    asks = re.compile(rf"""(?:backend|\.id|ident)\b[^\n]{{0,20}}(?:==|!=|\bin\b)\s*[("'\[{{]*["'](?:{"|".join(shipped_catalogs())})["']""")
    files = [file for file in PACKAGE.rglob("*.py") if asks.search(file.read_text("utf-8"))]
    assert files == []
    assert asks.search('if ctx.backend.id == "parse":')
