"""What is said where a capture lacks the credentials that were sent, so that they could not be checked."""

from __future__ import annotations

from ..exchange.missing_credentials import LackingHeaders
from ..record import Finding

# Each is no cause of an error, so its remedy stands in its text: a fix of a finding would replace those of the error.
LEFT_OUT = Finding(
    "credentials-left-out",
    "The capture has no Authorization header and no cookie: Chrome and Edge leave them out of HAR files, so credentials could not be checked. To "
    'check them, switch on "Allow to generate HAR with sensitive data" in the settings of the developer tools, record again and export with '
    "sensitive data; or record with mitmproxy.",
    "HAR file by WebInspector without authorization, cookie, set-cookie",
    True,
)
REDACTED = Finding(
    "credentials-redacted",
    "The capture was redacted before: the credentials in it are replaced, so they could not be checked. The capture that it was made from has them.",
    "redacted headers",
    True,
)
UNKNOWN = Finding(
    "request-unknown",
    "The capture has the answer without its request, so nothing in the request could be checked. `curl -v URL > answer.txt 2>&1` keeps both.",
    "answer without request",
    True,
)


def finding_for(headers: LackingHeaders) -> Finding:
    """Why credentials could not be checked: left out by a browser, or redacted."""
    return REDACTED if headers.redacted else LEFT_OUT
