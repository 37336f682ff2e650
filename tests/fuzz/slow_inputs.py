"""Requests and answers of up to 4 MB that are made to keep the addon busy, each by its name: the table grows with every one that is found."""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import cycle
from urllib.parse import quote

from fuzz.answers import Answer, Fields

LARGE = 4_000_000
JSON = (b"content-type", b"application/json")
FORM = (b"content-type", b"application/x-www-form-urlencoded")
KEY = (b"x-parse-application-id", b"app1")
_CHANCE = random.Random(7)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def word(number: int, length: int = 12) -> str:
    """A word of small letters that no other number gives."""
    text = ""
    for _ in range(length):
        number, letter = divmod(number * 31 + 7, 26)
        text += _LETTERS[letter]
    return text


def key(length: int = 32) -> str:
    """A text that looks like a key."""
    return "".join(_CHANCE.choices("ABCDEFabcdef0123456789", k=length))


def raw(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def parse(**facts: object) -> Answer:
    values = {
        "method": b"POST",
        "host": "api.parse.com",
        "target": b"/parse/classes/Post",
        "request_headers": (KEY, JSON),
        "request_body": b'{"a":1}',
        "response_headers": (JSON,),
        "response_body": b'{"code":101,"error":"Object not found."}',
    }
    return Answer(**(values | facts))  # type: ignore[arg-type]


def kinvey(**facts: object) -> Answer:
    values = {
        "method": b"POST",
        "host": "baas.kinvey.com",
        "target": b"/appdata/kid_x1/books",
        "request_headers": ((b"authorization", b"Basic " + base64.b64encode(b"kid_x1:0123456789abcdef0123456789abcdef")), JSON),
        "request_body": b'{"a":1}',
        "response_headers": (JSON,),
        "response_body": b'{"error":"InvalidQuerySyntax","description":"The query string is not valid.","debug":""}',
    }
    return Answer(**(values | facts))  # type: ignore[arg-type]


def bkend(**facts: object) -> Answer:
    values = {
        "method": b"POST",
        "host": "api-client.bkend.ai",
        "target": b"/v1/data/posts",
        "request_headers": ((b"x-api-key", b"pk_live_0123456789abcdef0123456789abcdef"), JSON),
        "request_body": b'{"a":1}',
        "response_headers": (JSON,),
        "response_body": b'{"success":false,"error":{"code":"data/validation-error","message":"Validation failed.","details":[]}}',
    }
    return Answer(**(values | facts))  # type: ignore[arg-type]


def everlive(**facts: object) -> Answer:
    values = {
        "method": b"POST",
        "host": "api.everlive.com",
        "target": b"/v1/abcdefgh12345678/Posts",
        "request_headers": (JSON,),
        "request_body": b'{"a":1}',
        "response_headers": (JSON,),
        "response_body": b'{"message":"Invalid request.","errorCode":618}',
    }
    return Answer(**(values | facts))  # type: ignore[arg-type]


def pocketbase(**facts: object) -> Answer:
    values = {
        "method": b"POST",
        "host": "x.pockethost.io",
        "target": b"/api/collections/posts/records",
        "request_headers": (JSON,),
        "request_body": b'{"a":1}',
        "response_headers": (JSON,),
        "response_body": raw(
            {"status": 400, "message": "Failed to create record.", "data": {"title": {"code": "validation_required", "message": "x"}}}
        ),
    }
    return Answer(**(values | facts))  # type: ignore[arg-type]


Make = Callable[..., Answer]
BACKENDS: dict[str, Make] = {"parse": parse, "kinvey": kinvey, "bkend": bkend, "backend-services": everlive, "pocketbase": pocketbase}
BAD_QUERY: dict[str, bytes] = {
    "parse": b'{"code":102,"error":"bad constraint: $x"}',
    "kinvey": b'{"error":"InvalidQuerySyntax","description":"The query string is not valid.","debug":"unknown operator: $x"}',
    "bkend": b'{"success":false,"error":{"code":"data/invalid-filter","message":"The filter is not valid."}}',
    "backend-services": b'{"message":"Invalid filter.","errorCode":618}',
    "pocketbase": b'{"status":400,"message":"Something went wrong while processing your request. Invalid filter.","data":{}}',
}
OTHER_ERRORS: dict[str, tuple[bytes, ...]] = {
    "parse": (
        b'{"code":107,"error":"bad JSON"}',
        b'{"code":105,"error":"Invalid key name: x"}',
        b'{"code":111,"error":"schema mismatch for Post.a; expected Number but got String"}',
        b'{"code":137,"error":"A duplicate value for a field with unique values was provided"}',
        b'{"code":119,"error":"Permission denied for action create on class Post."}',
        b'{"code":209,"error":"Invalid session token"}',
        b'{"code":1,"error":"Internal server error."}',
        b'{"error":"unauthorized"}',
        b'{"code":141,"error":"x is not defined"}',
        b'{"code":142,"error":"title is required"}',
        b'{"code":400,"error":"Invalid value"}',
        b'{"code":103,"error":"Invalid classname: _x"}',
        b'{"code":104,"error":"missing object id"}',
        b'{"code":202,"error":"Account already exists for this username."}',
        b'{"code":252,"error":"This authentication method is unsupported."}',
        b'{"code":116,"error":"object too large"}',
        b'{"code":134,"error":"Invalid type"}',
        b'{"code":121,"error":"Nested keys should not contain the \'$\' or \'.\' characters"}',
    ),
    "kinvey": (
        b'{"error":"JSONParseError","description":"Unable to parse the JSON in the request","debug":"Unexpected token"}',
        b'{"error":"InsufficientCredentials","description":"x","debug":""}',
        b'{"error":"EntityNotFound","description":"x","debug":""}',
        b'{"error":"KinveyInternalErrorRetry","description":"x","debug":""}',
        b'{"error":"ParameterValueOutOfRange","description":"x","debug":"limit"}',
        b'{"error":"BadRequest","description":"Unable to understand request","debug":"x"}',
        b'{"error":"UserAlreadyExists","description":"x","debug":""}',
        b'{"error":"BLRuntimeError","description":"x","debug":"TypeError: x is undefined at f (a.js:1:2)"}',
        b'{"error":"IncompleteRequestBody","description":"x","debug":"The request body is missing title"}',
    ),
    "bkend": (
        b'{"success":false,"error":{"code":"data/validation-error","message":"required","details":[{"field":"title","message":"is required"}]}}',
        b'{"success":false,"error":{"code":"auth/invalid-token","message":"x"}}',
        b'{"success":false,"error":{"code":"data/not-found","message":"x"}}',
        b'{"success":false,"error":{"code":"common/bad-request","message":"Unexpected field x"}}',
        b'{"success":false,"error":{"code":"common/internal","message":"x"}}',
    ),
    "backend-services": (
        b'{"message":"The field title is required.","errorCode":610}',
        b'{"message":"Item not found.","errorCode":801}',
        b'{"message":"x","errorCode":301}',
        b'{"message":"x","errorCode":622}',
        b'{"message":"x","errorCode":107}',
        b'{"message":"x","errorCode":201}',
    ),
    "pocketbase": (
        b'{"status":403,"message":"Only admins can perform this action.","data":{}}',
        b'{"status":404,"message":"Missing collection context.","data":{}}',
        b'{"status":400,"message":"An error occurred while submitting the form.","data":{"titel":{"code":"x","message":"y"}}}',
    ),
}


def query_of(backend: str, query: object) -> Answer:
    """A query in the URL, as the backend's clients send it, refused."""
    text = quote(raw(query)).encode()
    make, body = BACKENDS[backend], BAD_QUERY[backend]
    if backend == "parse":
        return make(method=b"GET", target=b"/parse/classes/Post?where=" + text, request_body=b"", response_body=body)
    if backend == "kinvey":
        return make(method=b"GET", target=b"/appdata/kid_x1/books/?query=" + text, request_body=b"", response_body=body)
    if backend == "bkend":
        return make(method=b"GET", target=b"/v1/data/posts?filter=" + text, request_body=b"", response_body=body)
    if backend == "backend-services":
        fields = (JSON, (b"x-everlive-filter", raw(query)[:100_000]))
        return make(method=b"GET", request_headers=fields, request_body=b"", response_body=body)
    return make(method=b"GET", target=b"/api/collections/posts/records?filter=" + text, request_body=b"", response_body=body)


def _levels() -> object:
    deep: object = 1
    for _ in range(60):
        deep = {"a": deep, **{word(m): m for m in range(200)}}
    return deep


def _values() -> Iterator[tuple[str, Callable[[], object]]]:
    """JSON values of up to 4 MB, by what is many in them."""
    for size in (5_000, 100_000):
        yield f"{size} unknown operators", lambda size=size: {f"${word(n)}": n for n in range(size)}
        yield f"{size} unknown operators deep", lambda size=size: {"a": {f"${word(n)}": {"b": 1} for n in range(size)}}
        yield f"{size} keys", lambda size=size: {word(n): n for n in range(size)}
        yield f"{size} texts", lambda size=size: {word(n): word(n + 9) for n in range(size)}
        yield f"{size} list items", lambda size=size: list(range(size))
        yield f"{size} objects", lambda size=size: [{"a": n} for n in range(size)]
        yield (
            f"{size} texts that may be base64",
            lambda size=size: [base64.b64encode(f"{n} is what it is".encode()).decode() for n in range(min(size, 100_000))],
        )
        yield f"{size} tokens", lambda size=size: {f"token{n}": key() for n in range(min(size, 60_000))}
        yield f"{size} tokens in one list", lambda size=size: {"token": [key() for _ in range(min(size, 60_000))]}
        yield f"{size} texts with an equals sign", lambda size=size: [f"a{n}=b c:{n}" for n in range(size)]
    yield "JSON in JSON", lambda: {f"a{n}": json.dumps({"b": json.dumps({f"c{m}": 1 for m in range(100)})}) for n in range(1_000)}
    yield "keys of 1,000 letters", lambda: {word(n) * 80: n for n in range(3_000)}
    yield "operators of 1,000 letters", lambda: {"$" + word(n) * 80: n for n in range(3_000)}
    yield "a word of 1 MB", lambda: {"a": "x" * 1_000_000}
    yield "a word of 4 MB", lambda: {"a": "xY0" * 1_300_000}
    yield "a secret of 4 MB", lambda: {"password": "xY0" * 1_300_000}
    yield "a text of 4 MB", lambda: {"a": "token: abc, " * 330_000}
    yield "a text of 4 MB of escapes", lambda: {"a": "\\u0041\\n" * 400_000}
    yield "a query of GraphQL", lambda: {"query": "query Q($a:String){a(password:$a)}" * 20_000, "variables": {f"a{n}": "x" for n in range(5_000)}}
    yield "60 levels", _levels
    yield "lists in lists", lambda: [[[[[n] for n in range(10)] for _ in range(10)] for _ in range(10)] for _ in range(100)]
    yield "$or in $or", lambda: {"$or": [{"$and": [{"$or": [{f"a{n}": {"$xx": n}}]}]} for n in range(15_000)]}
    yield "pointers", lambda: {f"p{n}": {"__type": "Pointer", "className": word(n), "objectId": word(n)} for n in range(20_000)}
    yield "dates", lambda: {f"p{n}": {"__type": "Date", "iso": "2026-01-01"} for n in range(20_000)}
    yield "points", lambda: {f"p{n}": {"__type": "GeoPoint", "latitude": n, "longitude": n} for n in range(20_000)}
    yield "field operations", lambda: {f"p{n}": {"__op": "Incrementt", "amount": "1"} for n in range(20_000)}
    yield "e-mail addresses", lambda: {f"email{n}": f"a{n}@example.com" for n in range(20_000)}
    yield "names with humps", lambda: {f"my{word(n).title()}Field{n}": n for n in range(20_000)}
    yield "names and values", lambda: [{"name": word(n), "value": word(n)} for n in range(20_000)]


VALUES = dict(_values())


@lru_cache(maxsize=4)
def data_of(name: str) -> bytes:
    """A value of the table as JSON."""
    return raw(VALUES[name]())


def _answers() -> Iterator[tuple[str, Callable[[], bytes], int]]:
    """Bodies of answers that any backend may send, each with a status."""
    for name in VALUES:
        yield name, lambda n=name: data_of(n), 400
    yield "cut off", lambda: data_of("5000 objects")[:-3], 400
    yield "cut off, 100000 keys", lambda: data_of("100000 keys")[:-3], 400
    yield "empty lists", lambda: b"[" + b"[]," * 199_000 + b"[]]", 400
    yield "numbers", lambda: b"[" + b"1," * 1_990_000 + b"1]", 400
    yield "empty texts", lambda: b"[" + b'"",' * 1_300_000 + b"1]", 400
    yield "short keys", lambda: b"{" + b'"a":1,' * 660_000 + b'"b":1}', 400
    yield "long numbers", lambda: b"[" + b"1234567890123456789012345678901234567890," * 97_000 + b"1]", 400
    yield "numbers with a point", lambda: b"[" + b"1.2345678901234567e-10," * 170_000 + b"1]", 400
    yield "escaped texts", lambda: b'["' + b"\\u00e9" * 650_000 + b'"]', 400
    yield "short escaped texts", lambda: b"[" + b'"\\u00e9",' * 400_000 + b"1]", 400
    yield "faults in lists", lambda: b"[" + b"{x}," * 900_000 + b"]", 400
    yield "one fault after long lines", lambda: b'{"a":"' + b"x" * 1_900_000 + b'","b":x,"c":"' + b"y" * 1_900_000 + b'"', 400
    yield "200 faults after long texts", lambda: b"[" + b'{"a":"' + b"x" * 3_800_000 + b'"},' + b"x," * 300 + b"]", 400
    yield "a page", lambda: b"<html><title>x</title>" + b"<h1>a</h1><p>token: abc</p>" * 140_000, 502
    yield "a page without ends", lambda: b"<html>" + b"<script><style><!--" * 200_000, 502
    yield "a page of entities", lambda: b"<html><p>" + b"&amp;&#65;" * 390_000, 502
    yield "text", lambda: b"password=abc token: def a@b.example " * 110_000, 500
    yield "spaces", lambda: b" " * 3_900_000 + b"{}", 400
    yield "invalid UTF-8", lambda: b'{"error":"' + b"\xff" * 3_900_000 + b'"}', 400
    yield "UTF-8 of four bytes", lambda: ('{"error":"' + "\U0001f511" * 900_000 + '"}').encode(), 400
    yield "compressed", lambda: data_of("a word of 4 MB"), 400
    yield "an event stream", lambda: b'data: {"code":101,"error":"x"}\n\n' * 120_000, 400


def _many_errors() -> Iterator[tuple[str, Callable[[], Answer]]]:
    """Many errors in one answer."""
    for size in (200, 2_000, 50_000):
        asked = [{"method": "POST", "path": f"/parse/classes/{word(n, 8)}", "body": {word(m): n for m in range(20)}} for n in range(size // 4 + 50)]
        said = [{"error": {"code": 101 + n % 100, "error": f"Object {word(n)} not found: token=abc{n}"}} for n in range(size)]
        for name, path in (("a batch", b"/parse/batch"),):
            yield (
                f"{name} of {size} errors",
                lambda a=asked, s=said, p=path: parse(target=p, status=200, request_body=raw({"requests": a})[:LARGE], response_body=raw(s)[:LARGE]),
            )
        same = [
            {"error": {"code": 119, "error": f"Permission denied for action create on class Post. {'x ' * 300}"}} for n in range(min(size, 6_000))
        ]
        yield (
            f"a batch of {size} long errors",
            lambda a=asked, s=same: parse(
                target=b"/parse/batch", status=200, request_body=raw({"requests": a})[:LARGE], response_body=raw(s)[:LARGE]
            ),
        )
        errors = [
            {
                "message": f'Cannot query field "{word(n)}" on type "{word(n + 1)}". Did you mean "{word(n + 2)}"?',
                "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
            }
            for n in range(min(size, 20_000))
        ]
        query = {"query": "query { " + " ".join(f"{word(n)}(a: {n})" for n in range(min(size, 20_000))) + " }"}
        yield (
            f"GraphQL with {size} errors",
            lambda q=query, e=errors: parse(target=b"/parse/graphql", request_body=raw(q), response_body=raw({"errors": e})),
        )
        inserted = {
            "entities": [None] * size,
            "errors": [{"index": n, "code": 0, "errmsg": f"E11000 duplicate key {word(n)}"} for n in range(min(size, 40_000))],
        }
        yield f"an insert of {size} with errors", lambda i=inserted, z=size: kinvey(
            target=b"/appdata/kid_x1/books", status=207, request_body=raw([{"a": n} for n in range(z)]), response_body=raw(i),
            request_headers=((b"authorization", b"Kinvey abc.def"), (b"x-kinvey-api-version", b"5"), JSON),
        )  # fmt: skip
        details = [{"field": word(n), "message": f"{word(n)} must be a string"} for n in range(min(size, 30_000))]
        yield (
            f"{size} details",
            lambda d=details: bkend(
                request_body=raw({word(n)[:-1] + "x": n for n in range(3_000)}),
                response_body=raw({"success": False, "error": {"code": "data/validation-error", "message": "x", "details": d}}),
            ),
        )
        told = {word(n): {"code": "validation_required", "message": "Missing required value."} for n in range(min(size, 30_000))}
        yield (
            f"{size} fields told",
            lambda t=told: pocketbase(
                request_body=raw({word(n)[:-1] + "x": n for n in range(3_000)}),
                response_body=raw({"status": 400, "message": "Failed to create record.", "data": t}),
            ),
        )


def _headers(count: int, made: Callable[[int], tuple[str, str]]) -> Fields:
    return tuple([(name.encode(), value.encode()) for name, value in map(made, range(count))])


def _heads() -> Iterator[tuple[str, Callable[[], Answer]]]:
    """Many or long headers, cookies, parameters and paths. mitmproxy takes 64 KB of a head in HTTP/1, more in HTTP/2."""
    for count in (1_000, 5_000):
        for name, made in {
            "headers": lambda n: (f"x-{word(n)}", word(n)),
            "token headers": lambda n: (f"x-{word(n)}-token", key()),
            "headers of JSON": lambda n: (f"x-{word(n)}", '{"token":"' + key() + '","a":[1,2,{"b":"c=d"}]}'),
            "headers with names and values": lambda n: (f"x-{word(n)}", f"a=b; token={key(16)}"),
            "cookie headers": lambda n: ("cookie", f"{word(n)}={key()}"),
            "authorization headers": lambda n: ("authorization", "Basic " + base64.b64encode(f"user{n}:{key()}".encode()).decode()),
            "equal headers": lambda n: ("x-parse-session-token", "r:" + key()),
        }.items():
            fields = _headers(count, made)
            yield (
                f"{count} {name}",
                lambda f=fields: parse(request_headers=(KEY, JSON, *f), response_body=b'{"code":209,"error":"Invalid session token"}'),
            )
            yield f"{count} {name} in the answer", lambda f=fields: parse(response_headers=(JSON, *f))
            yield f"{count} {name} to Kinvey", lambda f=fields: kinvey(request_headers=(JSON, *f))
    for size in (60_000, 1_000_000):
        many = "; ".join(f"{word(n)}={key(16)}" for n in range(size // 32))
        yield f"cookies of {size}", lambda m=many: parse(request_headers=(KEY, JSON, (b"cookie", m.encode())))
        parameters = "&".join(f"{word(n)}={word(n)}" for n in range(size // 26))
        yield f"parameters of {size}", lambda p=parameters: parse(method=b"GET", target=b"/parse/classes/Post?" + p.encode())
        few = "&".join(f"token{n}={'%41' * (size // 3_000)}" for n in range(990))
        yield f"990 tokens in parameters of {size}", lambda p=few: parse(method=b"GET", target=b"/parse/classes/Post?" + p.encode())
        odd = "&".join(f"a{n}=%7B%22token%22%3A%22{'x' * (size // 1_000)}%22%7D" for n in range(990))
        yield f"990 parameters of JSON of {size}", lambda p=odd: parse(method=b"GET", target=b"/parse/classes/Post?" + p.encode())
        base = "&".join(f"a{n}=" + base64.b64encode(b'{"a":"b=c d:e"}' * (size // 20_000 + 1)).decode().strip("=") for n in range(990))
        yield f"990 parameters in base64 of {size}", lambda p=base: parse(method=b"GET", target=b"/parse/classes/Post?" + p.encode())
        yield f"a path of {size}", lambda z=size: parse(target=b"/parse/classes/" + b"a/" * (z // 2))
        yield f"a path of secrets of {size}", lambda z=size: parse(target=b"/parse/" + b"reset/token/aB3dE6gH9/" * (z // 22))
        yield f"a header of {size}", lambda z=size: parse(request_headers=(KEY, JSON, (b"x-parse-session-token", b"r:" + key(z).encode())))
        yield f"a header of words of {size}", lambda z=size: parse(request_headers=(KEY, JSON, (b"x-parse-session-token", b"aB3 " * (z // 4))))
        yield f"protocols of {size}", lambda z=size: parse(request_headers=(KEY, JSON, (b"sec-websocket-protocol", b"token.aB3dE6gH9, " * (z // 17))))
        yield (
            f"an address of {size}",
            lambda z=size: parse(request_headers=(KEY, JSON, (b"referer", b"https://a.example/?token=aB3dE6gH9&a=" * (z // 40)))),
        )


def _bodies() -> Iterator[tuple[str, Callable[[], Answer]]]:
    """Bodies of requests that are no JSON."""
    form = "&".join(f"{word(n)}={word(n)}" for n in range(150_000)).encode()
    yield "a form", lambda: parse(request_headers=(KEY, FORM), request_body=form)
    fields = "&".join(f"a{n}=%7B%22token%22%3A%22{'x' * 120}%22%7D" for n in range(990)).encode()
    yield "a form of JSON", lambda: parse(request_headers=(KEY, FORM), request_body=fields)
    tokens = "&".join(f"token{n}={key()}" for n in range(990)).encode()
    yield "a form of tokens", lambda: parse(request_headers=(KEY, FORM), request_body=tokens)
    kind = (b"content-type", b"multipart/form-data; boundary=x")
    for count, size in ((50_000, 10), (5_000, 500), (100, 30_000), (1, 3_900_000)):
        part = b'--x\r\ncontent-disposition: form-data; name="token%d"\r\n\r\n'
        parts = b"".join(part % n + b"aB3 =\r\n" * (size // 7 + 1) + b"\r\n" for n in range(count))[: LARGE - 10] + b"--x--"
        yield f"{count} parts", lambda p=parts: parse(request_headers=(KEY, kind), request_body=p)
    yield "boundaries", lambda: parse(request_headers=(KEY, kind), request_body=b"--x\r\n" * 780_000)
    plain = b"token: aB3dE6gH9\npassword=abc\n" * 130_000
    yield "plain text", lambda: parse(request_headers=(KEY, (b"content-type", b"text/plain")), request_body=plain)
    yield "many JSON documents", lambda: parse(request_headers=(KEY, JSON), request_body=b'{"token":"aB3dE6gH9"}\n' * 170_000)
    yield "no content type", lambda: parse(request_headers=(KEY,), request_body=plain)
    for name, body in {
        "cut off": data_of("5000 texts")[:-20],
        "faults": b"[" + b"{x}," * 900_000 + b"]",
        "an open text": b'{"a":"' + b"x" * 3_900_000,
        "commas": b'{"a":1' + b"," * 3_900_000 + b"}",
        "lines": b'{"a":1,' + b"\n" * 3_900_000 + b"x}",
        "words": b"{" + b"abc " * 970_000 + b"}",
        "quotes": b"{" + b"'" * 3_900_000 + b"}",
        "open lists": b"[" * 3_900_000,
        "open lists, few": b"[" * 190_000,
        "nested objects, cut": b'{"a":' * 600,
        "comments": b"{" + b"// a\n" * 780_000 + b"}",
    }.items():
        yield f"broken JSON: {name}", lambda b=body: parse(request_body=b, response_body=b'{"code":107,"error":"bad JSON"}')
        yield (
            f"broken JSON to bkend: {name}",
            lambda b=body: bkend(
                request_body=b,
                response_body=b'{"success":false,"error":{"code":"common/invalid-json","message":"Unexpected token in JSON at position 3"}}',
            ),
        )
        yield f"broken JSON to Kinvey: {name}", lambda b=body: kinvey(request_body=b, response_body=OTHER_ERRORS["kinvey"][0])


def _graphql() -> Iterator[tuple[str, Callable[[], Answer]]]:
    error = {"message": 'Cannot query field "x" on type "Query".', "locations": [{"line": 1, "column": 3}]}
    said = raw({"errors": [{**error, "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]})
    for name, query in {
        "fields": "query { " + "abcdefgh(a: 1) { b } " * 180_000 + "}",
        "braces": "{" * 3_900_000,
        "variables": "query Q(" + ", ".join(f'$token{n}: String = "{key(16)}"' for n in range(50_000)) + ") { a }",
        "secrets": "mutation { " + " ".join(f'login(password: "{key(16)}")' for n in range(80_000)) + " }",
        "comments": "# a\n" * 900_000 + "{ x }",
        "texts": '{ a(b: "' + 'x\\"' * 1_000_000 + '") }',
        "fragments": " ".join(f"fragment {word(n)} on T {{ ...{word(n + 1)} }}" for n in range(70_000)),
        "lines": "{\n" + "a\n" * 1_900_000 + "}",
    }.items():
        yield f"GraphQL: {name}", lambda q=query: parse(target=b"/parse/graphql", request_body=raw({"query": q})[:LARGE], response_body=said)
        yield (
            f"GraphQL in the URL: {name}",
            lambda q=query: parse(method=b"GET", target=b"/parse/graphql?query=" + quote(q[:300_000]).encode(), request_body=b"", response_body=said),
        )


def _websockets() -> Iterator[tuple[str, Callable[[], Answer]]]:
    opening = (True, 1, b'{"op":"connect","applicationId":"x","sessionToken":"r:0123456789abcdef0123456789abcdef"}')
    error = (False, 1, b'{"op":"error","code":1,"error":"x","reconnect":true,"requestId":1}')
    for name in ("5000 unknown operators", "100000 keys", "5000 tokens", "a text of 4 MB", "names and values"):
        value = VALUES[name]()
        subscribe = (True, 1, raw({"op": "subscribe", "requestId": 1, "query": {"className": "Post", "where": value}}))
        yield f"WebSocket, asked: {name}", lambda s=subscribe: parse(status=101, messages=(opening, s, error))
        told = (False, 1, raw({"op": "error", "code": 1, "error": "x", "more": value}))
        yield f"WebSocket, told: {name}", lambda t=told: parse(status=101, messages=(opening, t))
    many = tuple(
        (True, 1, raw({"op": "subscribe", "requestId": n, "query": {"className": "Post", "where": {f"a{n}": {"$xx": n}}}})) for n in range(1_000)
    )
    yield "WebSocket, 1,000 questions", lambda: parse(status=101, messages=(opening, *many, error))
    large = tuple((True, 1, raw({"op": "subscribe", "requestId": n, "query": {"where": {word(m): key() for m in range(2_000)}}})) for n in range(20))
    yield "WebSocket, 20 large questions", lambda: parse(status=101, messages=(opening, *large, error))


def _echoes() -> Iterator[tuple[str, Callable[[], Answer]]]:
    """Secrets of the request, which the answer repeats, or nearly."""
    secrets = {f"token{n}": "aB3dE6" + key(20) for n in range(64)}
    nearly = " ".join(value[:-1] + "_" for value in secrets.values()) * 1_000
    yield "64 secrets nearly repeated", lambda: parse(request_body=raw(secrets), response_body=raw({"code": 141, "error": nearly}))
    whole = " ".join(secrets.values()) * 1_000
    yield "64 secrets repeated", lambda: parse(request_body=raw(secrets), response_body=raw({"code": 141, "error": whole}))
    same = "aB3dE6" * 600_000
    yield "64 secrets that begin alike", lambda: parse(request_body=raw(secrets), response_body=raw({"code": 141, "error": same}))
    yield (
        "a secret of one letter, repeated",
        lambda: parse(request_body=raw({"token": "a1" * 1_900}), response_body=raw({"code": 141, "error": "a1" * 1_900_000})),
    )
    batch = [{"error": {"code": 141, "error": " ".join(list(secrets.values())[:20])}} for _ in range(1_000)]
    yield (
        "64 secrets repeated in 1,000 errors",
        lambda: parse(
            target=b"/parse/batch",
            status=200,
            request_body=raw({"requests": [{"method": "POST", "path": "/parse/classes/A", "body": secrets}]}),
            response_body=raw(batch),
        ),
    )
    mixed = " ".join(base64.b64encode(f"{n} aBcD {n} eFgH".encode()).decode() for n in range(150_000))
    for size in (200, 1_000):
        texts = [{"error": {"code": 141, "error": mixed[n * 300 : n * 300 + 16_000]}} for n in range(min(size, 240))]
        yield (
            f"{min(size, 240)} errors of base64",
            lambda t=texts: parse(
                target=b"/parse/batch",
                status=200,
                request_body=raw({"requests": [{"method": "POST", "path": "/parse/classes/A", "body": secrets}]}),
                response_body=raw(t),
            ),
        )
    for name, piece in {
        "names and values": "token: aB3dE6gH9 ",
        "JSON": '{\\"token\\":\\"aB3dE6gH9\\"},',
        "percent": "%7B%22token%22%3A%22aB3%22%7D ",
        "entities": "&quot;token&quot;:&quot;aB3&quot; ",
        "escapes": "\\\\u0041\\\\u0042 ",
        "addresses": "https://a:b@c.example/reset/token/aB3dE6gH9 ",
        "e-mails": "a@b.example ",
        "cards": "4111 1111 1111 1111 ",
        "words in humps": "aBcDeFgHiJkLmNoP ",
        "quotes": '\\"token\\" \\"',
        "tags": "<token>aB3</token>",
        "digits": "4111-",
        "schemes": "Bearer aB3dE6gH9x ",
    }.items():
        text = (piece * (16_000 // len(piece)))[:16_000]
        said = [{"error": {"code": 141, "error": text}} for _ in range(200)]
        yield f"200 long errors of {name}", lambda s=said: parse(target=b"/parse/batch", status=200, response_body=raw(s))
        yield f"an error of {name}", lambda t=text: kinvey(response_body=raw({"error": "BLRuntimeError", "description": t * 100, "debug": t * 100}))


LOGINS = {
    "parse": b"/parse/login",
    "kinvey": b"/user/kid_x1/login",
    "bkend": b"/v1/auth/email/signin",
    "backend-services": b"/v1/abcdefgh12345678/oauth/token",
    "pocketbase": b"/api/collections/users/auth-with-password",
}
USERS = {
    "parse": b"/parse/users",
    "kinvey": b"/user/kid_x1",
    "bkend": b"/v1/auth/email/signup",
    "backend-services": b"/v1/abcdefgh12345678/Users",
    "pocketbase": b"/api/collections/users/records",
}


def _table() -> Iterator[tuple[str, Callable[[], Answer]]]:
    turns = cycle(BACKENDS)
    for name in VALUES:
        each = list(BACKENDS) if name in ("5000 unknown operators", "100000 keys", "field operations", "5000 tokens") else [next(turns), next(turns)]
        for backend in each:
            yield f"{backend}: request of {name}", lambda b=backend, n=name: BACKENDS[b](request_body=data_of(n)[:LARGE], response_body=BAD_QUERY[b])
            if not name.startswith("100000") and "MB" not in name:
                yield f"{backend}: query of {name}", lambda b=backend, n=name: query_of(b, VALUES[n]())
    for backend, make in BACKENDS.items():
        for number, body in enumerate(OTHER_ERRORS[backend]):
            name = ("5000 keys", "field operations", "60 levels", "5000 unknown operators")[number % 4]
            yield f"{backend}: error {number}, request of {name}", lambda m=make, n=name, b=body: m(request_body=data_of(n), response_body=b)
    for paths in (LOGINS, USERS):
        for backend, path in paths.items():
            yield f"{backend}: {path.decode()} of tokens", lambda b=backend, p=path: BACKENDS[b](target=p, request_body=data_of("5000 tokens"))
    for name, body, status in _answers():
        for backend in (next(turns), next(turns)):
            yield f"{backend}: answer of {name}", lambda b=backend, d=body, s=status: BACKENDS[b](response_body=d()[:LARGE], status=s)
        backend = next(turns)
        yield f"{backend}: success of {name}", lambda b=backend, d=body: BACKENDS[b](response_body=d()[:LARGE], status=200, method=b"GET")
    packed = gzip.compress(b'{"error":"' + b"x" * 4_100_000 + b'"}')
    yield "compressed", lambda: parse(response_headers=(JSON, (b"content-encoding", b"gzip")), response_body=packed)
    for part in (_many_errors, _heads, _bodies, _graphql, _websockets, _echoes):
        yield from part()


@cache
def table() -> dict[str, Callable[[], Answer]]:
    """All rows by name. To make them takes seconds, which nobody should spend who only collects tests."""
    return dict(_table())
