"""Names, explains and records the errors of backends. The package needs no mitmproxy except in `mitm`."""


def program_version() -> str:
    """The version of this program, "" in a checkout that is not installed."""
    from importlib.metadata import PackageNotFoundError, version  # mitmproxy starts without

    try:
        return version("mitmproxy-baas-errors")
    except PackageNotFoundError:
        return ""
