"""For mitmdump: every host name leads to a stub on loopback, as a line in /etc/hosts would, ports included.

    mitmdump -s lead_here.py --set plain_port=N --set tls_port=N

Names that begin with `unknown` are not found, and behind those that begin with `refused` nothing listens.
"""

import socket

from mitmproxy import ctx

usual = socket.getaddrinfo


def load(loader):
    """Declares the options."""
    loader.add_option("plain_port", int, 0, "Where port 80 of every name leads.")
    loader.add_option("tls_port", int, 0, "Where port 443 of every name leads.")
    loader.add_option("closed_port", int, 0, "A port that nothing listens on.")


def running():
    """asyncio looks names up by this function."""
    socket.getaddrinfo = look_up


def done():
    """Leaves things as they were."""
    socket.getaddrinfo = usual


def look_up(host, port, *arguments, **keywords):
    """The stub's address for each port that it stands for."""
    if port not in (80, 443):
        return usual(host, port, *arguments, **keywords)
    if host.startswith("unknown"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    here = ctx.options.closed_port if host.startswith("refused") else ctx.options.plain_port if port == 80 else ctx.options.tls_port
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", here))]
