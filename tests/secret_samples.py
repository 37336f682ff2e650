"""Secrets of every kind, and the places where they may stand: for tests that plant them and look for them in everything that is written."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from baas_errors.exchange import Exchange
from build import make_body, make_exchange

# Every secret but those of digits alone begins and ends with one of these: where a part of it is left, one of them is.
CORE = "Zq7xK9vWj3"
HEX = "c0ffee5ec2e7"


class Kind(NamedTuple):
    """A kind of secret: its value, the name that makes it one ("" if its form does), and a header that it may stand in."""

    title: str
    value: str
    key: str = ""
    header: str = ""
    traces: tuple[str, ...] = (CORE,)
    # Whether its end can be seen in running text.
    whole: bool = True

    @property
    def member(self) -> dict[str, str]:
        return {self.key or "note": self.value}

    @property
    def said(self) -> str:
        """As a text tells it."""
        return f"{self.key}={self.value}" if self.key else f"saw {self.value} there"


def b64(text: str, before: int = 0, *, url: bool = False) -> str:
    data = b" " * before + text.encode()
    return (base64.urlsafe_b64encode(data).rstrip(b"=") if url else base64.b64encode(data)).decode()


_LONG = f"{CORE}0a1b2c3d4e5f{CORE}"
_TOKEN = f"r:{HEX}01234567{HEX}"
_PAYLOAD = b64(json.dumps({"sub": CORE, "exp": 1_793_188_800, "name": CORE}), url=True)
_HEAD = b64('{"alg":"HS256","typ":"JWT"}', url=True)
_S3 = "https://bucket.s3.example/photo.png?X-Amz-Algorithm=AWS4-HMAC-SHA256"


def _card(number: str) -> tuple[str, ...]:
    return number, re.sub("[ -]", "", number)


KINDS = (
    Kind("jwt", f"{_HEAD}.{_PAYLOAD}.{_LONG}", header="Authorization"),
    Kind("jwt without a signature", f"{_HEAD}.{_PAYLOAD}."),
    Kind("encrypted jwt", f"{_HEAD}.{_LONG}.{_LONG}.{_LONG}.{_LONG}"),
    Kind("session token", _TOKEN, header="X-Parse-Session-Token", traces=(HEX,)),
    Kind("session token in capitals", _TOKEN.upper(), header="X-Parse-Session-Token", traces=(HEX, HEX.upper())),
    Kind("public key", f"pk_{_LONG}", header="X-API-Key"),
    Kind("secret key", f"sk_{_LONG}", header="X-API-Key"),
    Kind("live key", f"sk_live_{_LONG}", header="X-API-Key"),
    Kind("access key", f"ak_{_LONG}", header="X-API-Key"),
    Kind("key of GitHub", f"ghp_{_LONG}{CORE}", header="X-Note-Key"),
    Kind("finer key of GitHub", f"github_pat_{_LONG}_{_LONG}"),
    Kind("key of GitLab", f"glpat-{_LONG}"),
    Kind("key of npm", f"npm_{_LONG}{CORE}"),
    Kind("key of AWS", f"AKIA{CORE.upper()}{CORE.upper()[:6]}", traces=(CORE.upper(),)),
    Kind("key of Slack", f"xoxb-123456789012-{_LONG}"),
    Kind("key of Google", f"AIza{_LONG}_{CORE}"),
    Kind("key of SendGrid", f"SG.{_LONG}.{_LONG}"),
    Kind("key of a webhook", f"whsec_{_LONG}"),
    Kind("bearer", f"Bearer {_LONG}", header="Authorization"),
    Kind("basic", "Basic " + b64(f"{CORE}ann:{CORE}pass{CORE}"), header="Authorization"),
    Kind("kinvey", f"Kinvey {_LONG}.{_LONG}", header="Authorization"),
    Kind("masterkey", f"Masterkey {_LONG}", header="Authorization"),
    Kind("digest", f'Digest username="{CORE}", realm="all", nonce="{CORE}1", response="{_LONG}"', header="Authorization"),
    Kind("aws", f"AWS4-HMAC-SHA256 Credential={_LONG}/20240501/eu/s3/aws4_request, SignedHeaders=host, Signature={_LONG}", header="Authorization"),
    Kind("pem", f"-----BEGIN RSA PRIVATE KEY-----\n{_LONG}\n{_LONG}+/x=\n-----END RSA PRIVATE KEY-----"),
    Kind("pem that breaks off", f"-----BEGIN PRIVATE KEY-----\n{_LONG}\n{_LONG}"),
    Kind("visa", "4111111111111111", traces=_card("4111111111111111")),
    Kind("amex", "378282246310005", traces=_card("378282246310005")),
    Kind("mastercard with spaces", "5555 5555 5555 4444", traces=_card("5555 5555 5555 4444")),
    Kind("card with dashes", "6011-1111-1111-1117", traces=_card("6011-1111-1111-1117")),
    Kind("e-mail", f"{CORE}.ann@mail.example"),
    Kind("e-mail with a tag", f"ann+{CORE}@sub.mail.example"),
    Kind("userinfo", f"https://ann:{CORE}@host.example/x"),
    Kind("user alone in a URL", f"https://{_LONG}@host/x"),
    Kind("presigned URL of S3", f"{_S3}&X-Amz-Credential={_LONG}%2F20240501&X-Amz-Security-Token={_LONG}&X-Amz-Signature={_LONG}"),
    Kind("older URL of S3", f"https://bucket.s3.example/a?AWSAccessKeyId={CORE}&Expires=1700000000&Signature={CORE}%2B{CORE}%3D"),
    Kind("presigned URL of Google", f"https://storage.example/a?X-Goog-Credential={_LONG}&X-Goog-Signature={_LONG}"),
    Kind("shared access signature", f"https://blob.example/a?sv=2022&sig={CORE}%2F{CORE}%3D"),
    Kind("OAuth code in a URL", f"https://app.example/back?code={_LONG}&state=x"),
    Kind("password", f"{CORE}-staple-{CORE}", "password", "X-Password"),
    Kind("password of all signs", f"{CORE} \"q' & <3=%25 ü\\n/{CORE}", "password", whole=False),
    Kind("new password", f"{CORE}.{CORE}", "newPassword"),
    Kind("client secret", f"{CORE}~{CORE}", "client_secret", "X-Client-Secret"),
    Kind("access token", _LONG, "access_token", "X-Access-Token"),
    Kind("refresh token", _LONG, "refresh-token"),
    Kind("master key", _LONG, "masterKey", "X-Parse-Master-Key"),
    Kind("session token of no form", _LONG, "sessionToken", "X-Session"),
    Kind("auth token", _LONG, "authtoken", "X-Auth"),
    Kind("user name", f"{CORE}ann", "username"),
    Kind("one-time password", "9142073518", "otp", traces=("9142073518",)),
    Kind("API key", _LONG, "api-key", "Api-Key"),
    Kind("device token", _LONG, "deviceToken"),
    Kind("CSRF token", _LONG, "csrf_token", "X-CSRF"),
    Kind("private key", _LONG, "private_key"),
    Kind("header in a body", _LONG, "X-Parse-Master-Key", "X-Firebase-AppCheck"),
    Kind("encryption key", _LONG, "encryptionKey", "X-Encryption-Key"),
    Kind("key of an account", f"{_LONG}==", "AccountKey"),
    Kind("connection string", f"Endpoint=sb://{_LONG}", "connectionString"),
    Kind("number of a person", f"{CORE}{CORE}", "ssn"),
    Kind("unknown scheme", f"Foo {_LONG}", "authorization", "Proxy-Authorization"),
)
BY_FORM = tuple(kind for kind in KINDS if not kind.key)

Parts = dict[str, Any]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
XML = {"Content-Type": "application/xml"}


def _body(value: Any) -> Parts:
    return {"headers": JSON, "request_body": json.dumps(value)}


def _multipart(content: str, name: str, kind: str = "text/plain") -> Parts:
    text = f'--B\r\nContent-Disposition: form-data; name="{name}"\r\nContent-Type: {kind}\r\n\r\n{content}\r\n--B--\r\n'
    return {"headers": {"Content-Type": "multipart/form-data; boundary=B"}, "request_body": text}


def _escaped(text: str) -> str:
    return "".join(character if character.isalnum() else f"\\u{ord(character):04x}" for character in text)


# What the client sends.
SENT: dict[str, Callable[[Kind], Parts]] = {
    "header": lambda k: {"headers": {k.header or "X-Note": k.value if k.header or not k.key else json.dumps(k.member)}},
    "JSON in a header": lambda k: {"headers": {"X-Extra": json.dumps({"a": [k.member]})}},
    "cookie": lambda k: {"headers": {"Cookie": f"theme=dark; sid={quote(k.value)}; other={quote(k.value)}"}},
    "parameter": lambda k: {"query": f"a=1&{k.key or 'q'}={quote(k.value)}&b=2"},
    "parameter encoded twice": lambda k: {"query": f"{k.key or 'q'}={quote(quote(k.value))}"},
    "parameter of an object": lambda k: {"query": f"user%5B{k.key or 'q'}%5D={quote(k.value)}"},
    "JSON in a parameter": lambda k: {"query": "where=" + quote(json.dumps({"$or": [k.member]}))},
    "JSON encoded twice in a parameter": lambda k: {"query": "where=" + quote(quote(json.dumps({"$or": [k.member]})))},
    "base64 in a parameter": lambda k: {"query": "q=" + quote(b64(json.dumps(k.member)))},
    "base64 for URLs in a parameter": lambda k: {"query": "q=" + b64(json.dumps(k.member), url=True)},
    "path": lambda k: {"path": "/" + quote(k.said, safe="=@:")},
    "member": lambda k: _body({"a": [{"b": {"c": k.member}}]}),
    "name in capitals": lambda k: _body({name.upper().replace("-", "_"): value for name, value in k.member.items()}),
    "name with a dash": lambda k: _body({re.sub("(?<=[a-z])(?=[A-Z])|_", "-", name): value for name, value in k.member.items()}),
    "field of a list": lambda k: _body({"fields": [{"name": k.key or "note", "value": k.value}]}),
    "JSON in a member": lambda k: _body({"note": json.dumps({"deep": json.dumps(k.member)})}),
    "base64 in a member": lambda k: _body({"note": b64(json.dumps(k.member))}),
    "base64 in a member, one aside": lambda k: _body({"note": b64(json.dumps(k.member), 1)}),
    "base64 in a member, two aside": lambda k: _body({"note": b64(json.dumps(k.member), 2)}),
    "text in base64": lambda k: _body({"note": b64(k.said if k.whole else json.dumps(k.member), 1)}),
    "batch item": lambda k: _body({"requests": [{"method": "POST", "path": "/parse/classes/Note", "body": {"a": k.member}}]}),
    "GraphQL": lambda k: _body(
        {"query": f"mutation {{ act({(k.key or 'note').replace('-', '_')}: {json.dumps(k.value)}) }}", "variables": {"a": k.member}}
    ),
    "form": lambda k: {"headers": FORM, "request_body": f"a=1&{k.key or 'q'}={quote(k.value)}"},
    "JSON in a form": lambda k: {"headers": FORM, "request_body": "a=" + quote(json.dumps({"b": k.member}))},
    "part": lambda k: _multipart(k.value, k.key or "note"),
    "JSON in a part": lambda k: _multipart(json.dumps({"a": k.member}), "meta", "application/json"),
    "second document": lambda k: {"headers": {"Content-Type": "application/x-ndjson"}, "request_body": f'{{"a":1}}\n{json.dumps(k.member)}\n'},
    "block of GraphQL": lambda k: _body({"query": f'mutation {{ act({(k.key or "note").replace("-", "_")}: """{k.value}""") }}', "a": k.member}),
    "attribute of XML": lambda k: {"headers": XML, "request_body": f'<a b="c" {k.key or "note"}="{html.escape(k.value)}">d</a>'},
    "element of XML": lambda k: {"headers": XML, "request_body": f'<{k.key or "note"} a="b">{html.escape(k.value)}</{k.key or "note"}>'},
    "CDATA": lambda k: {"headers": XML, "request_body": f"<{k.key or 'note'}><![CDATA[{k.value}]]></{k.key or 'note'}>"},
    "broken JSON": lambda k: {"headers": JSON, "request_body": json.dumps({"a": k.member})[:-1] + ","},
    "plain text": lambda k: {"headers": {"Content-Type": "text/plain"}, "request_body": k.said if k.whole else json.dumps(k.member)},
}


def _told(kind: Kind, text: str) -> Parts:
    """A text of the server's. Where the end of the secret cannot be seen in it, it is a repetition of what was sent."""
    return {"message": text, "debug": f"at line 7: {text}"} | ({} if kind.whole else _body(kind.member))


# What the server answers.
TOLD: dict[str, Callable[[Kind], Parts]] = {
    "message": lambda k: _told(k, k.said),
    "JSON in the message": lambda k: _told(k, f"rejected: {json.dumps(k.member)} is not good"),
    "escaped JSON in the message": lambda k: _told(k, f"rejected: {json.dumps(json.dumps(k.member))} is not good"),
    "named in words": lambda k: _told(k, f"the {k.key or 'note'} '{k.value}' is not good") | _body(k.member),
    "percent": lambda k: _told(k, quote(k.said)),
    "percent twice": lambda k: _told(k, quote(quote(k.said))),
    "percent in JSON": lambda k: _told(k, quote(json.dumps(k.member))),
    "base64": lambda k: _told(k, f"got {b64(json.dumps(k.member))} there"),
    "base64, one aside": lambda k: _told(k, f"got {b64(json.dumps(k.member), 1)} there"),
    "base64, two aside": lambda k: _told(k, f"got data:text/plain;base64,{b64(json.dumps(k.member), 2)} there"),
    "base64 for URLs": lambda k: _told(k, f"got token/{b64(json.dumps(k.member), url=True)} there"),
    "base64 in percent": lambda k: _told(k, quote(b64(json.dumps(k.member)), safe="")),
    "HTML": lambda k: _told(k, f"<pre>{html.escape(json.dumps(k.member))}</pre>"),
    "escapes": lambda k: _told(k, _escaped(json.dumps(k.member))),
    "repeated": lambda k: _told(k, f"no such thing: {k.value}.") | _body(k.member),
    "repeated after lines": lambda k: (
        _told(k, f"no such thing: {k.value}.")
        | {"headers": {"Content-Type": "application/yaml"}, "request_body": f"a: b\n{k.key or 'note'}: {json.dumps(k.value)}\n"}
        if k.whole
        else _told(k, k.said)
    ),
    "repeated after XML": lambda k: (
        _told(k, f"no such thing: {k.value}.")
        | {"headers": XML, "request_body": f'<a b="c"><{k.key or "note"} d="e">{html.escape(k.value)}</{k.key or "note"}></a>'}
        if k.whole
        else _told(k, k.said)
    ),
    "repeated after documents": lambda k: _told(k, f"no such thing: {k.value}.") | {"request_body": f'{{"a":1}}\n{json.dumps(k.member)}\n'},
    "repeated in quotes": lambda k: _told(k, f'"{k.value}" is taken') | _body(k.member),
    "repeated in capitals": lambda k: _told(k, f"no such thing: {k.value.upper()}.") | _body(k.member) if k.whole and k.key else _told(k, k.said),
    "repeated in base64": lambda k: _told(k, f"no such thing: {b64(k.value)}") | _body(k.member),
    "repeated in base64, one aside": lambda k: _told(k, f"no such thing: {b64(k.value, 1)}") | _body(k.member),
    "repeated in base64, two aside": lambda k: _told(k, f"no such thing: {b64(k.value, 2, url=True)}") | _body(k.member),
    "repeated in percent": lambda k: _told(k, f"no such thing: {quote(k.value, safe='')}") | _body(k.member),
    "repeated in HTML": lambda k: _told(k, f"no such thing: {html.escape(k.value)}") | _body(k.member),
    "alone": lambda k: {"answer": k.value} | _body(k.member),
    "alone as JSON": lambda k: {"answer": json.dumps(k.value)} | _body(k.member),
    "member of the answer": lambda k: {"more": {"data": [{"user": k.member}]}},
    "header of the answer": lambda k: {
        "response_headers": {"X-Note": json.dumps(k.member), "Referer-Seen": f"https://a.example/?{k.key or 'q'}={quote(k.value)}"}
    },
    "cookie of the answer": lambda k: {"response_headers": {"Set-Cookie": f"sid={quote(k.value)}; Path=/; HttpOnly"}},
    "failure": lambda k: {"failure": f"connection refused: {k.said if k.whole else json.dumps(k.member)}"},
}
PLACES = SENT | TOLD


class Shape(NamedTuple):
    """How one backend is asked and how it answers."""

    url: str
    headers: dict[str, str]
    answer: Callable[[str, str], dict[str, Any]]


SHAPES = {
    "kinvey": Shape(
        "https://baas.kinvey.com/appdata/kid_abc12345/books",
        {"X-Kinvey-API-Version": "4"},
        lambda message, debug: {"error": "BadRequest", "description": message, "debug": debug},
    ),
    "parse": Shape(
        "https://api.parse.com/parse/classes/Note",
        {"X-Parse-Application-Id": "myAppId"},
        lambda message, debug: {"code": 141, "error": {"message": message, "stack": debug}},
    ),
    "bkend": Shape(
        "https://api-client.bkend.ai/v1/data/posts",
        {"X-Project-Id": "proj1"},
        lambda message, debug: {"success": False, "error": {"code": "data/unknown-thing", "message": message, "details": debug}},
    ),
    "backend-services": Shape(
        "http://api.everlive.com/v1/app12345/Books",
        {"X-Everlive-SDK": "js"},
        lambda message, debug: {"errorCode": 9001, "message": message, "details": debug},
    ),
}


def planted(kind: Kind, place: str, backend: str, *, status: int = 400) -> Exchange:
    """An exchange with an error, in which a secret stands in one place."""
    parts, shape = PLACES[place](kind), SHAPES[backend]
    url = shape.url + parts.get("path", "") + (f"?{parts['query']}" if "query" in parts else "")
    told = shape.answer(parts.get("message", "It went wrong."), parts.get("debug", "")) | parts.get("more", {})
    exchange = make_exchange(
        status,
        parts.get("answer", told),
        method="POST",
        url=url,
        headers=shape.headers | parts.get("headers", {}),
        request_body=parts.get("request_body", b""),
        response_headers=parts.get("response_headers", {}) | ({} if "answer" in parts else JSON),
    )
    if "failure" in parts:
        return replace(exchange, response=None, failure=parts["failure"])
    return exchange


def on_socket(kind: Kind) -> Exchange:
    """A message of a socket that repeats what the client opened it with."""
    opening = make_body({"op": "connect", "applicationId": "myAppId", **kind.member})
    exchange = planted(kind, "member", "parse")
    return replace(
        exchange,
        response=None,
        message=make_body({"op": "error", "code": 4, "error": kind.said if kind.whole else kind.value, "reconnect": True}),
        opening=(opening,),
    )


def traces_in(text: str, traces: Iterable[str]) -> list[str]:
    """Those traces of secrets that are in a text, as they stand there or behind an encoding."""
    plain = text
    for _ in range(3):
        if "\\u" in plain:
            plain = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), plain)
        plain = unquote(html.unescape(plain))
    low = plain.lower()
    return [trace for trace in traces if any(end in low for end in _ends(trace.lower())) or any(p in text or p in plain for p in in_base64(trace))]


def _ends(trace: str) -> tuple[str, str]:
    """What is left of a secret that was cut in two. Of hexadecimal more is needed: pseudonyms consist of it."""
    if trace.isdigit():
        return trace, trace
    size = 9 if not set(trace) - set("0123456789abcdef") else 6
    return trace[:size], trace[-size:]


@cache
def in_base64(trace: str) -> tuple[str, ...]:
    """What base64 makes of a text, and of that once more: in any text, without the letters that its neighbours have a part in."""
    once = _parts(trace)
    found = {*once, *(part for one in once for part in _parts(one))}
    return tuple(found | {part.translate(str.maketrans("+/", "-_")) for part in found})


def _parts(text: str) -> list[str]:
    parts = []
    for before in range(3):
        letters = base64.b64encode(b"\0" * before + text.encode()).decode().rstrip("=")
        parts.append(letters[(0, 2, 3)[before] : (len(text.encode()) + before) * 8 // 6])
    return parts
