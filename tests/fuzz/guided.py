"""The same targets led by coverage: atheris hands in bytes, and keeps those that reach new code. It is asked for by `--coverage` only."""

from __future__ import annotations

import contextlib
import sys


def run(name: str, runs: int, seed: int, more: list[str]) -> int:
    """Fuzzes a target; libFuzzer ends the process, with a status other than 0 if something was found."""
    import atheris

    for module in [module for module in sys.modules if module.partition(".")[0] in ("baas_errors", "errors", "fuzz", "entry_samples", "build")]:
        # Imported anew, to be watched.
        if module != __name__ and module != "fuzz":
            del sys.modules[module]
    with atheris.instrument_imports(include=["baas_errors", "errors"]):
        from fuzz.targets import TARGETS

    with contextlib.ExitStack() as stack:
        target = stack.enter_context(TARGETS[name]())

        def one(data: bytes) -> None:
            try:
                target.run_bytes(data)
            except BaseException:
                print(target.told(), file=sys.stderr)
                raise

        atheris.Setup([sys.argv[0], f"-runs={runs}", f"-seed={seed}", "-max_len=600", "-len_control=0", *more], one)
        atheris.Fuzz()
    return 0
