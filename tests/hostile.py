"""What acts on terminals, browsers, spreadsheets, readers of Markdown and shells, put into every fact that comes from outside."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from baas_errors.formats import Occurrence
from baas_errors.record import ErrorRecord, Finding
from baas_errors.reports.redacted_exchange import CleanExchange
from hypothesis import strategies as st
from samples import START

TERMINAL = (
    *("\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;https://a.example\x1b\\here\x1b]8;;\x1b\\", "\x9b31m", "\x9d0;title\x9c", "\x1bPq\x1b\\", "\x1b[6n"),
    *("\x07", "\x08\x08\x08", "\r", "\r\n", "\n", "\v", "\f", "\x1c", "\x1e", "\x7f", "\x00", "\x85", "\u2028", "\u2029"),
    *("\u202a", "\u202d", "\u202e", "\u2066", "\u2067", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b", "\ufeff", "\u00ad", "\U000e0041"),
)
HTML = (
    *(
        "</script>",
        "<script>window.__pwned=1</script>",
        "<img src=x onerror=window.__pwned=1>",
        "<svg/onload=window.__pwned=1>",
        "</title>",
        "</style>",
    ),
    *(
        "<!--",
        "-->",
        "<!--<script>",
        "]]>",
        "<![CDATA[",
        "<?php",
        '" onmouseover="window.__pwned=1',
        "' onfocus=window.__pwned=1 autofocus '",
        "\\u003c",
    ),
    *(
        "javascript:window.__pwned=1",
        "data:text/html,<script>1</script>",
        "&lt;b&gt;",
        "&#60;b&#62;",
        "<base href=//a.example>",
        "<meta http-equiv=refresh>",
    ),
    *("url(https://a.example/x)", "}body{display:none}", "@import 'https://a.example'", "{{7*7}}", "${7*7}", "{% raw %}", "<%= 1 %>", "%s%n", "{0}"),
    *("__proto__", "constructor", "toString", "hasOwnProperty"),
)
CSV = (
    *(
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@SUM(1)",
        "\t=1",
        ";=1",
        ',"=1',
        '"=1',
        "'=1",
        "|=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff201",
        "\u2212",
        "\ufe661",
    ),
    *("\u00a0=1", "\u3000=1", "\ufeff=1", "\x00=1", '""', '","', "\r\n=1"),
)
MARKDOWN = (
    *("[a](https://a.example)", "![a](https://a.example/x.png)", "[a]: https://a.example", "[a][b]", "<https://a.example>", "https://a.example/?q=1"),
    *(
        "www.a.example",
        "a@b.example",
        "mailto:a@b.example",
        "xmpp:a@b.example",
        "@octocat",
        "#12",
        "!12",
        "GH-12",
        "a/b#12",
        "0123abc",
        "[x]",
        "[^1]",
    ),
    *(
        "**b**",
        "__b__",
        "~~s~~",
        "*",
        "_",
        "`",
        "``",
        "```",
        "````",
        "~~~",
        "# h",
        "- i",
        "+ i",
        "1. i",
        "1) i",
        "> q",
        "---",
        "===",
        "| a | b |",
        "|",
        "\\",
    ),
    *(
        "\\|",
        "\\\\",
        "    code",
        "\tcode",
        "<b>",
        "<details>",
        "&nbsp;",
        "$x$",
        "$$",
        ":smile:",
        "<!-- c -->",
        "\\`",
        "a\nb\n===",
        "http://",
        "ftp://a",
    ),
)
SHELL = (
    "$(id)",
    "`id`",
    "${HOME}",
    "'; id #",
    "\\",
    "!!",
    "&& id",
    "| id",
    "> /tmp/x",
    "\n id",
    "*",
    "~",
    "-o/x",
    "@/etc/passwd",
    "'\"'\"'",
    "%{url}",
)
MARKS = (
    "<secret 12 chars #a41f9c>",
    "<path 3 chars #a41f9c>",
    "<jwt 99 chars alg HS256 #0a1b2c>",
    "<user 4 chars #a1b2c3>:<credentials 9 chars #b1b2c3>",
)
PLAIN = ("a", "1", " ", "  ", ".", ":", "/", "?", "&", "%41", "x=y", "\u00fc", "\u4e16\u754c", "\U0001f511", "e\u0301", "word", "https://a.example/")
# What records never hold, since it is replaced when they are made; names of files and arguments of commands may.
SURROGATES = ("\ud800", "\udcff")

ALL = (*TERMINAL, *HTML, *CSV, *MARKDOWN, *SHELL, *MARKS, *PLAIN)
texts = st.lists(st.sampled_from(ALL), max_size=5).map("".join)
wild_texts = st.lists(st.sampled_from((*ALL, *SURROGATES)), min_size=1, max_size=5).map("".join)

TEXT_FACTS = (
    *("backend", "type", "fingerprint", "name", "message", "debug", "meaning", "retry", "fault", "doc", "request_id", "client_request_id"),
    *("method", "url", "url_template", "address", "app", "client", "flow_id", "part"),
)
_findings = st.lists(st.builds(Finding, texts, texts, texts, st.booleans()), max_size=2).map(tuple)
records = st.builds(
    ErrorRecord,
    timestamp=st.sampled_from(["2024-05-01T10:00:00.000Z", "2024-05-01T10:00:01.000Z"]),
    known=st.booleans(),
    code=st.one_of(texts, st.integers(-40_000, 40_000).map(str), st.none()),
    candidates=st.lists(texts, max_size=2).map(tuple),
    fix=st.lists(texts, max_size=2).map(tuple),
    sdk=st.dictionaries(texts, texts, max_size=2),
    findings=_findings,
    status=st.sampled_from([None, 200, 404, 500]),
    index=st.sampled_from([None, 0]),
    **dict.fromkeys(TEXT_FACTS, texts),
)
_pairs = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
exchanges = st.builds(
    CleanExchange,
    method=st.one_of(st.sampled_from(["GET", "POST", "HEAD"]), texts),
    url=st.one_of(texts, texts.map("https://a.example/".__add__), texts.map("http://".__add__)),
    request_headers=_pairs,
    request_body=texts,
    status=st.sampled_from([None, 0, 404, 999]),
    response_headers=_pairs,
    response_body=texts,
    started=st.sampled_from([None, START]),
    duration_ms=st.sampled_from([None, 12]),
    failure=texts,
)
_no_exchange_or_one = st.one_of(st.none(), exchanges)
occurrences = st.lists(st.builds(Occurrence, records, _no_exchange_or_one, texts, worked=_no_exchange_or_one), min_size=1, max_size=3)


def occurrence_of(text: str, like: Occurrence) -> Occurrence:
    """An occurrence in which every fact from outside is this text."""
    facts = dict.fromkeys(TEXT_FACTS, text)
    record = replace(
        like.record,
        **facts,
        code=text,
        candidates=(text, text),
        fix=(text, text),
        sdk={text: text, f"{text}2": text},
        findings=(Finding(text, text, text, certain=True), Finding(text, text, text)),
    )
    pairs = ((text, text), ("Content-Type", text), ("Cookie", text), (text, ""))
    exchange = CleanExchange(
        method="POST",
        url=f"https://a.example/{text}",
        request_headers=pairs,
        request_body=text,
        status=404,
        response_headers=pairs,
        response_body=text,
        started=START,
        failure=text,
    )
    # Its worked one differs in a header, a part of the URL and a line of the body.
    worked = replace(exchange, url=f"{exchange.url}?{text}", request_headers=((text, f"{text}2"),), request_body=f"{text}2")
    return Occurrence(record, exchange, text, worked)


def active_in(text: str, allowed: str = "\n") -> list[str]:
    """The characters of a text that a terminal or a viewer of logs acts on: controls, what turns or hides text, breaks of lines, lone surrogates."""
    return [each for each in text if each not in allowed and unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
