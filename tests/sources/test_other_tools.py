"""Files that cannot be read are named, with how to get one that can."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from baas_errors.cli import main
from baas_errors.sources import SourceError, read
from matrix import in_one_test
from tool_exports import TALK, entry, har, zipped

PCAP = b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(16)
PLAIN = b"GET /parse/classes/X HTTP/1.1\r\nHost: a\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\n"
# What a file holds, and words of the message in their order.
REFUSED = {
    "Charles's own format": (b"\xac\xed\x00\x05sr\x00", ["session of Charles (.chls)", "File > Export Session", "JSON Session File (.chlsj)"]),
    "Charles's own format, zipped": (zipped({"1-meta.json": "{}", "1-req.dat": "x"}), ["session of Charles (.chlz)", "File > Export Session"]),
    "packets of TLS": (PCAP + b"\x16\x03\x01\x02\x00", ["packet capture (pcap)", "without the keys of TLS", "mitmproxy"]),
    "packets of plain HTTP": (PCAP + PLAIN, ["packet capture (pcap) with plain HTTP", "tshark -r CAPTURE -q -z follow,http,ascii,0"]),
    "packets, the other byte order": (b"\xa1\xb2\xc3\xd4" + PLAIN, ["with plain HTTP"]),
    "packets in nanoseconds": (b"\x4d\x3c\xb2\xa1" + PLAIN, ["with plain HTTP"]),
    "packets in nanoseconds, the other byte order": (b"\xa1\xb2\x3c\x4d" + PLAIN, ["with plain HTTP"]),
    "pcapng": (b"\x0a\x0d\x0d\x0a" + b"\x16\x03\x03", ["packet capture", "keys of TLS"]),
    "Chrome's network log": (
        json.dumps({"constants": {"logEventTypes": {"A": 1}}, "events": []}),
        ["network log of Chrome (chrome://net-export)", "no bodies", "Network > Export HAR"],
    ),
    "Postman": (
        json.dumps({"info": {"_postman_id": "1", "name": "x"}, "item": [{"request": {"url": "x"}, "response": []}]}),
        ["collection of Postman", "newman run COLLECTION -r json"],
    ),
    "Insomnia": (json.dumps({"_type": "export", "__export_format": 4, "resources": []}), ["export of Insomnia", "HAR as its format"]),
    "Insomnia, YAML": ("type: collection.insomnia.rest/5.0\nname: x\n", ["export of Insomnia"]),
    "Postman's own runner": (
        json.dumps({"id": "x", "collection_id": "1", "results": [{"name": "a", "responseCode": {"code": 404}}]}),
        ["run of Postman's own runner", "no bodies", "newman run COLLECTION -r json"],
    ),
    "Requestly, rules": (json.dumps([{"objectType": "rule", "ruleType": "Redirect"}]), ["file of Requestly"]),
    "Requestly, a session": (json.dumps({"version": 2, "data": {"events": {}, "metadata": {}}}), ["file of Requestly"]),
    "WireMock, one stub": (
        json.dumps({"request": {"method": "GET", "urlPath": "/x"}, "response": {"status": 404, "jsonBody": {"code": 101}}}),
        ["file of WireMock"],
    ),
    "nock, JavaScript": ("const nock = require('nock');\nnock('https://a').get('/x').reply(404);\n", ["nock as JavaScript", "output_objects: true"]),
    "copied as cURL": ("curl 'https://a/parse/x' \\\n  -H 'accept: */*'\n", ["a browser copies it", "Copy all as HAR", "curl -v"]),
    "copied as fetch": ('fetch("https://a/parse/x", {"method": "GET"});', ["a browser copies it"]),
    "copied for PowerShell": ('Invoke-WebRequest -UseBasicParsing -Uri "https://a"', ["a browser copies it"]),
    "a trace of curl": ("== Info: Connected\n=> Send header, 9 bytes (0x9)\n0000: GET / HTTP/1.1\n", ["`--trace-ascii`", "curl -v URL > answer.txt"]),
    "wget": ("--2026-11-30 17:00:00--  https://a/x\nResolving a...\n", ["wget", "curl -v URL > answer.txt"]),
    "http.client": ("send: b'GET /parse/x HTTP/1.1\\r\\n'\nreply: 'HTTP/1.1 404 Not Found\\r\\n'\n", ["http.client", "curl -v URL > answer.txt"]),
    "Wireshark, JSON": (json.dumps([{"_index": "packets", "_source": {"layers": {"http": {}}}}]), ["packets as Wireshark writes it"]),
    "Wireshark, PDML": ('<?xml version="1.0"?>\n<pdml creator="wireshark/4.2.0"><packet/></pdml>', ["packets as Wireshark writes it"]),
    "mitmdump's lines": ("127.0.0.1:50000: GET https://a/x HTTP/2.0\n     << HTTP/2.0 404 Not Found 40b\n", ["mitmdump prints", "-w capture.mitm"]),
    "mitmdump's log": ("[17:00:00.000] HTTP(S) proxy listening at *:8080.\n", ["mitmdump prints"]),
    "mitmweb's flows": (
        json.dumps([{"id": "a", "request": {"method": "GET", "timestamp_start": 1}, "response": {"status_code": 404, "headers": []}}]),
        ["mitmweb's list of flows", "File > Save"],
    ),
    "a browser's console": ("GET https://a/x 404 (Not Found)\n", ["browser's console", "Network > Export HAR"]),
    "newman's words": ("newman\n\nNotes\n", ["newman prints", "-r json"]),
    "JUnit": ('<?xml version="1.0"?>\n<testsuites name="x"/>', ["report of tests (JUnit)"]),
    "Hoppscotch": (json.dumps({"v": 2, "folders": [], "requests": [{"endpoint": "https://a"}]}), ["list of requests", "Hoppscotch"]),
    "Thunder Client": (json.dumps({"client": "Thunder Client", "collectionName": "x", "requests": []}), ["list of requests"]),
    "Bruno": ("meta {\n  name: x\n}\n", ["list of requests"]),
    "a file .http": ("### A note\nGET https://a/x HTTP/1.1\n", ["list of requests"]),
    "a part of a trace": (json.dumps({"type": "resource-snapshot", "snapshot": entry(0)}), ["part of a trace of Playwright", "trace.zip"]),
    "an e-mail": ("From: a@example.com\nSubject: x\n\n", ["is an e-mail", "attached"]),
    "a Python dict": (str(json.loads(har())), ["Python dict", "json.dump"]),
    "WebDriver's log": (
        json.dumps([{"level": "INFO", "message": json.dumps({"message": {"method": "Network.responseReceived"}}), "timestamp": 1}]),
        ["performance log of Chrome"],
    ),
    "nginx": ('192.0.2.1 - - [30/Nov/2026:17:00:00 +0000] "GET /parse/classes/X HTTP/1.1" 404 40 "-" "x"\n', ["access log", "no error code"]),
    "AWS, a load balancer": ('https 2026-11-30T17:00:00.0Z app/lb/5 192.0.2.1:28 10.0.0.1:80 0 0 0 404 404 3 3 "GET https://a"\n', ["access log"]),
    "AWS, a gateway": (json.dumps({"requestId": "a", "httpMethod": "GET", "resourcePath": "/x", "status": "404"}), ["access log"]),
    "AWS, a gateway's execution": ("2026-11-30T17:00:00.000Z (a-b) Extended Request Id: X=\n", ["access log"]),
    "Google Cloud": (json.dumps([{"httpRequest": {"requestUrl": "https://a/x", "status": 404}, "insertId": "a"}]), ["access log"]),
    "Cloudflare": ('{"ClientRequestURI":"/x","EdgeResponseStatus":404}\n', ["access log"]),
    "Kong": (
        json.dumps({"request": {"method": "GET", "url": "https://a/x"}, "response": {"status": 404}, "latencies": {"kong": 1}}),
        ["access log"],
    ),
    "Sentry": (json.dumps({"event_id": "a", "platform": "javascript", "breadcrumbs": {}}), ["event of Sentry"]),
    "Charles, CSV": ("URL,Status,Response Code,Protocol\nhttps://a,COMPLETE,404,HTTP/1.1\n", ["table of Charles", "File > Export Session"]),
    "a property list": (b"bplist00\xd4\x01", ["property list", ".proxymanlogv2"]),
    "JSON twice": (json.dumps(har()), ["JSON in a string", "jq -r ."]),
    "WireMock": (json.dumps({"mappings": [{"request": {"url": "/x"}, "response": {"status": 403}}]}), ["WireMock", "mitmproxy"]),
    "VCR": ("---\nhttp_interactions:\n- request:\n    method: get\n", ["cassette of VCR"]),
    "vcrpy": ("interactions:\n- request:\n    method: GET\n", ["cassette of VCR"]),
    "VCR, JSON": (json.dumps({"http_interactions": [{"request": {}, "response": {}}], "recorded_with": "VCR 6"}), ["cassette of VCR"]),
    "Parse Server's log": (
        '{"level":"error","message":"Object not found.","timestamp":"2026-11-30T03:00:00Z"}\n{"level":"info","message":"x"}\n',
        ["log of Parse Server", "baas-errors explain parse CODE"],
    ),
    "Parse Server's log, text": ("error: Parse error: Object not found. {\"code\":101}\ninfo: x\n", ["log of Parse Server"]),
    "Docker's log of it": ('{"log":"error: x\\n","stream":"stderr","time":"2026-11-30T03:00:00Z"}\n', ["log of Parse Server"]),
    "an answer of Parse": (TALK[0][4], ["body of a single answer", "`baas-errors explain 119`", "curl -v"]),
    "an answer of Kinvey": ('{"error":"EntityNotFound","description":"x","debug":""}', ["single answer", "`baas-errors explain EntityNotFound`"]),
    "an answer of bkend": ('{"success":false,"error":{"code":"data/not-found"}}', ["`baas-errors explain data/not-found`"]),
    "an answer that would act": ('{"code":"`x`;\\u001b[2J","error":"x y"}', ["`baas-errors explain CODE`"]),
    "OpenAPI": (json.dumps({"openapi": "3.1.0", "paths": {}}), ["OpenAPI"]),
    "JSON of another kind": ('{"name": "x", "items": []}', ["is JSON of another kind (its keys are `items`, `name`)", "supported are"]),
    "a list of numbers": ("[1, 2, 3]", ["is JSON of another kind"]),
    "a web page": ("<!doctype html><html>", ["web page"]),
    "other XML": ("<?xml version='1.0'?><a/>", ["XML of another kind"]),
    "a picture": (b"\x89PNG\r\n\x1a\n", ["picture"]),
    "a database": (b"SQLite format 3\x00", ["SQLite"]),
    "a tar archive": (b"run.har\x00".ljust(257, b"\x00") + b"ustar\x0000", ["archive (tar); unpack it"]),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c", ["archive; unpack it"]),
    "an archive of pictures": (zipped({"a.png": b"\x89PNG", "b.txt": "hello"}), ["ZIP archive without a capture in it", "a.png, b.txt"]),
    "an empty archive": (zipped({}), ["ZIP archive without a capture in it"]),
    "text": ("hello", ["is not a capture of a known kind", "supported are"]),
    "newman without requests": (
        json.dumps({"collection": {}, "run": {"executions": [{"request": {"url": {}}, "response": {"code": 403}}]}}),
        ["is a run of newman, but no entry can be read", "without a method"],
    ),
}  # fmt: skip


@in_one_test("name", REFUSED)
def test_what_the_file_is_and_what_to_do_is_said(name: str, tmp_path: Path) -> None:
    data, words = REFUSED[name]
    file = tmp_path / "capture.har"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(SourceError) as raised:
        list(read(file, []))
    said = str(raised.value)
    assert said.startswith(f"{file}: is ")
    position = 0
    for part in words:
        position = said.find(part, position)
        assert position >= 0, (part, said)
    assert said.isprintable()
    assert not said.endswith(".")


def test_what_is_refused_is_told_apart_from_what_only_looks_like_it(tmp_path: Path) -> None:
    for name, text in (
        ("a HAR that quotes a collection", har().replace('"status\\":\\"ok', '"info\\":{\\"_postman_id')),
        ("a HAR whose entries have ids", har().replace('"time": 5', '"id": 1, "uuid": 2')),
    ):
        (tmp_path / "capture.har").write_text(text)
        assert len(list(read(tmp_path / "capture.har", []))) == 3, name


@in_one_test("suffix", [".csv", ".html", ".md"])
def test_reports_that_were_made_here_are_named(suffix: str, tmp_path: Path) -> None:
    capture, report = tmp_path / "run.har", tmp_path / f"report{suffix}"
    capture.write_text(har())
    assert main(["report", str(capture), "-o", str(report)]) == 0
    with pytest.raises(SourceError, match="is a report that was made here"):
        list(read(report, []))
