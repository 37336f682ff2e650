"""Names, explains and records the errors of backend services. The package needs no mitmproxy except in `mitm`."""
