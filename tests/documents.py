"""What README.md and the pages in docs/ show: their blocks of commands, their words in code type, their tables."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
# Pages written by a script are not among these: what they say is tested where it comes from.
GENERATED = ("rules.md",)
PAGES = {"README.md": README} | {
    f"docs/{path.name}": path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in GENERATED
}
ALL = "\n".join(PAGES.values())
# Markdown files that are not shown to a newcomer first; only their links are tested.
OTHERS = [ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "catalogs/README.md", *(f"docs/{name}" for name in GENERATED))]

# Blocks of commands are `sh`; a `console` block shows what they print as well.
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", ALL, re.M | re.S)


def commands_in(block: str) -> list[str]:
    """The commands of a block, each on one line: a backslash at the end of a line continues it."""
    return [line for line in re.sub(r"\s*\\\n\s*", " ", block).splitlines() if line.strip() and not line.startswith("#")]


# Lines to be typed into a shell, and everything else that stands in code type in the text.
COMMANDS = list(dict.fromkeys(line for language, block in FENCES if language == "sh" for line in commands_in(block)))
CODE = list(dict.fromkeys(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", ALL, flags=re.M | re.S))))


def after(beginning: str) -> str:
    """The command in the README's first block after the line that begins so."""
    found = re.search(rf"^{re.escape(beginning)}.*?^```sh\n(.*?)^```$", README, re.M | re.S)
    assert found, f"README.md has no command after a line that begins with {beginning!r}"
    (command,) = commands_in(found[1])
    return command


# The two commands that set everything up by themselves.
START, TEST = after("Start the proxy"), after("Run the tests")


def table(page: str, heading: str) -> list[list[str]]:
    """The rows of the first table under a heading of a page, without its head."""
    section = re.split(rf"(?m)^##? {re.escape(heading)}$", PAGES[page], maxsplit=1)[1].split("\n## ", 1)[0]
    rows: list[str] = []
    for line in section.splitlines():
        if line.startswith("|"):
            rows.append(line)
        elif rows:
            break
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows[2:]]


def words_in(cell: str) -> list[str]:
    """What stands in code type in a cell."""
    return re.findall(r"`([^`]+)`", cell)
