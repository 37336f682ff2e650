"""Records tests/captures/pocketbase/pocketbase.mitm: the faults and what works before them, each with the entries and the words that are expected.

    python tests/live/pocketbase/record.py [--out FOLDER]

Record with the oldest mitmproxy that has to read the capture: a newer one reads older files, not the other way round.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

if __package__ is None or __package__ == "":  # run as a script
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from proxy import mitmdump

from pocketbase import harness
from pocketbase.driver import Ask, filled, play
from pocketbase.faults import FAULTS, PREPARE
from pocketbase.successes import SUCCESSES

CAPTURES = Path(__file__).resolve().parents[2] / "captures" / "pocketbase"
TOO_LARGE = 1_100_000
# Long answers that show nothing more.
PAST_THE_PROXY = ("/api/collections?", "/api/settings", "/api/logs", "/_/")


def main() -> int:
    """Records the capture; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=CAPTURES, help="folder to write to (default: tests/captures/pocketbase)")
    target = parser.parse_args().out / "pocketbase.mitm"
    target.unlink(missing_ok=True)  # mitmdump would append
    kept: dict[str, Any] = {}
    lines: list[str] = []
    with harness.pocketbase() as port, mitmdump(f"reverse:http://127.0.0.1:{port}", f"save_stream_file={target}") as proxy:

        def ask(one: Ask, name: str, entries: tuple[str, ...], cause: str, says: str) -> None:
            passed = not entries and (one.path.startswith(PAST_THE_PROXY) or one.path == "/api/collections" or "auth-methods" in one.path)
            path = filled(one.path, kept)
            answer = play(port if passed else proxy.port, one, kept)
            if not passed:
                line = {
                    "situation": name,
                    "method": one.method,
                    "path": path,
                    "status": answer.status,
                    "entries": entries,
                    "cause": cause,
                    "says": says,
                }
                lines.append(json.dumps({key: value for key, value in line.items() if value != ""}, ensure_ascii=False) + "\n")

        for one in (*PREPARE, *SUCCESSES):
            ask(one, "success", (), "", "")
        for kind in FAULTS:
            for one in kind.before:
                ask(one, f"before {kind.name}", (), "", "")
            if "short" in str(kind.ask.headers) and kind.before:
                time.sleep(7)  # a token that lasts a second, and what clocks may differ by
            ask(kind.ask, kind.name, kind.entries, kind.cause, kind.says)
    target.with_suffix(".expected.jsonl").write_text("".join(lines), encoding="utf-8")
    size = target.stat().st_size
    print(f"{target.name}: {len(lines)} flows, {size:,} bytes")
    return int(size > TOO_LARGE)


if __name__ == "__main__":
    sys.exit(main())
