"""Names, explains and records the errors of backends. The package needs no mitmproxy except in `mitm`."""
