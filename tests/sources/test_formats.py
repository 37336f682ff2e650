"""The formats of many tools: the same conversation is found in each, whatever the file is called, however it is packed."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import lzma
import zlib
from pathlib import Path

from baas_errors.mitm.content_encoding import zstd_decompressor
from baas_errors.pipeline import Pipeline
from baas_errors.reports.collect import Tally, collect
from baas_errors.reports.group import Occurrence
from baas_errors.sources import Skip
from matrix import in_one_test
from tool_exports import APP, HOST, TALK, TYPES, burp, chlsj, chlsx, curl_v, entry, har, newman, nock, okhttp, proxymanlogv2, raw, saz, tshark, zipped


def found_in(data: bytes | str, pipeline: Pipeline, folder: Path, name: str = "capture") -> tuple[list[Occurrence], list[Skip], Tally]:
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    skips: list[Skip] = []
    tally = Tally()
    return collect([str(file)], pipeline, skips, tally=tally), skips, tally


def types(found: list[Occurrence]) -> list[str]:
    return [each.record.type for each in found]


WHOLE = {
    "HAR": har().encode(),
    "HAR in a list": f"[{har(entry(0))}, {har(entry(1), entry(2))}]".encode(),
    "HAR after HAR": f"{har(entry(0))}\n{har(entry(1), entry(2))}".encode(),
    "bare entries": json.dumps([entry(0), entry(1), entry(2)]).encode(),
    "a log without its name": json.dumps({"entries": [entry(0), entry(1), entry(2)]}).encode(),
    "JSONP": f"onInputData({har()});".encode(),
    "Fiddler": saz(),
    "Fiddler Classic": saz(digits=3, slash="\\", told=False),
    "Fiddler, chunks": saz(chunked=True),
    "Charles, JSON": chlsj(),
    "Charles, XML": chlsx(),
    "Burp": burp(),
    "Burp, not in base64": burp(base64=False),
    "Proxyman": proxymanlogv2(),
    "newman": newman(),
    "nock": nock(),
    "ZIP with HARs": zipped({"a/one.har": har(entry(0)), "two.HAR": har(entry(1), entry(2)), "readme.txt": "x"}),
    "ZIP with a session of Fiddler": zipped({"mail/session.saz": saz(), "picture.png": b"\x89PNG"}),
    "raw HTTP": b"\r\n".join(part for number in range(3) for part in raw(number, f"https://{HOST}{TALK[number][1]}")),
    "curl -v": curl_v(0) + curl_v(1, line_break=False) + curl_v(2),
}


@in_one_test("name", WHOLE)
def test_the_same_errors_are_found_in_each_format(name: str, pipeline: Pipeline, tmp_path: Path) -> None:
    found, skips, tally = found_in(WHOLE[name], pipeline, tmp_path, "renamed.txt")
    failures = [one for one in found if one.record.type == "parse/connection-failed"]
    found = [one for one in found if one not in failures]
    assert (types(found), len(failures)) == (TYPES, name in ("Charles, JSON", "Proxyman", "newman"))
    assert tally.ours >= 3 or "Charles, XML" in name
    assert [(one.record.method, one.record.status) for one in found] == [("GET", 403), ("POST", 400)]
    address = found[0].record.url
    assert address.startswith(("https://parse.example.org/parse/classes/Note", "http://parse.example.org/parse/classes/Note"))
    assert address.endswith("?limit=1")
    assert found[0].record.app == APP[1]
    assert [one.record.timestamp[:19] for one in found] == ["2026-11-30T03:00:00", "2026-11-30T03:00:01"]
    assert found[1].exchange
    assert ("likes" in found[1].exchange.request_body) == (name != "curl -v"), "curl -v does not print what was sent"
    assert not any(skip.damage for skip in skips)


def test_what_got_no_answer_is_a_failure_or_is_counted(pipeline: Pipeline, tmp_path: Path) -> None:
    pending = {**entry(0), "response": {"status": 0, "headers": [], "content": {"size": 0}}}
    for name, data, failures, notes in (
        ("Charles", chlsj(), ["Connection refused"], 1),
        ("Proxyman", proxymanlogv2(), ["Connection refused"], 0),
        ("newman", newman(), ["ECONNREFUSED"], 0),
        ("HTTP Toolkit", har(pending, pending, entry(1), creator="HTTP Toolkit"), [], 1),
        ("raw HTTP", raw(0)[0] + b"".join(raw(1)), [], 1),
    ):
        found, skips, _ = found_in(data, pipeline, tmp_path)
        assert [one.record.message for one in found if one.record.type == "parse/connection-failed"] == failures, name
        assert [skip.damage for skip in skips] == [False] * notes, name
    assert "2 requests have no answer" in str(found_in(har(pending, pending, creator="HTTP Toolkit"), pipeline, tmp_path)[1][0])


def test_an_answer_without_its_request_is_read_and_says_so(pipeline: Pipeline, tmp_path: Path) -> None:
    job = b"X-Parse-Job-Status-Id: 1\r\n"
    for name, before in (("curl -i", b""), ("curl -i with a continue", b"HTTP/1.1 100 Continue\r\n\r\n"), ("HTTP/2", b"HTTP/2 200 \r\n\r\n")):
        first, _, rest = raw(0)[1].partition(b"\r\n")
        (found,), _, _ = found_in(before + first + b"\r\n" + job + rest, pipeline, tmp_path)
        assert (found.record.type, found.record.status) == ("parse/OperationForbidden", 403), name
        assert [finding.rule for finding in found.record.findings] == ["request-unknown"], name


def test_what_tshark_prints_of_a_packet_capture_is_read(pipeline: Pipeline, tmp_path: Path) -> None:
    found, skips, _ = found_in(tshark(), pipeline, tmp_path)
    assert (types(found), skips) == (TYPES, [])
    assert found[0].record.url == f"http://{HOST}/parse/classes/Note?limit=1"
    assert found[0].record.message == "Permission denied"


LOGCAT = "2026-11-30 03:00:00.1{}  1234-1250  okhttp.OkHttpClient     com.app      I  "


def test_logs_of_okhttp_are_read_and_answers_find_their_requests(pipeline: Pipeline, tmp_path: Path) -> None:
    for name, data in (
        ("plain", okhttp()),
        ("a tag", okhttp("D/OkHttp: ", blank=False)),
        ("logcat", okhttp(LOGCAT.format("00"), blank=False)),
        ("other digits", okhttp(LOGCAT.format("00"), blank=False).replace(".100  1234-1250", ".999  1234-1251", 5)),
    ):
        found, skips, _ = found_in(data.encode(), pipeline, tmp_path)
        by_type = {one.record.type: one.record for one in found}
        assert (len(found), {name: record.method for name, record in by_type.items()}) == (2, dict(zip(TYPES, ("GET", "POST"), strict=True))), name
        assert "column `likes` is a Number" in str(by_type["parse/IncorrectType"].findings), name
        assert skips == [], name
        assert all(one.record.app == APP[1] for one in found), name


def test_messages_that_zap_exports_are_read(pipeline: Pipeline, tmp_path: Path) -> None:
    data = b"".join(b"==== %d ==========\r\n" % number + b"\r\n".join(raw(number)) + b"\r\n" for number in range(3))
    found, skips, _ = found_in(data, pipeline, tmp_path)
    assert (types(found), skips) == (TYPES, [])


def test_what_programs_intercept_has_its_status_under_another_name(pipeline: Pipeline, tmp_path: Path) -> None:
    for number, body in ((0, TALK[0][4]), (1, json.loads(TALK[1][4]))):
        one = {**entry(number), "response": {"statusCode": TALK[number][3], "headers": {"content-type": "application/json"}, "body": body}}
        (found,), _, _ = found_in(json.dumps(one), pipeline, tmp_path)
        assert found.record.type == TYPES[number]


def test_bodies_without_a_word_on_their_encoding_and_objects_are_read(pipeline: Pipeline, tmp_path: Path) -> None:
    for text in (json.loads(TALK[0][4]), base64.b64encode(TALK[0][4].encode()).decode()):
        (found,), _, _ = found_in(har(entry(0, mimeType="application/json", size=len(TALK[0][4]), text=text)), pipeline, tmp_path)
        assert found.record.type == TYPES[0], text


def test_an_answer_without_a_status_is_no_failed_connection(pipeline: Pipeline, tmp_path: Path) -> None:
    for status in ({}, {"status": None}, {"status": float("inf")}, {"status": "x"}):
        answer = {key: value for key, value in entry(1)["response"].items() if key != "status"}
        found, skips, _ = found_in(har(entry(0), {**entry(1), "response": answer | status}), pipeline, tmp_path)
        assert (types(found), [skip.reason for skip in skips]) == (TYPES[:1], ["has an answer without a valid status"]), status


HAR = har()
PACKED = {
    "gzip": gzip.compress(HAR.encode()),
    "gzip of parts": gzip.compress(HAR[:200].encode()) + gzip.compress(HAR[200:].encode()),
    "zlib": zlib.compress(HAR.encode()),
    "bzip2": bz2.compress(HAR.encode()),
    "xz": lzma.compress(HAR.encode()),
    # One frame, not compressed: `zstd` need not be installed to make it.
    "Zstandard": b"\x28\xb5\x2f\xfd\xa0" + len(HAR).to_bytes(4, "little") + (len(HAR) << 3 | 1).to_bytes(3, "little") + HAR.encode(),
    "gzip of a ZIP": gzip.compress(zipped({"run.har": HAR})),
    "ZIP of gzip": zipped({"run.har.gz": gzip.compress(HAR.encode())}),
    "gzip of UTF-16": gzip.compress(HAR.encode("utf-16")),
    "UTF-8 with a mark": HAR.encode("utf-8-sig"),
    **{codec: HAR.encode(codec) for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")},
    "utf-16-be with a mark": ("\ufeff" + HAR).encode("utf-16-be"),
    "utf-32-be with a mark": ("\ufeff" + HAR).encode("utf-32-be"),
    "XML in UTF-16": chlsx().decode().replace("UTF-8", "UTF-16").encode("utf-16"),
}


@in_one_test("name", PACKED)
def test_files_are_unpacked_and_their_text_is_decoded(name: str, pipeline: Pipeline, tmp_path: Path) -> None:
    assert zstd_decompressor
    found, skips, _ = found_in(PACKED[name], pipeline, tmp_path)
    assert (types(found), skips) == (TYPES, [])


class TestPlaywright:
    """Bodies in files of their own, in the archive or beside the HAR."""

    NAMES = ("0a1b2c3d.json", "4e5f6a7b.json", "8c9d0e1f.jsonl")
    MESSAGES = (
        '{"type":"send","time":1796007600000.5,"opcode":1,"data":"{\\"op\\":\\"connect\\",\\"applicationId\\":\\"madeUpApp\\"}"}\n'
        'no JSON\n{"type":"receive","time":1796007605000.5,"opcode":1,'
        '"data":"{\\"op\\":\\"error\\",\\"code\\":101,\\"error\\":\\"x\\",\\"reconnect\\":false}"}\n'
    )

    def files(self) -> dict[str, bytes | str]:
        socket = entry(2, size=-1, mimeType="x-unknown", _file=self.NAMES[2])
        socket["response"]["status"] = 101
        posted = entry(1, mimeType="application/json", _file=self.NAMES[1])
        posted["request"]["postData"] = {"mimeType": "application/json", "_file": "d0d0d0d0.json"}
        entries = entry(0, mimeType="application/json", size=40, _file=self.NAMES[0]), posted, socket
        bodies = dict(zip(self.NAMES, (TALK[0][4], TALK[1][4], self.MESSAGES), strict=True))
        return {"har.har": har(*entries, creator="Playwright"), "d0d0d0d0.json": TALK[1][2], **bodies}

    def test_in_a_trace(self, pipeline: Pipeline, tmp_path: Path) -> None:
        first, second = (entry(number, mimeType="application/json", _sha1=self.NAMES[number]) for number in range(2))
        second["request"]["postData"] = {"mimeType": "application/json", "_sha1": "d0d0d0d0.json"}
        lines = [{"type": "context-options"}, *({"type": "resource-snapshot", "snapshot": one} for one in (first, second, entry(2)))]
        bodies: dict[str, bytes | str] = {f"resources/{self.NAMES[0]}": TALK[0][4], f"resources/{self.NAMES[1]}": TALK[1][4]}
        trace = {"trace.trace": "{}", "0-trace.network": "\n".join(map(json.dumps, lines)), "resources/d0d0d0d0.json": TALK[1][2], **bodies}
        found, skips, _ = found_in(zipped(trace), pipeline, tmp_path, "trace.zip")
        assert (types(found), skips) == (TYPES, [])
        assert found[1].exchange
        assert "likes" in found[1].exchange.request_body

    def test_in_the_archive_and_beside_the_har(self, pipeline: Pipeline, tmp_path: Path) -> None:
        for name, content in self.files().items():
            (tmp_path / name).write_text(str(content))
        for where, found in (
            ("in the archive", found_in(zipped(self.files()), pipeline, tmp_path, "run.zip")[0]),
            ("beside", collect([str(tmp_path / "har.har")], pipeline, [])),
        ):
            assert types(found) == [*TYPES, "parse/ObjectNotFound"], where
            assert found[1].exchange, where
            assert "likes" in found[1].exchange.request_body, where

    @in_one_test("name", ["../secret.txt", "/etc/hostname", "secret.txt", "..", "", 7, "0a1b.json/../../secret.txt", "C:\\0a1b.json"])
    def test_no_other_file_is_read(self, name: object, pipeline: Pipeline, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        for place in (tmp_path, tmp_path / "in"):
            (place / "secret.txt").write_text(TALK[1][4])
        text = har(entry(0, mimeType="application/json", size=40, _file=name))
        for data in (text, zipped({"har.har": text, "secret.txt": TALK[1][4], "../secret.txt": TALK[1][4]})):
            found, _, _ = found_in(data, pipeline, tmp_path / "in")
            assert types(found) == ["parse/http-403"]
            assert [finding.rule for finding in found[0].record.findings][-1] == "body-not-kept"

    def test_links_and_pipes_are_not_followed(self, pipeline: Pipeline, tmp_path: Path) -> None:
        (tmp_path / "secret.txt").write_text(TALK[1][4])
        (tmp_path / "0a1b2c3d.json").symlink_to(tmp_path / "secret.txt")
        found, _, _ = found_in(har(entry(0, mimeType="application/json", size=40, _file="0a1b2c3d.json")), pipeline, tmp_path)
        assert types(found) == ["parse/http-403"]
