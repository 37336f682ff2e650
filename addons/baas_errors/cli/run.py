"""`baas-errors run`: runs a command with its traffic recorded, then checks the recording."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from ..mitm.run_environment import variables
from ..reports.verdict import EMPTY
from ..text import one_line, plural
from ..text.paths import expand_user
from .check import add_check_options, allowances_of, judge, print_result
from .common import Commands, UsageError, add_pipeline_options, pipeline_of, say
from .path import addon_file

# In seconds: for mitmdump to listen, and to end when told to.
_START, _END = 60.0, 15.0
_MITMDUMP = (sys.executable, "-c", "from mitmproxy.tools.main import mitmdump; mitmdump()")
_SCRIPT = Path(__file__).resolve().parent.parent / "mitm" / "run_script.py"
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_ELSEWHERE = (
    "Some clients read no proxy variables: browsers, apps in emulators, the fetch of Node before 22.21, Go for localhost. Put the proxy in front of "
    "the server instead: baas-errors run --reverse http://HOST:PORT --env SERVER_URL={url}/parse -- COMMAND"
)


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "run",
        help="run tests with their traffic recorded, and check it",
        description="Starts mitmdump on a free port of this computer, sets the variables by which common clients find it and trust its certificate, "
        "runs the command, stops mitmdump, and checks what was recorded. With --reverse, mitmdump stands in front of one server instead.",
        epilog="Exit status: the command's own, if it is not 0, else that of check: 0, 1, 2 or 5.",
    )
    parser.add_argument("argv", nargs="+", metavar="COMMAND", help="the command and its arguments, after --")
    parser.add_argument("--reverse", metavar="URL", help="the server to stand in front of, such as http://127.0.0.1:1337; no proxy variables then")
    parser.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable for the command, in which {url} stands for the proxy's URL: --env SERVER_URL={url}/parse; repeatable",
    )
    parser.add_argument(
        "--upstream", metavar="URL", help="the proxy by which mitmdump reaches the servers (default: none, whatever HTTPS_PROXY says)"
    )
    parser.add_argument("--port", type=int, default=0, metavar="N", help="the port to listen on (default: a free one)")
    parser.add_argument("-w", "--save", metavar="FILE", help="keep the recording, which holds secrets as they were sent (default: it is deleted)")
    parser.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE", help="an option for mitmdump; repeatable")
    add_pipeline_options(parser)
    add_check_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Runs the command, checks its traffic, and returns the worse of both statuses."""
    added = _added(options.env)
    if options.reverse and options.upstream:
        raise UsageError("--reverse stands in front of one server and --upstream leads to all: give one of them")
    # An option that is invalid is told before anything is run.
    allowances_of(options, pipeline_of(options).backends)
    with tempfile.TemporaryDirectory(prefix="baas-errors-") as name, _Command() as command:
        folder = Path(name)
        recording = expand_user(options.save) if options.save else folder / "run.mitm"
        try:
            recording.touch(mode=0o600)
        except OSError as error:
            raise UsageError(f"--save {options.save!r} cannot be written ({error.strerror or error})") from None
        state = folder / "state.json"
        with _mitmdump(options, folder, recording, state) as proxy:
            listening = _await(state, proxy, folder)
            url = f"http://127.0.0.1:{listening['port']}"
            found = {} if options.reverse else variables(url, Path(listening["authority"]), folder, os.environ)
            status = command.run(options.argv, {**os.environ, **found, **{key: text.replace("{url}", url) for key, text in added.items()}})
        try:
            checked = _check(options, folder, recording, json.loads(state.read_text("utf-8"))["refused"])
        except UsageError as error:
            say(f"baas-errors run: {error}")
            checked = 2
    return status or checked


def _added(texts: Sequence[str]) -> dict[str, str]:
    for text in texts:
        if not text.partition("=")[0] or "=" not in text:
            raise UsageError(f"--env {text!r} is not NAME=VALUE, for example SERVER_URL={{url}}/parse")
    return dict(text.split("=", 1) for text in texts)


class _Command:
    """The command that is run. While in use, signals to this process are passed on to it, and end this one only after the proxy and the check."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._received = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Command:
        self._before = {number: signal.signal(number, self._pass_on) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        self._received = number
        # A terminal sends Ctrl-C to both.
        if self._process and not (number == signal.SIGINT and sys.stdin is not None and sys.stdin.isatty()):
            self._process.send_signal(number)

    def run(self, argv: Sequence[str], environment: Mapping[str, str]) -> int:
        """Runs it until it ends, and returns its status as a shell does; raises UsageError if it cannot be started."""
        if self._received:
            return 128 + self._received
        try:
            self._process = subprocess.Popen(argv, env=environment)  # noqa: S603 - it is what the user asks for
        except OSError as error:
            raise UsageError(f"{argv[0]!r} cannot be started ({error.strerror or error})") from None
        status = self._process.wait()
        return 128 - status if status < 0 else status or (128 + self._received if self._received else 0)


@contextlib.contextmanager
def _mitmdump(options: argparse.Namespace, folder: Path, recording: Path, state: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A mitmdump that ends when its standard input is closed: at the end, or with this process, even if that is killed."""
    mode = f"reverse:{options.reverse}" if options.reverse else f"upstream:{options.upstream}" if options.upstream else "regular"
    words = ["-q", "--mode", mode, "--listen-host", "127.0.0.1", "--listen-port", str(options.port), "-w", str(recording)]
    words += ["-s", str(_SCRIPT), "-s", str(addon_file())]
    settings = {"errors_log": str(folder / "errors.jsonl"), "flow_detail": "0", "termlog_verbosity": "warn"}
    if trusted := os.environ.get("SSL_CERT_FILE"):
        settings["ssl_verify_upstream_trusted_ca"] = trusted
    if options.pseudonym_key:
        settings["errors_pseudonym_key"] = options.pseudonym_key
    pairs = [f"{name}={value}" for name, value in settings.items()]
    pairs += [f"errors_hosts={host}" for host in options.hosts] + [f"errors_catalogs={path}" for path in options.catalog] + options.set
    words += [word for pair in pairs for word in ("--set", pair)]
    environment = {**os.environ, "BAAS_ERRORS_RUN_STATE": str(state), "PYTHONUNBUFFERED": "1"}
    with open(folder / "mitmdump.log", "wb") as log:
        process = subprocess.Popen(  # noqa: S603 - no shell reads the words
            [*_MITMDUMP, *words], env=environment, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(state: Path, proxy: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    """What mitmdump writes once it listens; raises UsageError with its own words if it does not."""
    until = time.monotonic() + _START
    while time.monotonic() < until and proxy.poll() is None:
        if state.exists():
            told: dict[str, Any] = json.loads(state.read_text("utf-8"))
            # At its very first start mitmproxy makes its certificate after it listens.
            if Path(told["authority"]).exists() and "END CERTIFICATE" in Path(told["authority"]).read_text("utf-8"):
                return told
        time.sleep(0.05)
    said = (folder / "mitmdump.log").read_text("utf-8", "replace")
    raise UsageError(f"mitmdump did not start: {one_line(said, 1_000) or 'it said nothing'}")


def _check(options: argparse.Namespace, folder: Path, recording: Path, refused: Mapping[str, int]) -> int:
    """Checks the recording. Clients that refuse the certificate are in the log only."""
    log = folder / "errors.jsonl"
    lines = [line for line in log.read_bytes().splitlines(keepends=True) if b"/tls-failed" in line] if log.exists() else []
    log.write_bytes(b"".join(lines))
    options.inputs = [str(recording), *([str(log)] if lines else [])]
    verdict = judge(options, "" if options.save else "this run")
    if verdict.status == EMPTY:
        why = verdict.problem if verdict.tally.exchanges else "No request came through the proxy. To accept that, add --allow-empty."
        verdict = replace(verdict, problem=why if options.reverse else f"{why} {_ELSEWHERE}")
    print_result(options, verdict)
    if refused:
        hosts = ", ".join(f"{one_line(host, 100)} ({plural(count, 'time')})" for host, count in list(refused.items())[:10])
        say(f"Not seen, since the client does not trust the proxy's certificate (docs/point-your-app.md): {hosts}")
    return verdict.status
