"""The variables by which the clients of a command find a proxy and trust its certificate.

Sources: the manuals of curl (`CURL_CA_BUNDLE`, lower-case `http_proxy`), requests (`REQUESTS_CA_BUNDLE`), OpenSSL and Go (`SSL_CERT_FILE`), Node
(`NODE_EXTRA_CA_CERTS`; `NODE_USE_ENV_PROXY` since 22.21 and 24.0) and Deno (`DENO_CERT`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

# Each of these replaces the certificates that a client trusts, so it gets all of them.
_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# Each of these adds to them.
_ADDED = ("NODE_EXTRA_CA_CERTS", "DENO_CERT")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_LOCAL = re.compile(r"localhost|127\..*|\[?::1\]?|0\.0\.0\.0|\*")


def variables(url: str, authority: Path, folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables for a proxy at `url` whose certificate is in the file `authority`. Bundles of certificates are written into `folder`; what the
    environment trusts already stays trusted, and what it exempts from the proxy stays exempt, but for this computer."""
    import certifi

    own = authority.read_text("utf-8")
    found = {name: url for lower in _PROXIES for name in (lower, lower.upper())}
    exempt = ",".join(filter(_elsewhere, (environment.get("no_proxy") or environment.get("NO_PROXY") or "").split(",")))
    found |= {"no_proxy": exempt, "NO_PROXY": exempt, "NODE_USE_ENV_PROXY": "1"}
    for names, usual in ((_BUNDLES, certifi.where()), (_ADDED, "")):
        for name in names:
            bundle = folder / f"{name.lower()}.pem"
            bundle.write_text("\n".join(filter(None, (_content(environment.get(name) or usual), own))), "utf-8")
            found[name] = str(bundle)
    return found


def _elsewhere(host: str) -> bool:
    """Whether an exempt host is not this computer."""
    name = host.strip().lower().lstrip(".")
    return bool(name) and not _LOCAL.fullmatch(name)


def _content(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", "replace") if path else ""
    except OSError:
        return ""
