"""What means harm, or is merely odd: the words that mutations are made of."""

from __future__ import annotations

# Written into JSON as they stand, so that they need not be JSON.
RAW_JSON = (
    b"NaN", b"-Infinity", b"Infinity", b"1e999", b"-0", b"-0.0", b"1E+2", b"9" * 10_000, b"-" + b"1" * 5_000, b"0." + b"3" * 5_000, b"1e-99999",
    b"101.0", b"1" * 400, b"1" * 399, b"[" * 100_000, b'{"a":' * 50_000, b"[" * 70 + b"]" * 70, b'{"error":' * 70 + b"101" + b"}" * 70,
    b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b'"\\u001b[31m\\u009b"', b'"\\u202e\\u2066"', b"'101'", b"undefined", b"TRUE", b"+1", b"0101",
    b"\xef\xbb\xbf1", b'"\xed\xa0\x80"', b'"\xff\xfe"', b"/* */1", b'{"a":1,"a":2}', b'{"code":101,"code":"102","error":"a","error":null}',
    b'"\t"', b'"\n"', b"",
)  # fmt: skip

VALUES = (
    None, True, False, 0, 1, -1, 101, 209, 119, 2**31, 2**53 + 1, -(10**20), 10**15, 1.5, 101.0, 1e300, -0.0,
    "", " ", "0", "101", "209", "EntityNotFound", "InvalidCredentials", "undefined", "null", "NaN", "x" * 5_000, "a b", "\ud800", "\udfff\ud800",
    "\x00", "\x1b[2J\x1b]0;x\x07", "\x9b31m", "\u202eabc\u2066", "\ufeff", "\u2028", "\ufffe", "\U000e0041", "\U0010ffff", "e\u0301" * 50, "=1+1",
    "<script>alert(1)</script>", "[object Object]", "{}", "[]", '{"code":101,"error":"x"}', '{"error":{"error":{"code":' * 20, "{" * 3_000,
    '"' * 500, "\\" * 501, "%" * 500, "%00", "%ff%fe", "r:0123456789abcdef0123456789abcdef", "alice@example.com", "4111 1111 1111 1111",
    "Bearer abcdefghijklmnop", "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjk5OTk5OTk5OTk5OTk5OTk5OTk5fQ.c2ln", "pk_live_0123456789abcdef0123",
    [], {}, [[]], {"": ""}, {"message": 7}, {"message": "m", "code": "c"}, [None], [{}], {"__type": "Date", "iso": "x"}, {"$in": 1}, ["a"] * 300,
    {"code": 101, "error": "Object not found."}, {"error": {"code": 141, "message": "inner"}}, {"errors": [{"message": "m"}] * 250},
)  # fmt: skip

KEYS = (
    "code", "error", "message", "debug", "description", "errors", "extensions", "success", "errorCode", "data", "details", "requests", "path",
    "method",
    "body", "query", "where", "_method", "_ApplicationId", "_SessionToken", "op", "requestId", "", "__proto__", "\ud800", "\u202e", "a/b", "a~b",
    "0", "*",
)  # fmt: skip

BYTES = (
    b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\x1b[31m", b"\xc2\x9b", b"\xe2\x80\xae", b"\x1f\x8b\x08",
    b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"'", b"<", b">", b"&", b"=", b"%", b";", b"\r\n", b"\n\n", b"--", b"1" * 40, b" " * 300,
    b"\xe2\x80\x9c", b'{"code":', b'"error":', b"null", b"\\ud800", b"\\u0000", b"<title>", b"<script>", b"</", b"<!--", b"NaN",
)  # fmt: skip

STATUSES = (400, 401, 403, 404, 409, 429, 500, 502, 503, 200, 201, 204, 207, 301, 302, 304, 100, 101, 199, 0, 99, 600, 999, 1000, -1, 2**31, 399, 599)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "get", "BREW", "", "G\u202eT", "P" * 5_000, "GET /x", "\x1b[31m")
HOSTS = (
    "baas.kinvey.com", "api.everlive.com", "api-client.bkend.ai", "parseapi.back4app.com", "BAAS.KINVEY.COM.", "xn--bcher-kva.example", "[::1]",
    "::1",
    "b\u00fccher.example", "localhost", "", ".", "a" * 300, "a..b", "1.2.3.4", "baas.kinvey.com\x00", "baas.kinvey.com:x",
    "user:pw@baas.kinvey.com", "\u202e",
)  # fmt: skip
PORTS = (443, 80, 0, 1337, 65535, 65536, -1, 10**9)
TARGETS = (
    b"/", b"", b"*", b"//", b"/%", b"/%zz", b"/%ff%fe", b"/%00", b"/a%2fb", b"/\xff\xfe", b"/" + b"a/" * 3_000, b"/..%2f..", b"/?", b"/?&&==&",
    b"/#", b"/?a#b",
    b"http://baas.kinvey.com/appdata/kid_x/books", b"http://[::1/x", b"http://[bad]/x", b"://",
    b"/parse/classes/Post?where=%7B%22a%22%3A%7B%22%24in%22",
    b"/parse/classes/Post?where={" + b"[" * 2_000, b"/v1/app/Users?filter=" + b"%25" * 1_000 + b"7B", b"/x?" + b"a=1&" * 1_200,
    b"/x?token=" + b"%" * 500,
    b"baas.kinvey.com:443", b"/appdata/kid_x/\xe2\x80\xae", b"/parse/users/me;jsessionid=1", b"/parse/batch", b"/graphql", b"/parse/graphql",
)  # fmt: skip
# Of a repeated name the last wins in most readers.
HEADERS = (
    (b"content-type", (b"application/json", b"text/html", b"application/json; charset=utf-16", b"application/json; charset=\xff",
    b"multipart/form-data",
                       b"multipart/form-data; boundary=x", b'multipart/form-data; boundary="', b"application/x-www-form-urlencoded", b"image/png",
                       b"",
                       b"text/plain; charset=base64", b"text/plain; charset=rot13", b"text/plain; charset=utf-7", b"text/plain; charset=idna",
                       b"text/plain; charset=unicode_escape", b"application/json; charset=" + b"x" * 3_000, b"text/event-stream", b"application/grpc",
                       b"text/plain; charset=punycode", b"text/plain; charset=undefined", b"text/plain; charset=zlib", b"application/graphql")),
    (b"content-encoding", (b"gzip", b"br", b"zstd", b"deflate", b"identity", b"compress", b"gzip, gzip", b"\xff", b"x" * 3_000, b"," * 500,
    b"gzip," * 200)),
    (b"content-length", (b"0", b"-1", b"9" * 30, b"x")),
    (b"host", (b"baas.kinvey.com", b"[::1]:0", b"[", b"a:b:c", b"x:99999", b"\xff", b"", b"api.everlive.com:0", b"x:" + b"9" * 5_000,
    b"[::1]x:\xb2")),
    (b"authorization", (b"Basic", b"Basic !!!", b"Basic " + b"A" * 999, b"Kinvey", b"Bearer undefined", b"Bearer eyJ.eyJ.x", b"\xff\xfe",
    b"Basic /w==")),
    (b"x-parse-application-id", (b"app", b"", b"\xff", b"a" * 3_000)),
    (b"x-parse-session-token", (b"r:0", b"{", b"[" * 3_000, b"\x1b")),
    (b"x-parse-cloud-context", (b"{", b"[" * 3_000, b"{\"a\":" * 300, b"\"\\ud800\"")),
    (b"x-kinvey-api-version", (b"3", b"x", b"9" * 400)),
    (b"x-kinvey-request-id", (b"\xe2\x80\xae", b"\x1b[31m", b"i" * 3_000, b"a\tb")),
    (b"x-kinvey-include-headers-in-response", (b"x",)),
    (b"x-everlive-expand", (b"{", b"[" * 3_000)),
    (b"x-everlive-filter", (b"{", b"{\"$a\":" * 300, b"\xff")),
    (b"x-http-method-override", (b"PUT", b"\xff", b"")),
    (b"x-project-id", (b"p", b"\xff")),
    (b"retry-after", (b"1", b"x", b"9" * 5_000, b"-1", b"Wed, 21 Oct 2099 07:28:00 GMT", b"\xb2")),
    (b"date", (b"x", b"Wed, 99 Xxx 99999 99:99:99 GMT", b"Wed, 21 Oct 2015 07:28:00 +9999", b"0", b"Thu, 01 Jan 1970 00:00:00 -0000", b"(" * 500)),
    (b"location", (b"x://y?error=a&error_description=b#error=c", b"http://[", b"//" * 300, b"app://cb#" + b"error=x&" * 300,
    b"http://[::1%25]/?error=x")),
    (b"cookie", (b"a=b; c", b"=" * 500, b"_x=\xff")),
    (b"set-cookie", (b"a=b", b"=" * 500)),
    (b"origin", (b"null", b"http://x", b"\xff")),
    (b"access-control-request-method", (b"PUT", b"\xff")),
    (b"access-control-allow-origin", (b"*", b"\xff", b"null")),
    (b"user-agent", (b"node-XMLHttpRequest", b"\x1b]0;x\x07", b"(" * 3_000)),
    (b":authority", (b"baas.kinvey.com",)),
    (b":status", (b"200", b"x")),
    (b"\xff\xfe", (b"\xff",)),
    (b"", (b"",)),
    (b"x" * 3_000, (b"y" * 3_000,)),
)  # fmt: skip
TIMES = (None, 0.0, -1.0, 1e-9, 1e12, 1e300, float("inf"), float("-inf"), float("nan"), 1_700_000_000.0)
FAILURES = (
    "",
    "Client disconnected.",
    "Connection killed.",
    "\x1b[31m",
    "\ufffd",
    "peer closed connection",
    "x" * 5_000,
    "TLS handshake failed: \u202e",
    "timed out",
)
