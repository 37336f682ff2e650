"""Measures what the addon costs: `python tests/bench`.

Each figure is a median over interleaved pairs, with and without the addon, in one run on one machine. `--quick` takes a tenth of the
time and is for trying out. Nothing else should run meanwhile.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import platform
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "addons")]

import made  # noqa: E402
import peer  # noqa: E402

ADDON = ROOT / "addons" / "errors.py"
MITMDUMP = Path(sys.executable).with_name("mitmdump")


class Figure(NamedTuple):
    """A row of the table."""

    what: str
    wanted: str
    measured: str
    ok: bool


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mitmdump_command(folder: str, *more: str, addon: bool) -> list[str]:
    """The same command with and without the addon."""
    script = ["-s", str(ADDON), "--set", f"errors_log={folder}/errors.jsonl"] if addon else []
    return [str(MITMDUMP), *script, "--set", "flow_detail=0", "--set", f"confdir={folder}", *more]


@contextlib.contextmanager
def proxy(addon: bool) -> Iterator[int]:
    """A running mitmdump; gives its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = mitmdump_command(folder, "-p", str(port), "--listen-host", "127.0.0.1", addon=addon)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
                    break
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def pairs(count: int, without: Callable[[], float], with_addon: Callable[[], float]) -> tuple[float, float, float]:
    """Medians of both, and the median of their quotients; the order changes from pair to pair."""
    plain, added = [], []
    for number in range(count):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            (added if which else plain).append((with_addon if which else without)())
    return statistics.median(plain), statistics.median(added), statistics.median(a / p for a, p in zip(added, plain, strict=True))


def live(count: int, seconds: float) -> Iterator[Figure]:
    """Requests per second, by kind of traffic."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=peer.serve, args=(there,), daemon=True)
    server.start()
    port = here.recv()
    try:
        with proxy(False) as plain, proxy(True) as added:
            for kind, label, least in (
                ("other", "live, traffic of other hosts", 0.98),
                ("success", "live, successes of a recognised backend, no object twice", 0.90),
                ("error", "live, every answer an error, no request twice, with log and annotation", 0.70),
            ):
                for warm in (plain, added):
                    # Catalogs are read, caches filled.
                    peer.rate(warm, port, kind, min(4.0, seconds))
                a, b, quotient = pairs(count, lambda k=kind: peer.rate(plain, port, k, seconds), lambda k=kind: peer.rate(added, port, k, seconds))
                yield Figure(label, f"{least:.2f} of the requests/s", f"{quotient:.3f} ({a:,.0f} and {b:,.0f}/s)", quotient >= least)
    finally:
        server.terminate()
        server.join(5)


def mixed(requests: int) -> Iterator[Figure]:
    """What the addon adds to each answer of ordinary traffic: 95 % successes of a backend and 5 % errors, 50 requests/s."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=peer.serve, args=(there,), daemon=True)
    server.start()
    port = here.recv()
    try:
        with proxy(False) as plain, proxy(True) as added:
            peer.latencies((plain, added), port, 40, 0.0)
            without, with_addon = (sorted(taken) for taken in peer.latencies((plain, added), port, requests, 0.02))
    finally:
        server.terminate()
        server.join(5)
    median = (statistics.median(with_addon) - statistics.median(without)) * 1e3
    most = int(requests * 0.99)
    worst = (with_addon[most] - without[most]) * 1e3
    ok = median <= 0.5 and worst <= 2
    yield Figure("mixed traffic (5 % errors), 50 requests/s: added time", "median 0.5 ms, 99 % 2 ms", f"{median:.3f} ms, {worst:.3f} ms", ok)


# As everywhere, Python may keep what it has compiled.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPATH": str(ROOT / "addons")}


def timed(command: list[str]) -> float:
    """Seconds that a command takes."""
    started = time.perf_counter()
    subprocess.run(command, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def reading(count: int, flows: int) -> Iterator[Figure]:
    """Flows per second from a file in which each is an error."""
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "errors.mitm"
        made.write_capture(capture, flows)

        def seconds(addon: bool) -> float:
            return timed(mitmdump_command(folder, "-nr", str(capture), addon=addon))

        a, b, quotient = pairs(count, lambda: flows / seconds(False), lambda: flows / seconds(True))
        yield Figure(f"reading a capture of {flows:,} errors", "0.95 of the flows/s", f"{quotient:.3f} ({a:,.0f} and {b:,.0f}/s)", quotient >= 0.95)


class Taken(NamedTuple):
    """What a command has taken: seconds by the clock and of the processors, and the memory of its largest process in MiB."""

    seconds: float
    cpu: float
    peak: float


def taken(command: list[str], statuses: tuple[int, ...] = (0,)) -> Taken:
    """Runs a command to its end."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) in statuses, command
    return Taken(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def checking(count: int, errors: int, mixed: int, entries: int) -> Iterator[Figure]:
    """`baas-errors check` beside what others take to read the same file, all in turn."""
    check = [sys.executable, "-m", "baas_errors", "check"]
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder) / "capture"
        for flows, write, label, least in (
            (errors, made.write_capture, "each an error", 2.0),
            (mixed, made.write_mixed_capture, "1 % a backend's errors", 7.0),
        ):
            write(capture, flows)
            runs = [(taken([str(MITMDUMP), "-nr", str(capture)]), taken([*check, str(capture)], (1,))) for _ in range(count)]
            plain, ours = (statistics.median(flows / run[which].seconds for run in runs) for which in (0, 1))
            quotient = statistics.median(bare.seconds / run.seconds for bare, run in runs)
            wanted = f"{least:.0f} times the flows/s of bare `mitmdump -nr`"
            yield Figure(f"check of {flows:,} flows, {label}", wanted, f"{quotient:.1f} ({plain:,.0f} and {ours:,.0f}/s)", quotient >= least)
            peak = max(run.peak for _, run in runs)
            yield Figure(f"its memory on {flows:,} flows", "at most 120 MiB", f"{peak:.0f} MiB", peak <= 120)
        made.write_har(capture, entries)
        parse = [sys.executable, "-c", "import json, sys; json.loads(open(sys.argv[1], 'rb').read())", str(capture)]
        runs = [(taken(parse), taken([*check, str(capture)], (1,))) for _ in range(count)]
        plain, ours = (statistics.median(run[which].cpu for run in runs) for which in (0, 1))
        quotient, peak = statistics.median(run.cpu / bare.cpu for bare, run in runs), max(run.peak for _, run in runs)
        what = f"check of a HAR file of {capture.stat().st_size / 1e6:.0f} MB, {entries:,} entries"
        ok = quotient <= 2 and peak <= 150
        yield Figure(what, "2 times the CPU of `json.loads`, 150 MiB", f"{quotient:.2f} ({plain:.1f} and {ours:.1f} s), {peak:.0f} MiB", ok)


def start_up(count: int) -> Iterator[Figure]:
    """Seconds from start to end with nothing to read."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.mitm"
        empty.touch()

        def seconds(addon: bool) -> float:
            return timed(mitmdump_command(folder, "-nr", str(empty), addon=addon))

        for addon in (False, True):
            seconds(addon)
        a, b, quotient = pairs(count, lambda: seconds(False), lambda: seconds(True))
        yield Figure("start-up with all catalogs", "at most 1.10 of the time without", f"{quotient:.3f} ({a:.3f} and {b:.3f} s)", quotient <= 1.10)


def one_error(rounds: int) -> Iterator[Figure]:
    """From a flow with its body in hand to the finished record with findings."""
    taken = sorted(made.record_times(rounds))
    median, worst = statistics.median(taken) * 1e3, taken[int(len(taken) * 0.99)] * 1e3
    ok = median < 0.2 and worst < 1
    yield Figure("one error, body in hand, to the record", "median 0.2 ms, 99 % under 1 ms", f"{median:.3f} ms, {worst:.3f} ms", ok)


def memory(errors: int, kinds: int) -> Iterator[Figure]:
    """Memory of a process that has seen very many errors, beside what it had before."""
    half, whole = made.memory_after(errors, kinds)
    flat = whole - half < 8
    yield Figure(
        f"memory after {errors:,} errors of {kinds:,} kinds",
        "at most 64 MiB above, and flat",
        f"{whole:.0f} MiB ({half:.0f} at half)",
        whole <= 64 and flat,
    )


def report(records: int) -> Iterator[Figure]:
    """`baas-errors report` to HTML and to CSV."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "many.jsonl"
        made.write_log(log, records)
        for suffix in ("html", "csv"):
            command = [sys.executable, "-m", "baas_errors", "report", str(log), "-o", f"{folder}/out.{suffix}"]
            started = time.perf_counter()
            process = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            taken, peak = time.perf_counter() - started, usage.ru_maxrss / 1024
            ok = status == 0 and taken < 10 and peak < 500
            yield Figure(f"report of {records:,} records to {suffix.upper()}", "under 10 s, under 500 MiB", f"{taken:.1f} s, {peak:.0f} MiB", ok)


def main() -> int:
    """Prints the table; 1 if a figure misses what is wanted."""
    parser = argparse.ArgumentParser(prog="bench", description="Measures what the addon costs.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the time, for trying out")
    parser.add_argument("--only", choices=("live", "mixed", "reading", "start", "one", "memory", "report", "check"), help="one group of figures")
    options = parser.parse_args()
    quick = options.quick
    groups: dict[str, Callable[[], Iterator[Figure]]] = {
        "one": lambda: one_error(2 if quick else 20),
        "live": lambda: live(3 if quick else 9, 1.0 if quick else 3.0),
        "mixed": lambda: mixed(500 if quick else 5_000),
        "reading": lambda: reading(1 if quick else 5, 2_000 if quick else 20_000),
        "start": lambda: start_up(5 if quick else 15),
        "report": lambda: report(10_000 if quick else 100_000),
        "check": lambda: checking(1, 2_000, 20_000, 3_000) if quick else checking(3, 20_000, 200_000, 30_000),
        "memory": lambda: memory(20_000 if quick else 1_000_000, 5_000),
    }
    version = subprocess.run([str(MITMDUMP), "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    print(f"{version}, Python {platform.python_version()}, {os.cpu_count()} cores\n", flush=True)
    print("| measured | wanted | reached |\n|---|---|---|", flush=True)
    missed = 0
    for name, group in groups.items():
        if options.only in (None, name):
            for figure in group():
                missed += not figure.ok
                print(f"| {figure.what} | {figure.wanted} | {figure.measured}{'' if figure.ok else ' **missed**'} |", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nThe bench itself used at most {peak:.0f} MiB.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
