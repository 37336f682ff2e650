"""Records tests/captures: real traffic of Parse Server 8 and 9 with what each flow is expected to be.

    python tests/live/parse_server/record.py [--mitmdump PROGRAM] [--only 8|9|demo] [--out FOLDER]

Record with the oldest mitmproxy that has to read the captures: a newer one reads older files, not the other way round.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

if __package__ is None or __package__ == "":  # run as a script
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from parse_server import harness
from parse_server.driver import Answer, Situation, play
from parse_server.situations import SITUATIONS

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
TOO_LARGE = 1_100_000

# A short story for the README: things that work, and one fault of each common kind.
DEMO = {
    "sign-up-alice",
    "create-note",
    "get-note",
    "query-unknown-id",
    "create-wrong-type",
    "update-others-readable-note",
    "vault-find",
    "no-client-key",
    "query-where-is-no-json",
    "sign-up-username-taken",
    "log-in-wrong-password",
    "users-me-ended-session",
    "create-role-again",
    "fail-custom-code",
    "limited-3",
    "batch-two-failures",
    "graphql-get-unknown",
}


class RecordingError(Exception):
    """The server did not answer as the table says, or the capture does not hold what was sent."""


def main() -> int:
    """Records what the command line asks for; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mitmdump", default="mitmdump", help="the mitmdump to record with (default: the one in PATH)")
    parser.add_argument("--only", choices=["8", "9", "demo"], help="record one capture instead of all")
    parser.add_argument("--out", type=Path, default=CAPTURES, help="folder to write to (default: tests/captures)")
    parser.add_argument("--names", action="store_true", help="record nothing: write the table's names into the expectations that are there")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    for what, version, name in [("9", 9, "parse-server-9"), ("8", 8, "parse-server-8"), ("demo", 9, "demo")]:
        if chosen.only in (None, what):
            if chosen.names:
                print(f"{name}.expected.jsonl: {rename(version, chosen.out / name)} lines changed")
                continue
            selected = (lambda situation: situation.name in DEMO) if what == "demo" else (lambda situation: situation.record)
            count = record(version, chosen.out / name, selected, chosen.mitmdump)
            print(f"{name}.mitm: {count} flows")
    return 0


def record(version: int, target: Path, selected: Callable[[Situation], bool], program: str) -> int:
    """Plays all situations and records the selected ones; the others pass by the proxy. Returns the number of flows."""
    capture = target.with_suffix(".mitm")
    capture.unlink(missing_ok=True)  # mitmdump would append
    with (
        harness.postgres() as database,
        harness.parse_server(version, database) as server,
        harness.mitmdump(server.port, "-w", str(capture), program=program) as proxy,
    ):
        answers = list(play(SITUATIONS, version, lambda situation: proxy if selected(situation) else server.port))
    surprises = [f"{answer.situation.name}: {', '.join(found)}" for answer in answers if (found := answer.surprises())]
    if surprises:
        raise RecordingError("Not what the table expects:\n" + "\n".join(surprises))
    recorded = [answer for answer in answers if selected(answer.situation)]
    check(capture, recorded, program)
    lines = [json.dumps(answer.line(), ensure_ascii=False) + "\n" for answer in recorded]
    target.with_suffix(".expected.jsonl").write_text("".join(lines), encoding="utf-8")
    return len(recorded)


def rename(version: int, target: Path) -> int:
    """Writes the names that the table has now into the expectations of a capture. Returns how many lines have changed."""
    named = {situation.name: situation for situation in SITUATIONS if version in situation.versions}
    path = target.with_suffix(".expected.jsonl")
    old = path.read_text(encoding="utf-8").splitlines()
    new = []
    for text in old:
        line = json.loads(text)
        for error, fault in zip(line["errors"], named[line["situation"]].faults, strict=True):
            error["names"] = list(fault.names)
        new.append(json.dumps(line, ensure_ascii=False))
    path.write_text("".join(f"{line}\n" for line in new), encoding="utf-8")
    return sum(a != b for a, b in zip(old, new, strict=True))


def check(capture: Path, answers: list[Answer], program: str) -> None:
    """The capture holds what was sent, in that order, is small, and shows nothing of this machine."""
    sent = [[answer.situation.method, answer.path, answer.status] for answer in answers]
    held = flows(capture, program)
    if held != sent:
        first = next((i for i, (a, b) in enumerate(zip(held, sent, strict=False)) if a != b), min(len(held), len(sent)))
        raise RecordingError(f"{capture.name} differs from what was sent at flow {first}: {held[first : first + 1]}, {sent[first : first + 1]}")
    content = capture.read_bytes()
    if len(content) > TOO_LARGE:
        raise RecordingError(f"{capture.name} has {len(content)} bytes, more than {TOO_LARGE}.")
    for place in (harness.cache_dir(), harness.HERE, Path.home(), Path(tempfile.gettempdir()) / "baas-errors"):
        if str(place).encode() in content:
            raise RecordingError(f"{capture.name} holds the path {place}.")


def flows(capture: Path, program: str) -> list[list]:
    """Method, path and status of each flow, as mitmdump reads them."""
    with tempfile.TemporaryDirectory(prefix="baas-errors-read-") as folder:
        script = Path(folder) / "list_flows.py"
        script.write_text(
            "import json\n\n\ndef response(flow):\n    print(json.dumps([flow.request.method, flow.request.path, flow.response.status_code]))\n"
        )
        done = subprocess.run(
            [program, "-q", "-n", "-r", str(capture), "-s", str(script), "--set", f"confdir={folder}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RecordingError(f"{program} cannot read {capture.name}: {done.stderr[-1000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RecordingError, harness.HarnessError) as error:
        sys.exit(f"record.py: {error}")
