"""Says of a file that cannot be read what it is, and how to get one that can."""

from __future__ import annotations

import re
from typing import BinaryIO, NamedTuple

from ..exchange.json_reader import parse_json
from ..text import one_line

# In bytes: of a packet capture so much is searched.
MOST_SEARCHED = 16 * 1024 * 1024
RECORD = "record the requests through mitmproxy, or export a HAR file"
KNOWN = (
    "supported are captures of mitmproxy, HAR files, sessions of Fiddler (.saz), Charles (.chlsj, .chlsx) and Proxyman (.proxymanlogv2), items of "
    "Burp (XML), runs of newman (JSON), recordings of nock, raw HTTP (`curl -i`, `curl -v`), logs of OkHttp and error logs (.jsonl)"
)
_EXPORTS = '"JSON Session File (.chlsj)" or "HTTP Archive (.har)"'
_CHARLES = f"only Charles can read it: open it there, choose File > Export Session, and {_EXPORTS}"
CHARLES_ZIP = f"is a session of Charles (.chlz); {_CHARLES}"
_FOLLOW = "`tshark -r CAPTURE -q -z follow,http,ascii,0 > 0.txt` writes its first conversation to a file that can be read here (then 1, 2, ...)"
_PLAIN_HTTP = re.compile(rb"(?:GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS) \S{1,2000} HTTP/1\.[01]\r\n|HTTP/1\.[01] \d{3}")
_NO_HTTP = f"it holds no HTTP that can be read without the keys of TLS: {RECORD}"
_PCAPS = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a")


class _Tool(NamedTuple):
    """What tells files of a tool, and the message. Of `keys` each text has paths that must all be there; `text` matches at the start."""

    says: str
    magic: tuple[bytes, ...] = ()
    keys: tuple[str, ...] = ()
    text: str = ""


# The first that matches decides.
_TOOLS = (
    _Tool(f"is a session of Charles (.chls); {_CHARLES}", magic=(b"\xac\xed\x00\x05",)),
    _Tool("is an archive; unpack it, and name the captures in it", magic=(b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")),
    _Tool(
        f"is a binary property list, such as an older session of Proxyman: open it there, and export it as HAR or .proxymanlogv2, or {RECORD}",
        magic=(b"bplist00",),
    ),
    _Tool(f"is a picture or a PDF file, which holds no requests: {RECORD}", magic=(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF")),
    _Tool(f"is a database (SQLite): export the requests as HAR from the tool that wrote it, or {RECORD}", magic=(b"SQLite format 3",)),
    _Tool(
        "is a network log of Chrome (chrome://net-export), which has no bodies: in the browser's developer tools choose Network > Export HAR",
        keys=("constants events", "constants/logEventTypes"),
    ),
    _Tool(
        "is a collection of Postman, of which the answers cannot be read: run it with newman (`newman run COLLECTION -r json "
        "--reporter-json-export run.json`) and name run.json, or send the requests through mitmproxy",
        keys=("info/_postman_id", "info/schema item", "collection/info/schema", "_postman_variable_scope"),
    ),
    _Tool(
        "is a run of Postman's own runner, which has no bodies of answers: run the collection with newman (`newman run COLLECTION -r json "
        "--reporter-json-export run.json`) and name run.json",
        keys=("results/responseCode collection_id",),
    ),
    _Tool(
        f"is a file of Requestly (rules or a recorded session), which cannot be read here: {RECORD}",
        keys=("data/events data/metadata", "ruleType objectType"),
    ),
    _Tool(
        f"is an export of Insomnia, which has requests without what was answered: choose HAR as its format, or {RECORD}",
        keys=("_type __export_format", "__export_format"),
        text=r"type: (?:collection|spec)\.insomnia",
    ),
    _Tool(
        f"is a file of WireMock (stubs or a journal), which cannot be read here: {RECORD}",
        keys=(
            *("mappings", "requestJournalDisabled", "requests/loggedDate", "requests/wasMatched", "request response uuid"),
            *("request/urlPath response", "request/urlPattern response", "request/urlPathPattern response", "request response/jsonBody"),
        ),
    ),
    _Tool(
        f"is a cassette of VCR, which cannot be read here: {RECORD} of the test's requests",
        keys=("http_interactions", "interactions recorded_with", "interactions/request"),
        text=r"(?:---\s+)?(?:http_interactions|interactions):",
    ),
    _Tool(
        "is a recording of nock as JavaScript: record with `output_objects: true`, and save that list as JSON",
        text=r"(?:(?:const|var|let|import) \{? ?nock\b|nock\()",
    ),
    _Tool(
        "is a request as a browser copies it (for cURL, fetch or PowerShell), without its answer: choose Copy > Copy all as HAR there, or run the "
        "curl command with `-v` and keep what it prints: `curl -v ... > answer.txt 2>&1`",
        text=r"(?:#!.{0,80}\s+)?(?:curl\b|(?:await )?fetch\(|Invoke-(?:WebRequest|RestMethod)\b|\$session = New-Object Microsoft)",
    ),
    _Tool(
        "is what curl writes with `--trace` or `--trace-ascii`, or what wget or Python's http.client prints, which cannot be read here: "
        "`curl -v URL > answer.txt 2>&1` keeps request and answer in a file that can be read",
        text=r"(?:\S+ )?(?:== Info: |=> Send |<= Recv )|--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--  http|send: b?['\"][A-Z]{3,7} ",
    ),
    _Tool(
        f"is a list of packets as Wireshark writes it, not the packets: name the packet capture itself to be told what is in it, or {RECORD}",
        keys=("_source/layers",),
        text=r"(?:<\?[^>]{0,200}>\s*){0,3}<p[sd]ml\b",
    ),
    _Tool(
        "is what mitmdump prints, or mitmweb's list of flows, without the bodies: write the flows with `-w capture.mitm`, or File > Save in mitmweb",
        keys=("request/timestamp_start response/status_code",),
        text=r"\[\d\d:\d\d:\d\d\.\d{3}\]|\S{1,100}:\d{1,5}: [A-Z]{3,10} https?://",
    ),
    _Tool(
        "is text from a browser's console, which has no answers: in the developer tools choose Network > Export HAR",
        text=r"(?:\S{1,200}:\d{1,9} +)?(?:GET|POST|PUT|DELETE|PATCH) https?://\S{1,2000} (?:\d{3}\b|net::)",
    ),
    _Tool(
        "is what newman prints, or a report of tests (JUnit), without the answers: `newman run COLLECTION -r json --reporter-json-export run.json` "
        "writes a file that can be read",
        text=r"newman\s|(?:<\?[^>]{0,200}>\s*)?<testsuites?\b",
    ),
    _Tool(
        f"is a list of requests (of Hoppscotch, Bruno, Thunder Client, or a file .http), without what was answered: {RECORD}",
        keys=("requests/endpoint folders", "client collectionName"),
        text=r"meta \{\s+name: |###[^\n]{0,200}\s+(?:GET|POST|PUT|DELETE|PATCH) ",
    ),
    _Tool("is a part of a trace of Playwright: name the whole trace (trace.zip)", keys=("type snapshot/request",)),
    _Tool(
        "is a report that was made here, not a capture: name the log (errors.jsonl) or the capture that it was made of",
        text=r"\W{0,3}timestamp\"?,\"?schema\b|# Backend errors\s"
        r"|<!DOCTYPE html>\n<html[^>]{0,40}>\n<head>\n[^\n]{0,80}\n[^\n]{0,600}require-trusted-types-for",
    ),
    _Tool("is an e-mail: save what is attached to it, and name that file", text=r"(?i:from|return-path|received|delivered-to|mime-version): "),
    _Tool("is a Python dict as it is printed, not JSON: write it with `json.dump`", text=r"\[?\{'\w{1,80}': "),
    _Tool(
        f"is a performance log of Chrome (WebDriver), whose answers have no bodies: {RECORD}",
        text=r"[\[{][^\n]{0,300}\\\"method\\\":\s?\\\"(?:Network|Page)\.",
    ),
    _Tool(
        f"is an access log (of a web server, a load balancer or a gateway), which has no bodies of answers, so no error code: {RECORD}",
        keys=("requestTime httpMethod", "httpMethod resourcePath", "httpRequest/requestUrl", "EdgeResponseStatus", "latencies request response"),
        # Apache and nginx; AWS: its load balancers, and its gateway.
        text=r"\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:|(?:https?|h2|wss?|grpcs) \d{4}-\d\d-\d\dT\S+ \S+ \S+:\d"
        r"|\S+Z \([\w-]+\) (?:Extended Req|Start)",
    ),
    _Tool(f"is an event of Sentry, which has no bodies of answers: {RECORD}", keys=("event_id breadcrumbs", "event_id platform")),
    _Tool(
        f"is a table of Charles (.csv), which has no headers and no bodies; open its session there, choose File > Export Session, and {_EXPORTS}",
        text=r"URL,Status,Response Code,",
    ),
    _Tool("is JSON in a string, as written by a second `JSON.stringify`: `jq -r . FILE > inner.har` undoes that", text=r'"\s{0,9}[{\[]\s{0,9}\\"'),
    _Tool(
        "is a log of Parse Server (or another server), which has errors without their requests: record the app's requests through mitmproxy, or look "
        "a code up with `baas-errors explain parse CODE`",
        keys=("level message timestamp", "level message", "level msg", "log stream time"),
        text=r"(?:\S+ )?(?:\x1b\[\d+m)?(?:info|error|warn|verbose|debug)(?:\x1b\[\d+m)?: ",
    ),
    _Tool(f"is a web page, not a capture: {RECORD}", text=r"(?i:<!doctype html|<html)"),
    _Tool(f"is XML of another kind; {KNOWN}", text=r"<\?xml|<[A-Za-z!]"),
    _Tool(f"is a description of an API (OpenAPI), not a capture: {RECORD}", keys=("openapi paths", "swagger paths"), text=r"(?:openapi|swagger): "),
)
# Keys of a single answer's body.
_ANSWERS = ({"code", "error"}, {"error", "description"}, {"success", "error"}, {"errorCode", "message"}, {"error"}, {"message", "code"})
_WORD = re.compile(r"[A-Za-z0-9_./-]{1,60}")


def refusal(data: bytes, text: str, keys: frozenset[str], file: BinaryIO) -> str:
    """Why a file cannot be read, from its beginning as bytes and as text and the paths of the keys in it, and how to get one that can be read."""
    if data.startswith(_PCAPS):
        return _packets(file)
    for tool in _TOOLS:
        if data.startswith(tool.magic) or any(keys.issuperset(paths.split()) for paths in tool.keys) or (tool.text and re.match(tool.text, text)):
            return tool.says
    if data[257:262] == b"ustar":
        return "is an archive (tar); unpack it, and name the captures in it"
    top = sorted({path.partition("/")[0] for path in keys})
    if any(answer <= set(top) for answer in _ANSWERS) and len(top) < 12:
        return _answer(text)
    if text[:1] in ("{", "["):
        named = f" (its keys are {', '.join(f'`{one_line(key, 40)}`' for key in top[:5])})" if top else ""
        return f"is JSON of another kind{named}, or no JSON; {KNOWN}"
    return f"is not a capture of a known kind; {KNOWN}"


def _packets(file: BinaryIO) -> str:
    """Of a packet capture: whether it holds plain HTTP."""
    has_http = _PLAIN_HTTP.search(file.read(MOST_SEARCHED)) is not None
    file.seek(0)
    return f"is a packet capture (pcap) with plain HTTP in it: {_FOLLOW}" if has_http else f"is a packet capture (pcap); {_NO_HTTP}"


def _answer(text: str) -> str:
    """Of the body of an answer: the command that explains its code or name."""
    value = parse_json(text).value
    body = value if isinstance(value, dict) else {}
    inner: dict[str, object] = error if isinstance(error := body.get("error"), dict) else {}
    told = (body.get("code"), body.get("errorCode"), inner.get("code"), body.get("error"))
    code = next((str(word) for word in told if type(word) in (str, int) and _WORD.fullmatch(str(word))), "CODE")
    return (
        f"is the body of a single answer, without its request: `baas-errors explain {code}` says what it means; "
        "`curl -v URL > answer.txt 2>&1` keeps request and answer in a file that can be read here"
    )
