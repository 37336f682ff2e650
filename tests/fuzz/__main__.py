"""`python tests/fuzz TARGET [--runs N] [--seed S]`: hands mutated input to the real thing until something is wrong. See README.md beside this."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:1] = [str(TESTS), str(TESTS.parent / "addons")]

from fuzz.targets import TARGETS  # noqa: E402 - found by the path set above


def main() -> int:
    """The exit status: 0 if all was well, 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python tests/fuzz", description="Fuzzes the addon and its readers.")
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--runs", type=int, default=10_000, help="how many inputs")
    parser.add_argument("--seed", type=int, default=1, help="of the mutations: the same seed makes the same inputs")
    parser.add_argument("--most", type=int, default=20, help="end after so many different failures")
    parser.add_argument("--coverage", action="store_true", help="let atheris lead the mutations by coverage; further arguments are libFuzzer's")
    options, rest = parser.parse_known_args()
    if options.coverage:
        from fuzz import guided

        return guided.run(options.target, options.runs, options.seed, rest)
    if rest:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    started, seen = time.perf_counter(), {}
    with TARGETS[options.target]() as target:
        for number in range(options.runs):
            try:
                target.run(options.seed, number)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                kind = (
                    (type(error).__name__, where.filename, where.lineno) if not isinstance(error, AssertionError) else (str(error).partition(":")[0],)
                )
                seen[kind] = seen.get(kind, 0) + 1
                if seen[kind] == 1:
                    print(f"--- {options.target}, seed {options.seed}, input {number}: {target.told()}")
                    traceback.print_exception(error, limit=-6)
                    sys.stdout.flush()
            if len(seen) >= options.most:
                break
            if (number + 1) % 50_000 == 0:
                print(f"{number + 1:,} in {time.perf_counter() - started:.0f} s; {target.summary()}", flush=True)
    taken = time.perf_counter() - started
    print(f"{options.target}: {number + 1:,} inputs in {taken:.1f} s, seed {options.seed}; {target.summary()}; failures of {len(seen)} kinds")
    for kind, count in seen.items():
        print(f"  {count:,} x {' '.join(map(str, kind))}")
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main())
