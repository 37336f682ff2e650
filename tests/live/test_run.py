"""`baas-errors run`: real clients through a real mitmdump, and every way in which the command, or the run itself, can end."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from needs import need
from parse_server import harness
from processes import marked
from proxy import mitmdump
from replay.server import certificate
from stub import stub_server

ADDONS = Path(__file__).resolve().parents[2] / "addons"
PATIENCE = 120
PATH = "/parse/classes/Note/aaaaaaaaaa"
FAULT = (404, {"code": 101, "error": "Object not found."})
KIND = "parse/ObjectNotFound (101) [404] GET /parse/classes/Note/{id}"
# Other versions than the one in PATH: BAAS_ERRORS_TEST_NODES=/path/to/node:/path/to/another
NODES = [node for node in (shutil.which("node"), *os.environ.get("BAAS_ERRORS_TEST_NODES", "").split(os.pathsep)) if node]


@dataclass(frozen=True, slots=True)
class Ended:
    status: int
    out: str
    err: str


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "baas_errors", "run", *arguments]


def environment(**more: str) -> dict[str, str]:
    usual = {name: value for name, value in os.environ.items() if "proxy" not in name.lower() and not name.endswith(("CA_BUNDLE", "CERT_FILE"))}
    return usual | {"PYTHONPATH": os.pathsep.join([str(ADDONS), *filter(None, [os.environ.get("PYTHONPATH")])])} | more


def run(*arguments: str, folder: Path | None = None, **more: str) -> Ended:
    ended = subprocess.run(
        command(*arguments),
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        cwd=folder,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with stub_server({PATH: FAULT}) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    context = certificate(tmp_path_factory.mktemp("certificate"))
    context.set_alpn_protocols(["http/1.1"])
    with stub_server({PATH: FAULT}, context) as port:
        yield f"https://localhost:{port}"


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def fetches(url: str) -> tuple[str, ...]:
    return python(f"import urllib.request as r, urllib.error as e\ntry: r.urlopen('{url}')\nexcept e.HTTPError: pass")


def reads_proxy_variables(node: str) -> bool:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)\.(\d+)", version)
    assert found
    return (int(found[1]), int(found[2])) >= ((24, 0) if int(found[1]) > 22 else (22, 21))


class TestClients:
    """Each asks a plain and a secure server on this computer."""

    @pytest.fixture(params=["server", "secure"])
    def url(self, request: pytest.FixtureRequest) -> str:
        return f"{request.getfixturevalue(request.param)}{PATH}"

    def check(self, url: str, *client: str, folder: Path | None = None) -> None:
        # The stub does not say that it is Parse Server, and its certificate is its own.
        ended = run("--hosts", "parse=*:*/parse", "--set", "ssl_insecure=true", "--", *client, folder=folder)
        assert ended.status == 1, ended
        assert f"1x {KIND}\n" in ended.out

    def test_curl(self, url: str) -> None:
        need("curl")
        self.check(url, "curl", "-sS", "-o", os.devnull, url)

    def test_urllib(self, url: str) -> None:
        self.check(url, *fetches(url))

    def test_pytest_with_requests(self, url: str, tmp_path: Path) -> None:
        need("requests")
        (tmp_path / "test_app.py").write_text(f"import requests\ndef test_app():\n    assert requests.get('{url}').status_code == 404\n")
        self.check(url, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_app.py", folder=tmp_path)

    @pytest.mark.parametrize("node", NODES)
    def test_nodes_test_runner_with_fetch(self, url: str, node: str, tmp_path: Path) -> None:
        test = (
            f"import test from 'node:test'; import assert from 'node:assert';\ntest('app', async () => {{ await fetch('{url}').catch(() => 0) }});\n"
        )
        (tmp_path / "app.test.mjs").write_text(test)
        if reads_proxy_variables(node):
            self.check(url, node, "--test", "app.test.mjs", folder=tmp_path)
            return
        ended = run("--", node, "--test", "app.test.mjs", folder=tmp_path)
        assert ended.status == 5, ended
        assert "Nothing was checked.\n" in ended.out
        assert "No backend errors" not in ended.out
        assert ended.err.startswith("No request came through the proxy. ")
        assert "the fetch of Node before 22.21" in ended.err
        # The server's own address reaches every client.
        (tmp_path / "app.test.mjs").write_text(test.replace(f"'{url}'", f"process.env.SERVER_URL + '{PATH}'"))
        if url.startswith("http:"):
            words = ("--reverse", url.removesuffix(PATH), "--env", "SERVER_URL={url}", "--hosts", "parse=*:*/parse")
            ended = run(*words, "--", node, "--test", "app.test.mjs", folder=tmp_path)
            assert ended.status == 1, ended
            assert f"1x {KIND}\n" in ended.out


@pytest.mark.slow
def test_the_parse_javascript_sdk_and_a_real_parse_server(tmp_path: Path) -> None:
    need("node", "npm", "postgresql")
    (tmp_path / "app.test.js").write_text("""
const test = require('node:test');
const Parse = require('parse/node');
test('app', async () => {
  Parse.initialize(process.env.APP_ID, process.env.JAVASCRIPT_KEY);
  Parse.serverURL = process.env.SERVER_URL;
  await Parse.Cloud.run('fail', { code: 9001, message: 'The stock is empty.' }).catch(() => 0);
});
""")
    with harness.postgres() as database, harness.parse_server(9, database) as parse:
        url = f"http://127.0.0.1:{parse.port}"
        keys = {"NODE_PATH": str(parse.modules), "APP_ID": harness.APP_ID, "JAVASCRIPT_KEY": harness.KEYS["javascriptKey"]}
        for node in NODES:
            ended = run("--", node, "--test", "app.test.js", folder=tmp_path, SERVER_URL=f"{url}/parse", **keys)
            if reads_proxy_variables(node):
                assert ended.status == 1, (node, ended)
                assert "1x parse/9001 [400] POST /parse/functions/fail\n" in ended.out, ended.out[-900:]
            else:
                assert ended.status == 5, (node, ended)
                assert ended.err.startswith("No request came through the proxy. "), (node, ended)
            words = ("--reverse", url, "--env", "SERVER_URL={url}/parse")
            ended = run(*words, "--", node, "--test", "app.test.js", folder=tmp_path, **keys)
            assert ended.status == 1, (node, ended)
            assert "1x parse/9001 [400] POST /parse/functions/fail\n" in ended.out, ended.out[-900:]


class TestStatus:
    def test_the_command_s_own_status_is_kept(self, server: str) -> None:
        found = ("--hosts", "parse=*:*/parse")
        asks = f"curl -s -o /dev/null {server}{PATH}; "
        fine = f"curl -s -o /dev/null {server}/parse/health; "
        for script, status in (
            (f"{fine}exit 0", 0),
            (f"{asks}exit 0", 1),
            (f"{asks}exit 7", 7),
            (f"{fine}exit 7", 7),
            ("exit 0", 5),
            ("kill -9 $$", 137),
        ):
            assert run(*found, "--", "sh", "-c", script).status == status, script
        assert run(*found, "--allow", "parse/ObjectNotFound", "--", "sh", "-c", asks).status == 0
        assert run("--allow-empty", "--", "true").status == 0

    def test_what_the_command_prints_comes_first(self, server: str) -> None:
        ended = run("--hosts", "parse=*:*/parse", "--", "sh", "-c", f"echo begin; curl -s -o /dev/null {server}{PATH}; echo end")
        assert ended.out.startswith("begin\nend\n1 backend error of 1 kind:\n")
        assert ended.err == ""

    def test_bad_usage_is_2_and_told_before_anything_runs(self, tmp_path: Path) -> None:
        taken = socket.create_server(("127.0.0.1", 0))
        with taken:
            for arguments, said in (
                (["--", "/no/such/program"], "'/no/such/program' cannot be started (No such file or directory)"),
                (["--hosts", "x", "--", "touch", "ran"], "--hosts: 'x' is not backend=host"),
                (["--allow", "x", "--", "touch", "ran"], "--allow: 'x' is not an error type"),
                (["--reverse", "http://a", "--upstream", "http://b", "--", "touch", "ran"], "--reverse stands in front of one server"),
                (["--env", "x", "--", "touch", "ran"], "--env 'x' is not NAME=VALUE"),
                (["--save", "no/such/run.mitm", "--", "touch", "ran"], "--save 'no/such/run.mitm' cannot be written"),
                (["--set", "anticache=maybe", "--", "touch", "ran"], "mitmdump did not start: "),
                (["--port", str(taken.getsockname()[1]), "--", "touch", "ran"], "mitmdump did not start: "),
            ):
                ended = run(*arguments, folder=tmp_path)
                assert ended.status == 2, arguments
                assert said in ended.err, (arguments, ended)
        assert list(tmp_path.iterdir()) == []

    def test_a_result_that_cannot_be_written_does_not_hide_the_command_s_status(self, server: str) -> None:
        asked = ("--hosts", "parse=*:*/parse", "-o", "/dev/null/x", "--", "sh", "-c")
        for script, status in ((f"curl -s -o /dev/null {server}{PATH}; exit 7", 7), (f"curl -s -o /dev/null {server}{PATH}", 2)):
            ended = run(*asked, script)
            assert ended.status == status, script
            assert "-o '/dev/null/x' cannot be written" in ended.err, script


class TestRecording:
    def test_an_id_is_the_same_in_the_recording_and_in_the_live_log(self, server: str, tmp_path: Path) -> None:
        options = (f"save_stream_file={tmp_path / 'run.mitm'}", f"errors_hosts=parse=127.0.0.1:{server.rpartition(':')[2]}/parse")
        log = tmp_path / "errors.jsonl"
        with mitmdump("regular", *options, log=log) as proxy:
            for _ in range(2):
                subprocess.run(["curl", "-s", "-x", f"http://127.0.0.1:{proxy.port}", f"{server}{PATH}"], capture_output=True, check=True)
        ids = []
        for name in ("run.mitm", "errors.jsonl"):
            words = [sys.executable, "-m", "baas_errors", "list", str(tmp_path / name), "--json", "--hosts", "parse=*:*/parse"]
            done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True)
            ids.append([json.loads(line)["id"] for line in done.stdout.splitlines()])
        assert ids[0] == ids[1]
        assert len(set(ids[0])) == 2

    def test_another_proxy_leads_to_the_servers(self, server: str, tmp_path: Path) -> None:
        log = tmp_path / "errors.jsonl"
        with mitmdump("regular", "errors_hosts=parse=127.0.0.1:*/parse", log=log) as proxy:
            upstream = ("--upstream", f"http://127.0.0.1:{proxy.port}")
            ended = run(*upstream, "--hosts", "parse=*:*/parse", "--", "curl", "-s", f"{server}{PATH}")
            assert ended.status == 1
            assert [record["error.type"] for record in proxy.new_records()] == ["parse/ObjectNotFound"]

    def test_it_is_deleted_unless_it_is_to_be_kept(self, server: str, tmp_path: Path) -> None:
        temporary = tmp_path / "tmp"
        temporary.mkdir()
        asked = ("--hosts", "parse=*:*/parse", "--", "curl", "-s", f"{server}{PATH}")
        ended = run(*asked, folder=tmp_path, TMPDIR=str(temporary))
        assert " UTC in this run, flow " in ended.out
        assert list(temporary.iterdir()) == []
        ended = run("-w", "run.mitm", *asked, folder=tmp_path, TMPDIR=str(temporary))
        assert " UTC in run.mitm, flow " in ended.out
        assert list(temporary.iterdir()) == []
        assert stat.S_IMODE((tmp_path / "run.mitm").stat().st_mode) == 0o600

    def test_the_result_can_go_to_a_file_beside_the_text(self, server: str, tmp_path: Path) -> None:
        ended = run("--hosts", "parse=*:*/parse", "--format", "json", "-o", "errors.json", "--", "curl", "-s", f"{server}{PATH}", folder=tmp_path)
        assert "1 backend error of 1 kind:" in ended.out
        assert json.loads((tmp_path / "errors.json").read_text())["errors"] == 1

    def test_a_client_that_does_not_trust_the_certificate_is_named(self, secure: str) -> None:
        trusts_none = "context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)"
        code = f"import ssl, urllib.request as r\ntry: r.urlopen('{secure}/', {trusts_none})\nexcept OSError: pass"
        ended = run("--set", "ssl_insecure=true", "--", *python(code))
        assert ended.status == 5
        assert "Not seen, since the client does not trust the proxy's certificate (docs/point-your-app.md): localhost (1 time)" in ended.err


class TestEnds:
    """However a run ends, its proxy ends."""

    def started(self, server: str, mark: Path, script: str) -> subprocess.Popen[str]:
        text = f"curl -s -o /dev/null {server}{PATH}; touch {mark}; {script}"
        process = subprocess.Popen(
            command("--hosts", "parse=*:*/parse", "--", "sh", "-c", text),
            env=environment(BAAS_ERRORS_LIVE_RUN=os.environ["BAAS_ERRORS_LIVE_RUN"]), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        wait_for(mark.exists)
        return process

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    def test_a_signal_goes_to_the_command_and_the_rest_is_done(self, number: signal.Signals, server: str, tmp_path: Path) -> None:
        process = self.started(server, tmp_path / "mark", "exec sleep 60")
        process.send_signal(number)
        out, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 128 + number
        assert f"1x {KIND}\n" in out
        self.nothing_is_left()

    def test_control_c_ends_the_command_once_and_the_rest_is_done(self, server: str, tmp_path: Path) -> None:
        # The terminal sends SIGINT to both; a second one would interrupt the clean-up of a test runner.
        script = (
            f"trap 'echo once >>{tmp_path}/ints' INT; curl -s -o /dev/null {server}{PATH}; touch {tmp_path}/mark; while [ ! -e {tmp_path}/ints ]; "
        )
        script += "do sleep 0.05; done; sleep 0.5; exit 3"
        keyboard, terminal = pty.openpty()
        process = subprocess.Popen(
            command("--hosts", "parse=*:*/parse", "--", "sh", "-c", script),
            env=environment(BAAS_ERRORS_LIVE_RUN=os.environ["BAAS_ERRORS_LIVE_RUN"]), stdin=terminal, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        wait_for((tmp_path / "mark").exists)
        os.write(keyboard, b"\x03")
        out, _ = process.communicate(timeout=PATIENCE)
        os.close(keyboard)
        os.close(terminal)
        assert process.returncode == 3
        assert f"1x {KIND}\n" in out
        assert (tmp_path / "ints").read_text() == "once\n"
        self.nothing_is_left()

    def test_a_command_that_ends_well_after_a_signal_is_not_taken_for_a_success(self, server: str, tmp_path: Path) -> None:
        process = self.started(server, tmp_path / "mark", "trap 'exit 0' TERM; while :; do sleep 0.05; done")
        process.terminate()
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 128 + signal.SIGTERM

    def test_killed_it_takes_its_proxy_along(self, server: str, tmp_path: Path) -> None:
        process = self.started(server, tmp_path / "mark", f"while [ -e {tmp_path} ] && [ ! -e {tmp_path}/end ]; do sleep 0.05; done")
        process.kill()
        (tmp_path / "end").touch()
        process.communicate(timeout=PATIENCE)
        self.nothing_is_left()

    def nothing_is_left(self) -> None:
        wait_for(lambda: not marked(os.environ["BAAS_ERRORS_LIVE_RUN"]))


def wait_for(true: object) -> None:
    until = time.monotonic() + PATIENCE
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.05)
