"""Rules for requests without an answer: which side gave up, and what to do on the machine at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..transport import cause_of
from .case import Case, Rule, Say, duration

PHONES = (
    "To install it on a phone: open http://mitm.it there while it uses the proxy. iOS: install the profile, then switch it on under Settings > "
    "General > "
    "About > Certificate Trust Settings. Android: install it under Security > Encryption & credentials > CA certificate; apps trust it only if their "
    'network_security_config.xml has `<certificates src="user"/>`, in debug builds at least. Flutter apps look at neither proxy nor user '
    'certificates.'
)
SIMULATORS = (
    "To install it in an iOS simulator: `xcrun simctl keychain booted add-root-cert ~/.mitmproxy/mitmproxy-ca-cert.pem`. In an Android emulator "
    "without "
    "Google Play: put it among the system's certificates, with `adb root` and `adb remount`."
)
COMPUTERS = (
    "To install ~/.mitmproxy/mitmproxy-ca-cert.pem on a computer: macOS Keychain Access, Always Trust; Windows `certutil -addstore root`; Debian "
    "/usr/local/share/ca-certificates/*.crt and `update-ca-certificates`. Firefox has a store of its own. Node: NODE_EXTRA_CA_CERTS. Python: "
    "SSL_CERT_FILE, REQUESTS_CA_BUNDLE. Java: `keytool -importcert`. curl: --cacert."
)
PINNED = (
    "If the certificate is installed and the app still refuses it, the app pins its server's: take a build without pinning, or let the host pass "
    "unseen "
    "with `--ignore-hosts`."
)
_LOCAL = re.compile(r"(?i)localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0")


def _place(case: Case) -> str:
    request = case.request
    return case.quote(f"{request.host}:{request.port}")


def _answered_before(case: Case) -> str:
    seen = case.memory.last_answer
    if seen is None or seen.how != case.request.host:
        return " It has answered nothing before, as far as was seen."
    return f" It answered {case.ago(seen.when)} in {case.flow_name(seen.flow)}, so host and port are right."


def _waited(case: Case) -> str:
    started, ended = case.exchange.started, case.exchange.ended
    return f" after {duration(ended - started)}" if started is not None and ended is not None and ended - started >= 1 else ""


def _refused(case: Case) -> str:
    local = " For the proxy, this is the machine that mitmproxy runs on, not the phone." if _LOCAL.fullmatch(case.request.host) else ""
    return f"Nothing listens on {_place(case)}: the machine is there and refused the connection. Start the server, or mend the port.{local}"


def _name(case: Case) -> str:
    return (
        f"The name {case.quote(case.request.host)} is not known to the DNS of the machine that the proxy runs on: it is misspelt, gone, or known in "
        "another "
        "network (VPN) only."
    )


def _timeout(case: Case) -> str:
    write = " The request writes, and may have been carried out all the same." if case.method in ("POST", "PUT", "PATCH", "DELETE") else ""
    if "no data for" in case.message:
        return f"{_place(case)} took the connection and gave no answer{_waited(case)}.{write}"
    return (
        f"{_place(case)} did not even take the connection{_waited(case)}: a firewall drops it, the address is wrong, or the machine is off."
        if re.search(r"connect call|\[(?:Errno|WinError)", case.message, re.I)
        else f"{_place(case)} gave no answer in time{_waited(case)}.{write}"
    )


def _certificate(case: Case) -> str:
    reasons = (
        ("expired", "it has expired; renew it"),
        ("not yet valid", "it is not valid yet, or this machine's clock is wrong"),
        ("hostname mismatch|ip address mismatch", "it was issued for another name"),
        (
            "certificate in certificate chain|unable to get local issuer",
            "its issuer is not known to the proxy: a company's own authority, or a missing intermediate",
        ),
        ("self.signed", "it is self-signed"),
    )
    why = next((why for pattern, why in reasons if re.search(pattern, case.message, re.I)), "")
    return (
        f"The proxy did not accept the certificate of {_place(case)}{f': {why}' if why else ''}. It is the server's own certificate, not "
        "mitmproxy's. If that is as "
        "it should be in your test, give its authority with `--set ssl_verify_upstream_trusted_ca=FILE`, or start with `--set ssl_insecure=true`."
    )


def _by_proxy(case: Case) -> str:
    option = "body_size_limit" if "body_size_limit" in case.message else "validate_inbound_headers"
    return f"mitmproxy itself broke this off, because of its option `{option}`; without the proxy it may work."


# What each cause is in words. Those of the client's handshake have rules of their own.
_SAYS: tuple[tuple[str, Callable[[Case], str]], ...] = (
    ("refused", _refused),
    ("name", _name),
    ("resolver", lambda case: f"The machine that the proxy runs on has no DNS at the moment: it could not ask for {case.quote(case.request.host)}. Is it offline?"),
    ("timeout", _timeout),
    ("unreachable", lambda case: f"The proxy's machine has no way to {_place(case)}: no network, no route (VPN), or an address of another network."),
    ("server-certificate", _certificate),
    ("no-tls", lambda case: f"{_place(case)} does not speak TLS: the URL says https, and what answers there is plain HTTP or something else."),
    ("server-handshake", lambda case: f"{_place(case)} closed the connection in the midst of the TLS handshake with the proxy.{_answered_before(case)}"),
    ("tls-version", lambda case: f"The two sides of {_place(case)} have no TLS version in common; see mitmproxy's options `tls_version_client_min` and `tls_version_server_min`."),
    ("by-proxy", _by_proxy),
    ("upstream-proxy", lambda case: f"The proxy behind this one would not connect to {_place(case)}: see the option `--mode upstream:...`."),
    ("no-http", lambda case: f"What answered at {_place(case)} does not speak HTTP. Is it the right port?"),
    ("cut-off", lambda case: "The server began its answer and broke it off: the app has a part of it at most."),
    ("reset", lambda case: f"{_place(case)} reset the connection instead of answering{_waited(case)}.{_answered_before(case)}"),
    ("closed", lambda case: f"{_place(case)} took the request and closed the connection without an answer{_waited(case)}.{_answered_before(case)}"),
)  # fmt: skip


def _rule(cause: str, says: Callable[[Case], str]) -> Rule:
    def check(case: Case) -> Say | None:
        if not case.kind or cause_of(case.message) != cause:
            return None
        return Say(says(case), case.message.replace("\n", " "), certain=True)

    return Rule(f"failed-{cause}", check)


def proxy_not_trusted(case: Case) -> Iterable[Say]:
    """The app did not accept the certificate that the proxy showed it."""
    cause = cause_of(case.message) if case.kind == "tls-failed" else ""
    if cause not in ("proxy-unknown", "proxy-refused"):
        return
    seen = case.memory.last_answer
    other = f" Another app, or another part of it, did accept it: {case.flow_name(seen.flow)}." if seen and seen.how == case.request.host else ""
    if cause == "proxy-unknown":
        yield Say(
            f"The app does not know the authority of mitmproxy's certificate (`unknown ca`), so that it did not send its request to {_place(case)}: "
            "the "
            f"certificate is not installed, or the app has a store of its own.{other}",
            case.message,
            certain=True,
        )
    else:
        yield Say(
            f"the app refused the proxy's certificate for {_place(case)}: mitmproxy's is not installed where the app looks, or the app pins its "
            f"server's.{other}",
            case.message,
            certain=False,
        )


def how_to_install(case: Case) -> Iterable[Say]:
    """How to make an app accept the proxy's certificate."""
    if case.kind == "tls-failed" and cause_of(case.message) in ("proxy-unknown", "proxy-refused"):
        yield from (Say(text, "mitmproxy-ca-cert.pem", certain=True) for text in (PHONES, SIMULATORS, COMPUTERS, PINNED))


def what_the_app_sees(case: Case) -> Say | None:
    """What the app's SDK makes of a request without an answer."""
    advice = case.error.advice
    if not case.kind or not advice or not advice.sdk:
        return None
    shown = "; ".join(text if name == "any" else f"{name}: {text}" for name, text in list(advice.sdk.items())[:3])
    return Say(f"The app sees it as {shown}.", f"no answer from {case.request.host}", certain=True)


RULES: tuple[Rule, ...] = (
    *(_rule(cause, says) for cause, says in _SAYS),
    Rule("proxy-not-trusted", proxy_not_trusted),
    Rule("install-certificate", how_to_install, aside=True),
    Rule("app-sees", what_the_app_sees, aside=True),
)
