"""Rules for requests without an answer: which side failed, and what to do on the machine at hand."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...decode.transport import cause_of, told_by_browser
from ..context import Message, Rule, RuleContext, duration, once
from .warnings import GONE, MOVE, switched_off

# How to make an app accept the proxy's certificate, place by place.
INSTALL = (
    "To install the certificate on a phone, open http://mitm.it there while it uses the proxy. iOS: install the profile, then switch it on under "
    "Settings > General > About > Certificate Trust Settings. Android: install it as CA certificate; apps trust it only if their "
    'network_security_config.xml has `<certificates src="user"/>`, at least for debug builds. Flutter apps ignore the system\'s proxy and the '
    "user's certificates.",
    "In an iOS simulator: `xcrun simctl keychain booted add-root-cert ~/.mitmproxy/mitmproxy-ca-cert.pem`. In an Android emulator (an image without "
    "Google Play): copy it to the system's certificates, with `adb root` and `adb remount`.",
    "On a computer, from ~/.mitmproxy/mitmproxy-ca-cert.pem: macOS Keychain Access, Always Trust; Windows `certutil -addstore root`; Debian "
    "/usr/local/share/ca-certificates/*.crt and `update-ca-certificates`. Firefox has a store of its own. Node: NODE_EXTRA_CA_CERTS. Python: "
    "SSL_CERT_FILE, REQUESTS_CA_BUNDLE. Java: `keytool -importcert`. curl: --cacert.",
    "If the certificate is installed and the app still refuses it, the app pins its server's certificate: use a build without pinning, or let the "
    "host pass with `--ignore-hosts`.",
)
# What each cause is in words, and what to do about it; the client's own handshake has rules below.
CAUSES = {
    "refused": (
        "Nothing listens on {place}: the machine is there and refused the connection.{here}",
        "Start the server on {place}, or correct the port in {setting}.",
    ),
    "name": (
        "The name {host} is not known to the DNS of the machine that {runs}.",
        "Correct the host in the app's server URL; if it is right, connect that machine to the network (VPN) where {host} is known.",
    ),
    "resolver": ("The machine that {runs} could not ask any DNS server for {host}.", "Connect that machine to the network: it seems to be offline."),
    "timeout": (
        "{place} gave no answer in time{waited}.{writes}",
        "Try again with exponential backoff{check}; if it stays slow, look at the server's load and log.",
    ),
    "never": (
        "{place} did not accept the connection{waited}.",
        "Check the address and that the machine is on; a firewall that drops packets looks the same.",
    ),
    "unreachable": (
        "The machine that {runs} has no route to {place}.",
        "Connect it to the network (VPN) that {place} is in, or correct the address.",
    ),
    "server-certificate": (
        "The proxy did not accept the certificate of {place}{why}. It is the server's own certificate, not mitmproxy's.",
        "{renew} If the certificate is as it should be in a test, start mitmproxy with `--set ssl_verify_upstream_trusted_ca=FILE` (its authority) "
        "or `--set ssl_insecure=true`.",
    ),
    "pinned": (
        "The app pins the certificate of {place} and was shown another one: a proxy's, or a renewed one.",
        "Use a build without certificate pinning, or let the host pass with `--ignore-hosts`.",
    ),
    "browser-certificate": (
        "The browser did not accept the certificate that it was shown for {place}{why}.",
        "If a proxy was in between, install mitmproxy's certificate in the browser's own store; else replace the server's certificate.",
    ),
    "no-tls": (
        "{place} does not speak TLS: the URL says https, and what answers there is plain HTTP or another protocol.",
        "Use `http://` for this host, or the port that serves https.",
    ),
    "server-handshake": (
        "{place} closed the connection during the TLS handshake with the {asker}.{before}",
        "Look at the TLS settings and the log of {place}: host name (SNI), TLS versions, client certificates, a firewall.",
    ),
    "tls-version": (
        "The {asker} and {place}, or the app, have no version of TLS in common.",
        "Enable TLS 1.2 or 1.3 on the older side, or set mitmproxy's options `tls_version_client_min` and `tls_version_server_min`.",
    ),
    "by-proxy": ("mitmproxy itself stopped this, because of its option `{option}`.", "Change the option `{option}`, or test without the proxy."),
    "extension": (
        "An extension in the browser, such as an ad blocker, stopped this request to {place}; the server never received it.",
        "Turn the extension off for this page.",
    ),
    "offline": ("The device that made the request was offline, or changed its network.", "Try again when the device is online."),
    "upstream-proxy": (
        "The proxy behind this one would not connect to {place}.",
        "Check the option `--mode upstream:...`, and whether that proxy may connect to {place}.",
    ),
    "no-http": ("What answered at {place} does not speak HTTP.", "Correct the port in the app's server URL."),
    "protocol": ("{place} sent an answer that breaks the rules of HTTP.{before}", "Look at the log of {place} and of the proxies in front of it."),
    "cut-off": (
        "{place} began its answer and broke it off: the app has a part of it at most.{before}",
        "Try again with exponential backoff{check}; if it recurs, look at the log of {place} (crash, restart, time limit of a proxy).",
    ),
    "reset": (
        "{place} reset the connection instead of answering{waited}.{before}",
        "Try again with exponential backoff{check}; if it recurs, look at the log of {place} and at firewalls.",
    ),
    "closed": (
        "{place} took the request and closed the connection without an answer{waited}.{before}",
        "Try again with exponential backoff{check}; if it recurs, look at the log of {place} (crash, restart, keep-alive limit).",
    ),
}
# What no pause mends, and whose fault it is.
_AFTER_FIX = {
    "name": "config", "server-certificate": "server", "pinned": "client", "browser-certificate": "config", "no-tls": "config",
    "tls-version": "config", "by-proxy": "config", "extension": "client", "upstream-proxy": "config", "no-http": "config",
}  # fmt: skip
_CERTIFICATES = (
    ("expired", "it has expired"),
    ("not yet valid", "it is not valid yet, or this machine's clock is wrong"),
    ("mismatch|common name|bad_cert_domain", "it was issued for another name"),
    ("date invalid", "it has expired, or is not valid yet"),
    ("authority invalid|unknown_issuer", "its authority is not trusted"),
    ("in certificate chain|unable to get local issuer", "its issuer is not known: a company's own authority, or a missing intermediate certificate"),
    ("self.signed", "it is self-signed"),
)
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
    request, text, seen = ctx.request, ctx.message, ctx.app_memory.last_answer
    upstream = _upstream(ctx)
    host, port = upstream or (request.host, request.port)
    started, ended = ctx.exchange.started, ctx.exchange.ended
    took = ended - started if started is not None and ended is not None else 0.0
    before = f" It answered {ctx.ago(seen.when)} in {ctx.flow_name(seen.flow)}." if seen and seen.how == request.host else ""
    why = next((why for pattern, why in _CERTIFICATES if re.search(pattern, text, re.I)), "")
    asked = _BROWSER if told_by_browser(text) else _PROXY
    writes = ctx.method in ("POST", "PUT", "PATCH", "DELETE")
    return asked | {
        "place": ctx.quote(f"[{host}]:{port}" if upstream and ":" in host else f"{host}:{port}"),
        "host": ctx.quote(host),
        "setting": "mitmproxy's option `--mode reverse:...`" if upstream else "the app's server URL",
        "waited": f" after {duration(took)}" if took >= 1 else "",
        "before": before,
        "why": f": {why}" if why else "",
        "renew": "Renew the certificate on the server." if "expired" in why else "Give the server a certificate that fits its name and is trusted.",
        "option": "body_size_limit" if "body_size_limit" in text else "validate_inbound_headers",
        "here": asked["here"] if _LOCAL.fullmatch(host) else "",
        "writes": " The request writes, and may have been carried out." if writes else "",
        "check": ", after checking whether the write was carried out" if writes else "",
    }


_cause = once("cause of a failure", lambda ctx: cause_of(ctx.message))


def _rule(cause: str, texts: tuple[str, str]) -> Rule:
    def check(ctx: RuleContext) -> Message | None:
        if _cause(ctx) != cause:
            return None
        never = cause == "timeout" and re.search(r"connect call|\[(?:Errno|WinError)", ctx.message, re.I)
        says, fix = (text.format(**_facts(ctx)) for text in (CAUSES["never"] if never else texts))
        evidence, fault = " ".join(ctx.message.split()), _AFTER_FIX.get(cause, "")
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
        "Install mitmproxy's certificate where the app looks for it (see below); if it is there, the app pins: use `--ignore-hosts` or another build."
    )
    if cause == "proxy-unknown":
        says = f"The app does not know the authority of mitmproxy's certificate (`unknown ca`), so it did not send its request to {place}.{other}"
        return Message(says, ctx.message, True, fix)
    return Message(f"the app refused the proxy's certificate for {place}.{other}", ctx.message, False, fix)


def how_to_install(ctx: RuleContext) -> Iterable[Message]:
    """Lists how to make an app accept the proxy's certificate. Source: mitmproxy's documentation, Certificates."""
    return (Message(text, "mitmproxy-ca-cert.pem", certain=True) for text in INSTALL) if _distrust(ctx) else ()


def what_the_app_sees(ctx: RuleContext) -> Message | None:
    """Looks up what the app's SDK makes of a request without an answer. Source: the catalog's `sdk` texts."""
    advice = ctx.error.advice
    if not advice or not advice.sdk:
        return None
    shown = "; ".join(text if name == "any" else f"{name}: {text}" for name, text in list(advice.sdk.items())[:3])
    return Message(f"The app sees it as {shown}.", f"no answer from {ctx.request.host}", certain=True)


RULES: tuple[Rule, ...] = (
    *(_rule(cause, texts) for cause, texts in CAUSES.items() if cause != "never"),
    Rule("failed-browser", browser_stopped, failed=True),
    Rule("proxy-not-trusted", proxy_not_trusted, failed=True),
    Rule("install-certificate", how_to_install, secondary=True, failed=True),
    Rule("app-sees", what_the_app_sees, secondary=True, failed=True),
)
