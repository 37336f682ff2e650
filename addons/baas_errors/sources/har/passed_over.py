"""Passes over the entries of others by what is quick to see in them: to convert all of an entry takes several times as long as to parse it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ..source import PassesOver

_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9.-]{1,253})(?::(\d{1,5}))?", re.I)
# What makes an entry more than a request and its answer.
_MORE = ("_baasErrors", "_webSocketMessages", "_unknownRequest")


def is_passed_over(entry: Any, passes_over: PassesOver) -> bool:
    """Whether an entry is a valid one, with an answer and without a request body, that is of no backend."""
    try:
        sent, answer = entry["request"], entry["response"]
        url, method, status = sent["url"], sent["method"], answer["status"]
        slash = url.find("/", 8)
        origin = _origin(url[:slash])
        if origin is None or type(status) is not int or not 200 <= status <= 999 or not method.isalpha() or method.upper() == "CONNECT":
            return False
        if "postData" in sent or any(name in entry for name in _MORE):
            return False
        asked, answered = sent["headers"], answer["headers"]
        names = (tuple([header["name"] for header in asked]), tuple([header["name"] for header in answered]))
        path = url[slash:].partition("?")[0].partition("#")[0]
        return passes_over(*origin, path, names, (_Fields(asked), _Fields(answered)))
    except (LookupError, TypeError, AttributeError):
        return False


@lru_cache(maxsize=1024)
def _origin(text: str) -> tuple[str, int] | None:
    """Host and port in the beginning of a URL, or None where these take a closer look."""
    match = _ORIGIN.fullmatch(text)
    return (match[2].lower(), int(match[3] or (443 if match[1].lower() == "https" else 80))) if match else None


class _Fields:
    """Headers as fields on the wire, each made when it is asked for."""

    __slots__ = ("_headers",)

    def __init__(self, headers: list[dict[str, str]]) -> None:
        self._headers = headers

    def __getitem__(self, number: int) -> tuple[bytes, bytes]:
        header = self._headers[number]
        return header["name"].encode("utf-8", "replace"), header["value"].encode("utf-8", "replace")
