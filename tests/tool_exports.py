"""Captures of one conversation in the formats of many tools, made after the exports of each."""

from __future__ import annotations

import io
import json
import zipfile
from base64 import b64encode
from typing import Any
from xml.sax.saxutils import escape

HOST = "parse.example.org"
APP = ("X-Parse-Application-Id", "madeUpApp")
# Method, path, body, status, answer: two errors and a success.
TALK = (
    ("GET", "/parse/classes/Note?limit=1", "", 403, '{"code":119,"error":"Permission denied"}'),
    ("POST", "/parse/classes/Note", '{"likes":"3"}', 400, '{"code":111,"error":"schema mismatch for Note.likes; expected Number but got String"}'),
    ("GET", "/parse/health", "", 200, '{"status":"ok"}'),
)
TYPES = ["parse/OperationForbidden", "parse/IncorrectType"]
DATE = "Mon, 30 Nov 2026 03:00:0{} GMT"


def headers(number: int, body: str, encoding: str = "") -> list[tuple[str, str]]:
    found = [("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(body))), ("Date", DATE.format(number))]
    return [*found, ("Content-Encoding", encoding)] if encoding else found


def raw(number: int, target: str = "", *, chunked: bool = False) -> tuple[bytes, bytes]:
    """The request and the answer as they went over the wire."""
    method, path, body, status, answer = TALK[number]
    sent = f"{method} {target or path} HTTP/1.1\r\nHost: {HOST}\r\n{APP[0]}: {APP[1]}\r\nContent-Type: application/json\r\n\r\n{body}"
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers(number, answer) if not (chunked and name == "Content-Length"))
    received = f"{len(answer):x}\r\n{answer}\r\n0\r\n\r\n" if chunked else answer
    more = "Transfer-Encoding: chunked\r\n" if chunked else ""
    return sent.encode(), f"HTTP/1.1 {status} X\r\n{fields}{more}\r\n{received}".encode()


def entry(number: int, **content: Any) -> dict[str, Any]:
    """The entry of HAR."""
    method, path, body, status, answer = TALK[number]
    request = {"method": method, "url": f"https://{HOST}{path}", "headers": [{"name": APP[0], "value": APP[1]}]}
    sent = {"postData": {"mimeType": "application/json", "text": body}} if body else {}
    return {
        "startedDateTime": f"2026-11-30T03:00:0{number}.000Z",
        "time": 5,
        "request": {**request, **sent},
        "response": {
            "status": status,
            "headers": [{"name": name, "value": value} for name, value in headers(number, answer)],
            "content": content or {"mimeType": "application/json", "size": len(answer), "text": answer},
        },
    }


def har(*entries: Any, creator: str = "made") -> str:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": creator, "version": "1"}, "entries": list(entries or map(entry, range(3)))}})


def okhttp(before: str = "", *, blank: bool = True) -> str:
    """The log of `HttpLoggingInterceptor`: all requests, and then the answers in another order. Android's log has something before each line, and no
    empty lines."""
    parts = [] if not before else ["--------- beginning of main"]
    for number, (method, path, body, _, _) in enumerate(TALK):
        lines = [f"--> {method} https://{HOST}{path}", f"{APP[0]}: {APP[1]}", *(["Content-Length: 99", *[""] * blank, body] if body else [])]
        parts += [f"{before}{line}" for line in (*lines, f"--> END {method}")]
        parts += ["another line of the app's log"] * bool(before and number)
    for number, (_, path, _, status, answer) in reversed(list(enumerate(TALK))):
        fields = [f"{name}: {value}" for name, value in headers(number, answer[:5], "gzip")]
        lines = [f"<-- {status} X https://{HOST}{path} (12ms)", *fields, *[""] * blank, answer, "<-- END HTTP (40-byte body)"]
        parts += [f"{before}{line}" for line in lines]
    return "\n".join(parts)


def zipped(files: dict[str, bytes | str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def saz(*, digits: int = 1, slash: str = "/", told: bool = True, chunked: bool = False) -> bytes:
    """A session of Fiddler with a tunnel; the first request names its whole address, as HTTP is sent to a proxy, and the others a path."""
    times = '<SessionTimers ClientBeginRequest="2026-11-30T04:00:0{}.1234567+01:00" ClientDoneResponse="{}" />'
    done = ("2026-11-30T04:00:00.5000000+01:00", "0001-01-01T00:00:00", "2026-11-30T04:00:03.5000000+01:00")
    files: dict[str, bytes | str] = {"[Content_Types].xml": "<Types/>", "_index.htm": "<html></html>"}
    files[f"raw{slash}{0:0{digits}}_c.txt"] = f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n"
    files[f"raw{slash}{0:0{digits}}_s.txt"] = "HTTP/1.1 200 Connection Established\r\n\r\n"
    for number in range(3):
        sent, received = raw(number, f"https://{HOST}{TALK[0][1]}" if number == 0 else "", chunked=chunked)
        name = f"raw{slash}{number + 1:0{digits}}"
        files |= {f"{name}_c.txt": sent, f"{name}_s.txt": received}
        if told:
            files[f"{name}_m.xml"] = f'<?xml version="1.0"?><Session SID="{number}" BitFlags="1F">{times.format(number, done[number])}</Session>'
    return zipped(files)


def chlsj() -> bytes:
    sessions = []
    for number, (method, path, body, status, answer) in enumerate(TALK):
        way, _, query = path.partition("?")
        fields = [{"name": name, "value": value} for name, value in headers(number, answer)]
        packed = {"encoding": "base64", "encoded": b64encode(answer.encode()).decode()} if number == 1 else {"text": answer, "charset": "UTF-8"}
        sessions.append(
            {
                "status": "COMPLETE", "method": method, "protocolVersion": "HTTP/1.1", "scheme": "https", "host": HOST, "port": None,
                "actualPort": 443, "path": way, "query": query or None, "tunnel": False,
                "times": {"start": f"2026-11-30T04:00:0{number}.250+01:00", "end": f"2026-11-30T04:00:0{number}.500+01:00"},
                "request": {"header": {"firstLine": f"{method} {path} HTTP/1.1", "headers": [{"name": APP[0], "value": APP[1]}]},
                            **({"body": {"text": body}} if body else {})},
                "response": {"status": status, "header": {"firstLine": f"HTTP/1.1 {status} X", "headers": fields}, "body": packed},
            }
        )  # fmt: skip
    refused = {"status": "FAILED", "errorMessage": "Connection refused", "response": {}, "times": {"start": "2026-11-30T04:00:08.000+01:00"}}
    waiting = {"status": "RECEIVING_RESPONSE_BODY", "response": None}
    return json.dumps([*sessions, {**sessions[0], **refused}, {**sessions[0], **waiting}], indent=1).encode()


def chlsx() -> bytes:
    said = '<charles-session xmlns="http://www.charlesproxy.com/">'.replace(' xmlns="http://www.charlesproxy.com/"', "")
    for number, (method, path, body, status, answer) in enumerate(TALK):
        way, _, query = path.partition("?")
        when = f'startTime="2026-11-30T04:00:0{number}.250+01:00" startTimeMillis="179600760{number}250" endTimeMillis="179600760{number}500"'
        said += f'<transaction method="{method}" protocol="https" host="{HOST}" actualPort="443" path="{way}" query="{query}" {when}>'
        said += f"<request headers='true'><headers><first-line>x</first-line><header><name>{APP[0]}</name><value>{APP[1]}</value></header></headers>"
        said += f'<body encoding="plain">{escape(body)}</body></request><response status="{status}" mime-type="application/json"><headers/>'
        held = f'<body encoding="base64">{b64encode(answer.encode()).decode()}' if number == 1 else f'<body encoding="plain"><![CDATA[{answer}]]>'
        said += f"{held}</body></response></transaction>"
    doctype = '<!DOCTYPE charles-session SYSTEM "http://www.charlesproxy.com/dtd/charles-session-1_2.dtd">'
    return f'<?xml version="1.0" encoding="UTF-8"?>{doctype}\n{said}</charles-session>'.encode()


def burp(*, base64: bool = True) -> bytes:
    said = '<?xml version="1.0"?>\n<!DOCTYPE items [\n<!ELEMENT items (item*)>\n<!ATTLIST items burpVersion CDATA "">\n]>\n'
    said += '<items burpVersion="2024.11" exportTime="Mon Nov 30 04:00:00 CET 2026">'
    for number, (_, path, *_) in enumerate(TALK):
        sent, received = (f"<![CDATA[{b64encode(each).decode() if base64 else each.decode()}]]>" for each in raw(number))
        said += f"<item><time>Mon Nov 30 04:00:00 CET 2026</time><url><![CDATA[https://{HOST}{path}]]></url><host ip='192.0.2.1'>{HOST}</host>"
        said += f"<port>443</port><protocol>https</protocol><request base64='{str(base64).lower()}'>{sent}</request>"
        said += f"<response base64='{str(base64).lower()}'>{received}</response></item>"
    return f"{said}</items>".encode()


def proxymanlogv2() -> bytes:
    def message(fields: list[tuple[str, str]], body: str) -> dict[str, Any]:
        entries = [{"key": {"name": name, "nameInLowercase": name.lower()}, "value": value, "isEnabled": True} for name, value in fields]
        return {"header": {"entries": entries}, "bodyData": b64encode(body.encode()).decode()}

    files: dict[str, bytes | str] = {}
    for number, (method, path, body, status, answer) in enumerate(TALK):
        request = {
            **message([APP], body),
            "fullPath": f"https://{HOST}{path}",
            "method": {"name": method},
            "scheme": "https",
            "host": HOST,
            "port": 443,
        }
        response = {**message(headers(number, answer), answer), "status": {"code": status, "phrase": "x"}}
        timing = {"requestStartedAt": 1796007600.25 + number, "responseEndedAt": 1796007600.5 + number}
        files[f"request_{number}_id-{number}"] = json.dumps({"id": str(number), "request": request, "response": response, "timing": timing})
    refused = {"request": {**message([APP], ""), "fullPath": f"https://{HOST}/parse/classes/A", "method": {"name": "GET"}}, "response": None}
    files["request_10_id-10"] = json.dumps({**refused, "error": {"message": "Connection refused"}, "timing": {"requestStartedAt": 1796007610}})
    return zipped(files)


def newman() -> bytes:
    runs = []
    for number, (method, path, body, status, answer) in enumerate(TALK):
        way, _, query = path.partition("?")
        pairs = [dict(zip(("key", "value"), query.split("="), strict=True))] if query else []
        url = {"protocol": "https", "host": HOST.split("."), "path": way.strip("/").split("/"), "query": pairs, "variable": []}
        request = {
            "url": url,
            "method": method,
            "header": [{"key": APP[0], "value": APP[1]}],
            **({"body": {"mode": "raw", "raw": body}} if body else {}),
        }
        fields = [{"key": name, "value": value} for name, value in headers(number, answer)]
        stream = {"type": "Buffer", "data": list(answer.encode())}
        runs.append({"request": request, "response": {"code": status, "header": fields, "stream": stream, "responseTime": 5}})
    error = {"errno": -111, "code": "ECONNREFUSED", "syscall": "connect"}
    runs.append({"request": runs[0]["request"], "requestError": error})
    return json.dumps(
        {"collection": {"info": {"_postman_id": "1"}}, "run": {"stats": {}, "timings": {"started": 1796007600123}, "executions": runs}}
    ).encode()


def nock() -> bytes:
    calls = []
    for number, (method, path, body, status, answer) in enumerate(TALK):
        listed = [part for pair in headers(number, answer) for part in pair]
        response = [answer.encode().hex()] if number == 1 else json.loads(answer)
        call = {"scope": f"https://{HOST}:443", "method": method, "path": path, "body": json.loads(body) if body else "", "status": status}
        calls.append({**call, "response": response, "rawHeaders": listed, "reqheaders": {APP[0]: APP[1]}})
    return json.dumps(calls, indent=1).encode()


def curl_v(number: int, *, line_break: bool = True) -> bytes:
    sent, received = (each.decode().partition("\r\n\r\n") for each in raw(number))
    lines = ["*   Trying 192.0.2.1:443...", f"* Connected to {HOST} (192.0.2.1) port 443 (#0)", "* SSL connection using TLSv1.3"]
    lines += [f"> {line}" for line in (*sent[0].split("\r\n"), "")] + [f"< {line}" for line in (*received[0].split("\r\n"), "")]
    lines += ["{ [40 bytes data]"] if line_break else []
    return ("\r\n".join(lines) + f"\n{received[2]}" + ("\n" if line_break else "") + f"* Connection #0 to host {HOST} left intact\n").encode()


def tshark() -> bytes:
    """Two conversations, the first in more pieces than it has messages."""
    line = b"=" * 67
    found = b""
    for number in range(2):
        (sent, received), head = raw(number), b"Filter: tcp.stream eq 0\nNode 0: 127.0.0.1:55474\nNode 1: 127.0.0.1:1337\n"
        found += b"\n" + line + b"\nFollow: http,ascii\n" + head
        fields, gap, body = received.partition(b"\r\n\r\n")
        for indented, piece in ((b"", sent), (b"\t", fields + gap), (b"\t", body)):
            found += indented + str(len(piece)).encode() + b"\n" + piece + b"\n"
        found += line + b"\n"
    return found
