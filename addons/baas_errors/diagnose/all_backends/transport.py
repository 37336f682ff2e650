"""Rules for requests without an answer: which side failed, and what to do on the machine at hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ...catalog.load import rule_tables
from ...decode.hidden_failures import is_handshake
from ...decode.transport import cause_of, told_by_browser
from ...history.app_facts import SERVER, server_name
from ..context import Message, Rule, RuleContext, duration, once
from .warnings import GONE, MOVE, switched_off

_CAUSES: Mapping[str, Mapping[str, str]] = rule_tables("failures")["cause"]
# Who asked, on which machine, and what `localhost` is there: what a browser tells in its HAR files, the browser itself has tried.
_PROXY = {"asker": "proxy", "runs": "the proxy runs on", "here": " For the proxy this is the machine that mitmproxy runs on, not the phone."}
_BROWSER = {"asker": "browser", "runs": "the browser ran on", "here": " For the browser this is the machine that it ran on."}
_LOCAL = re.compile(r"(?i)localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0")
# The address that was tried, in a text of Python's asyncio.
_TRIED = re.compile(r"(?i)connect call failed \('([\w.:%]{1,80})', (\d{1,5})")


def _upstream(ctx: RuleContext) -> tuple[str, int] | None:
    """Host and port that a proxy in reverse mode tried, where the app's request is for others: its own URL names the proxy."""
    if ctx.exchange.upstream:
        return ctx.exchange.upstream
    host, port = (_TRIED.findall(ctx.message[:1000]) or [("", 0)])[-1]
    elsewhere = int(port) != ctx.request.port or (_LOCAL.fullmatch(ctx.request.host) and not _LOCAL.fullmatch(host))
    return (host, int(port)) if host and elsewhere else None


def _facts(ctx: RuleContext) -> dict[str, str]:
    """What the texts have to fill in."""
    request, text = ctx.request, ctx.message
    seen = ctx.app_memory.names.get((SERVER, server_name(request)))
    upstream = _upstream(ctx)
    host, port = upstream or (request.host, request.port)
    setting = "mitmproxy's option `--mode reverse:...`" if upstream else "the app's server URL"
    started, ended = ctx.exchange.started, ctx.exchange.ended
    took = ended - started if started is not None and ended is not None else 0.0
    before = f" It answered {ctx.ago(seen.when)} in {ctx.flow_name(seen.flow)}." if seen else ""
    why = next((why for pattern, why in rule_tables("failures")["certificate"].items() if re.search(pattern, text, re.I)), "")
    asked = _BROWSER if told_by_browser(text) else _PROXY
    writes = ctx.method in ("POST", "PUT", "PATCH", "DELETE")
    return asked | {
        "place": ctx.quote(f"[{host}]:{port}" if upstream and ":" in host else f"{host}:{port}"),
        "host": ctx.quote(host),
        "again": ", which has stopped since" if seen else f", or correct the port in {setting}",
        "setting": setting,
        "waited": f" after {duration(took)}" if took >= 1 else "",
        "before": before,
        "why": f": {why}" if why else "",
        "renew": "Renew the certificate on the server." if "expired" in why else "Give the server a certificate that fits its name and is trusted.",
        "option": "body_size_limit" if "body_size_limit" in text else "validate_inbound_headers",
        "got": f", and answered the app with {ctx.exchange.answered}" if ctx.exchange.answered else "",
        "here": asked["here"] if _LOCAL.fullmatch(host) else "",
        "writes": " The request writes, and may have been carried out." if writes else "",
        "check": ", after checking whether the write was carried out" if writes else "",
    }


@once
def _cause(ctx: RuleContext) -> str:
    return cause_of(ctx.message)


def _rule(cause: str, texts: Mapping[str, str]) -> Rule:
    def check(ctx: RuleContext) -> Message | None:
        if _cause(ctx) != cause:
            return None
        never = cause == "timeout" and re.search(r"connect call|\[(?:Errno|WinError)", ctx.message, re.I)
        socket = cause in ("closed", "reset") and is_handshake(ctx.request)
        told = _CAUSES["never" if never else "socket"] if never or socket else texts
        says, fix = (told[part].format(**_facts(ctx)) for part in ("says", "fix"))
        evidence, fault = " ".join(ctx.message.split()), told.get("fault", "")
        if cause in GONE and (gone := switched_off(ctx.exchange, ctx.backend)):
            return Message(f"{says} {gone}: retries will not help.", evidence, True, MOVE, "never", "config")
        return Message(says, evidence, True, fix, "after-fix" if fault else "", fault)

    check.__doc__ = f"""Looks at the failure's text for the cause `{cause}`.

    Source: texts of mitmproxy 12, of the operating systems, and of browsers in HAR files. Other causes: none, the text names it."""
    return Rule(f"failed-{cause}", check, failed=True)


def browser_stopped(ctx: RuleContext) -> Message | None:
    """Looks for the browser's word for an answer that it does not show, which CORS causes nearly always. Source: Chrome's net_error_list.h
    (ERR_FAILED)."""
    if _cause(ctx) != "browser":
        return None
    says = "the browser hid the answer, because the server does not allow the page's origin (CORS)."
    return Message(says, ctx.message, False, "Send the same request outside the browser: if it is answered, allow the page's origin on the server.")


def _distrust(ctx: RuleContext) -> str:
    cause = _cause(ctx) if ctx.kind == "tls-failed" else ""
    return cause if cause in ("proxy-unknown", "proxy-refused") else ""


def proxy_not_trusted(ctx: RuleContext) -> Message | None:
    """Looks for an app that did not accept the certificate that the proxy showed it. Source: mitmproxy 12, proxy/layers/tls.py. Other causes: none
    where the app says `unknown ca`."""
    cause = _distrust(ctx)
    if not cause:
        return None
    place, seen = ctx.quote(f"{ctx.request.host}:{ctx.request.port}"), ctx.app_memory.last_answer
    other = f" It was accepted in {ctx.flow_name(seen.flow)}, by another app or another part of it." if seen and seen.how == ctx.request.host else ""
    fix = (
        "Install mitmproxy's certificate where the app looks for it (see below); if it is there, the app pins: use `--ignore-hosts` or a debug build."
    )
    if cause == "proxy-unknown":
        says = f"The app does not know the authority of mitmproxy's certificate (`unknown ca`), so it did not send its request to {place}.{other}"
        return Message(says, ctx.message, True, fix)
    return Message(f"the app refused the proxy's certificate for {place}.{other}", ctx.message, False, fix)


def how_to_install(ctx: RuleContext) -> Iterable[Message]:
    """Lists how to make an app accept the proxy's certificate. Source: mitmproxy's documentation, Certificates."""
    return (Message(text, "mitmproxy-ca-cert.pem", certain=True) for text in rule_tables("failures")["install"]["steps"]) if _distrust(ctx) else ()


def what_the_app_sees(ctx: RuleContext) -> Message | None:
    """Looks up what the app's SDK makes of a request without an answer. Source: the catalog's `sdk` texts."""
    advice = ctx.error.advice
    if not advice or not advice.sdk:
        return None
    shown = "; ".join(text if name == "any" else f"{name}: {text}" for name, text in list(advice.sdk.items())[:3])
    return Message(f"The app sees it as {shown}.", f"no answer from {ctx.request.host}", certain=True)


RULES: tuple[Rule, ...] = (
    *(_rule(cause, texts) for cause, texts in _CAUSES.items() if cause not in ("never", "socket")),
    Rule("failed-browser", browser_stopped, failed=True),
    Rule("proxy-not-trusted", proxy_not_trusted, failed=True),
    Rule("install-certificate", how_to_install, secondary=True, failed=True),
    Rule("app-sees", what_the_app_sees, secondary=True, failed=True),
)
