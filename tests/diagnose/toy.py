"""A backend made for tests, and cases on it: for checks that look at one case each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baas_errors.catalog import Backend
from baas_errors.decode import Error
from baas_errors.diagnose.context import Message, RuleContext
from baas_errors.history import ExchangeFacts
from baas_errors.history.store import AppMemory, Memory
from baas_errors.redact import Redactor
from build import make_backend, make_exchange

TOY = make_backend("""
routes = ["/things/{collection}/{id}", "/things/{collection}"]
[backend.memory]
token = { header = ["authorization"] }
""")
NOW = 1_700_000_000


class Desk:
    """A toy backend's memory, and cases on it."""

    def __init__(self, backend: Backend = TOY) -> None:
        self.backend, self.app, self.keeper = backend, AppMemory(), Memory()

    def anew(self) -> Desk:
        return Desk(self.backend)

    def case(
        self,
        body: Any = b"",
        *,
        method: str = "POST",
        url: str = "https://toy.example/things/books",
        headers: Mapping[str, str] | None = None,
        answer_headers: Mapping[str, str] | None = None,
        error: Error | None = None,
    ) -> RuleContext:
        exchange = make_exchange(400, b"", method=method, url=url, headers=headers, request_body=body, response_headers=answer_headers)
        redactor = Redactor([self.backend], key=b"key of the tests")
        return RuleContext(ExchangeFacts(exchange, self.backend, self.keeper), error or Error(), self.app, redactor.for_exchange(exchange))


def said(result: Message | Any) -> list[str]:
    return [] if result is None else [result.says] if isinstance(result, Message) else [say.says for say in result]
