"""Rules for requests without an answer: which side gave up, and what to do on the machine at hand."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...decode.transport import cause_of, told_by_browser
from ..context import Message, Rule, RuleContext, duration, once

# How to make an app accept the proxy's certificate, place by place.
INSTALL = (
    "To install the certificate on a phone, open http://mitm.it there while it uses the proxy. iOS: install the profile, then switch it on under "
    "Settings > General > About > Certificate Trust Settings. Android: install it as CA certificate; apps trust it only if their "
    'network_security_config.xml has `<certificates src="user"/>`, at least for debug builds. Flutter apps heed neither the proxy of the system nor '
    "the certificates of the user.",
    "In an iOS simulator: `xcrun simctl keychain booted add-root-cert ~/.mitmproxy/mitmproxy-ca-cert.pem`. In an Android emulator (an image without "
    "Google Play): put it among the certificates of the system, with `adb root` and `adb remount`.",
    "On a computer, from ~/.mitmproxy/mitmproxy-ca-cert.pem: macOS Keychain Access, Always Trust; Windows `certutil -addstore root`; Debian "
    "/usr/local/share/ca-certificates/*.crt and `update-ca-certificates`. Firefox has a store of its own. Node: NODE_EXTRA_CA_CERTS. Python: "
    "SSL_CERT_FILE, REQUESTS_CA_BUNDLE. Java: `keytool -importcert`. curl: --cacert.",
    "If the certificate is installed and the app refuses it all the same, the app pins its server's: take a build without pinning, or let the host "
    "pass unseen with `--ignore-hosts`.",
)
# What each cause is in words; the client's own handshake has rules below.
SAYS = {
    "refused": "Nothing listens on {place}: the machine is there and refused the connection. Start the server, or mend the port.{here}",
    "name": "The name {host} is not known to the DNS of the machine that {runs}: misspelt, gone, or of another network.",
    "resolver": "The machine that {runs} could not ask any DNS for {host}: it seems to be offline.",
    "timeout": "{place} gave no answer in time{waited}.{writes}",
    "unreachable": "The machine that {runs} has no way to {place}: no network, no route (VPN), or an address of another network.",
    "server-certificate": "The proxy did not accept the certificate of {place}{why}. It is the server's own, not mitmproxy's. If that is as it "
    "should be in a test, name its authority with `--set ssl_verify_upstream_trusted_ca=FILE`, or start with `--set ssl_insecure=true`.",
    "pinned": "The app pins the certificate of {place}, and was shown another, a proxy's or a renewed one. Take a build without pinning.",
    "browser-certificate": "The browser did not accept the certificate that it was shown for {place}{why}. With a proxy in between it is the "
    "proxy's: install mitmproxy's in the browser's own store.",
    "no-tls": "{place} does not speak TLS: the URL says https, and what answers there is plain HTTP or something else.",
    "server-handshake": "{place} closed the connection in the midst of the TLS handshake with the {asker}.{before}",
    "tls-version": "The two sides of {place} have no version of TLS in common; see mitmproxy's options `tls_version_client_min` and "
    "`tls_version_server_min`.",
    "by-proxy": "mitmproxy itself broke this off, because of its option `{option}`; without the proxy it may work.",
    "extension": "Something in the browser, an ad blocker most of all, stopped this request to {place}; the server never saw it.",
    "offline": "The device that made the request was offline, or changed its network.",
    "upstream-proxy": "The proxy behind this one would not connect to {place}: see the option `--mode upstream:...`.",
    "no-http": "What answered at {place} does not speak HTTP: is it the right port?",
    "protocol": "{place} broke the rules of HTTP, so that its answer could not be read.{before}",
    "cut-off": "{place} began its answer and broke it off: the app has a part of it at most.{before}",
    "reset": "{place} reset the connection instead of answering{waited}.{before}",
    "closed": "{place} took the request and closed the connection without an answer{waited}.{before}",
}
_NOT_EVEN_TAKEN = "{place} did not even take the connection{waited}: a firewall drops it, the address is wrong, or the machine is off."
_CERTIFICATES = (
    ("expired", "it has expired"),
    ("not yet valid", "it is not valid yet, or this machine's clock is wrong"),
    ("mismatch|common name|bad_cert_domain", "it was issued for another name"),
    ("date invalid", "it has expired, or is not valid yet"),
    ("authority invalid|unknown_issuer", "nobody whom it trusts has signed it"),
    ("in certificate chain|unable to get local issuer", "the proxy does not know its issuer, a company's own authority or a missing intermediate"),
    ("self.signed", "it is self-signed"),
)
# Who asked, on which machine, and what `localhost` is there: what a browser tells in its HAR files, the browser itself has tried.
_PROXY = {
    "asker": "proxy",
    "runs": "the proxy runs on",
    "here": " For the proxy this is the machine that mitmproxy runs on, not the phone.",
}
_BROWSER = {"asker": "browser", "runs": "the browser ran on", "here": " For the browser this is the machine that it ran on."}
_LOCAL = re.compile(r"(?i)localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0")


def _facts(ctx: RuleContext) -> dict[str, str]:
    """What the texts have to fill in."""
    request, text, seen = ctx.request, ctx.message, ctx.app_memory.last_answer
    started, ended = ctx.exchange.started, ctx.exchange.ended
    took = ended - started if started is not None and ended is not None else 0.0
    before = f" It answered {ctx.ago(seen.when)} in {ctx.flow_name(seen.flow)}." if seen and seen.how == request.host else ""
    why = next((why for pattern, why in _CERTIFICATES if re.search(pattern, text, re.I)), "")
    asked = _BROWSER if told_by_browser(text) else _PROXY
    return asked | {
        "place": ctx.quote(f"{request.host}:{request.port}"),
        "host": ctx.quote(request.host),
        "waited": f" after {duration(took)}" if took >= 1 else "",
        "before": before,
        "why": f": {why}" if why else "",
        "option": "body_size_limit" if "body_size_limit" in text else "validate_inbound_headers",
        "here": asked["here"] if _LOCAL.fullmatch(request.host) else "",
        "writes": " The request writes, and may have been carried out all the same." if ctx.method in ("POST", "PUT", "PATCH", "DELETE") else "",
    }


_cause = once("cause of a failure", lambda ctx: cause_of(ctx.message))


def _rule(cause: str, says: str) -> Rule:
    def check(ctx: RuleContext) -> Message | None:
        if _cause(ctx) != cause:
            return None
        never = cause == "timeout" and re.search(r"connect call|\[(?:Errno|WinError)", ctx.message, re.I)
        return Message((_NOT_EVEN_TAKEN if never else says).format(**_facts(ctx)), " ".join(ctx.message.split()), certain=True)

    return Rule(f"failed-{cause}", check, failed=True)


def browser_stopped(ctx: RuleContext) -> Message | None:
    """The browser's word for what it does not tell: nearly always an answer that CORS hides."""
    if _cause(ctx) != "browser":
        return None
    return Message(
        "the browser hid the answer, since it does not allow the page's origin (CORS): look whether the same request has one outside the browser.",
        ctx.message,
        certain=False,
    )


def _distrust(ctx: RuleContext) -> str:
    cause = _cause(ctx) if ctx.kind == "tls-failed" else ""
    return cause if cause in ("proxy-unknown", "proxy-refused") else ""


def proxy_not_trusted(ctx: RuleContext) -> Message | None:
    """The app did not accept the certificate that the proxy showed it."""
    cause = _distrust(ctx)
    if not cause:
        return None
    place, seen = ctx.quote(f"{ctx.request.host}:{ctx.request.port}"), ctx.app_memory.last_answer
    other = f" It was accepted in {ctx.flow_name(seen.flow)}, by another app or another part of it." if seen and seen.how == ctx.request.host else ""
    if cause == "proxy-unknown":
        return Message(
            f"The app does not know the authority of mitmproxy's certificate (`unknown ca`), and so did not send its request to {place}: the "
            f"certificate is not installed, or the app has a store of its own.{other}",
            ctx.message,
            certain=True,
        )
    return Message(
        f"the app refused the proxy's certificate for {place}: mitmproxy's is not installed where the app looks, or the app pins its "
        f"server's.{other}",
        ctx.message,
        certain=False,
    )


def how_to_install(ctx: RuleContext) -> Iterable[Message]:
    """How to make an app accept the proxy's certificate."""
    return (Message(text, "mitmproxy-ca-cert.pem", certain=True) for text in INSTALL) if _distrust(ctx) else ()


def what_the_app_sees(ctx: RuleContext) -> Message | None:
    """What the app's SDK makes of a request without an answer."""
    advice = ctx.error.advice
    if not advice or not advice.sdk:
        return None
    shown = "; ".join(text if name == "any" else f"{name}: {text}" for name, text in list(advice.sdk.items())[:3])
    return Message(f"The app sees it as {shown}.", f"no answer from {ctx.request.host}", certain=True)


RULES: tuple[Rule, ...] = (
    *(_rule(cause, says) for cause, says in SAYS.items()),
    Rule("failed-browser", browser_stopped, failed=True),
    Rule("proxy-not-trusted", proxy_not_trusted, failed=True),
    Rule("install-certificate", how_to_install, secondary=True, failed=True),
    Rule("app-sees", what_the_app_sees, secondary=True, failed=True),
)
