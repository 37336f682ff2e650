"""Plays all cases and prints how many were solved: `python tests/field [KIND...]`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "addons")]

from baas_errors.catalog import load_catalogs  # noqa: E402
from field.replay import cases, judge  # noqa: E402


def main(kinds: list[str]) -> int:
    """Exit status 1 if a case is misleading (0) or fewer than 90 % are solved (3)."""
    backends = load_catalogs()
    results = [judge(backends, case) for case in cases() if not kinds or case["kind"] in kinds]
    scores = Counter(result.score for result in results)
    for kind in dict.fromkeys(result.case["kind"] for result in results):
        found = [result for result in results if result.case["kind"] == kind]
        print(f"{kind:<40} {sum(result.score == 3 for result in found)} of {len(found)}")
        for result in found:
            if result.score < 3:
                print(f"  {result.score}  {result.case['id']}: {result.reason}\n     truth: {result.case['truth']}")
    total = len(results)
    print(f"{total} cases: {', '.join(f'{scores[score]} scored {score}' for score in (3, 2, 1, 0))}; solved {scores[3] / max(total, 1):.0%}")
    return 1 if scores[0] or scores[3] < 0.9 * total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
