"""Host and port: as mitmproxy itself would say, at a fraction of the cost."""

from __future__ import annotations

import pytest
from baas_errors.mitm.host import origin_of
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import tflow

AUTHORITIES = st.one_of(
    st.sampled_from(
        [b"api.example.com", b"api.example.com:8443", b"API.example.com.", b"[::1]:1337", b"[::1]", b"xn--mnchen-3ya.de", b"a:b:c", b":80", b""]
    ),
    st.binary(max_size=30),
    st.binary(min_size=300, max_size=400),
)


def request(version: bytes, authority: bytes, hosts: list[bytes]) -> http.Request:
    made = http.Request.make("GET", "http://10.0.0.1:1337/parse/login")
    made.data.http_version, made.data.authority = version, authority
    made.data.headers = http.Headers([(b"accept", b"*/*"), *((b"Host", host) for host in hosts)])
    return made


@given(st.sampled_from([b"HTTP/1.1", b"HTTP/2.0", b"HTTP/3"]), AUTHORITIES, st.lists(AUTHORITIES, max_size=2))
def test_the_host_is_the_one_that_mitmproxy_shows(version: bytes, authority: bytes, hosts: list[bytes]) -> None:
    made = request(version, authority, hosts)
    assert origin_of(made)[0] == made.pretty_host


@pytest.mark.parametrize(
    ("hosts", "port"),
    [
        ([b"api.example.com:8443"], 8443),
        ([b"api.example.com"], 80),
        ([], 1337),
        ([b"[::1]:99"], 99),
        ([b"[::1]"], 80),
        ([b"a:99999"], 80),
        ([b"a:x"], 80),
    ],
)
def test_the_port_is_the_one_that_the_app_named(hosts: list[bytes], port: int) -> None:
    assert origin_of(request(b"HTTP/1.1", b"", hosts))[1] == port


@pytest.mark.parametrize(
    ("mode", "host", "expected"),
    [
        ("reverse:http://10.0.0.1:1337", b"localhost:8080", ("10.0.0.1", 1337)),
        ("reverse:http://10.0.0.1:1337", b"192.168.1.5:8080", ("10.0.0.1", 1337)),
        ("reverse:http://10.0.0.1:1337", b"mac.local:8080", ("10.0.0.1", 1337)),
        ("reverse:http://10.0.0.1:1337", b"[::1]:8080", ("10.0.0.1", 1337)),
        ("reverse:http://10.0.0.1:1337", b"api.example.com:8080", ("api.example.com", 8080)),
        ("reverse:http://10.0.0.1:1337", b"localhost:1337", ("localhost", 1337)),
        ("regular", b"localhost:8080", ("localhost", 8080)),
    ],
)
def test_in_reverse_mode_the_proxy_is_not_the_server(mode: str, host: bytes, expected: tuple[str, int]) -> None:
    client = tflow.tclient_conn()
    client.sockname, client.proxy_mode = ("192.168.1.5", 8080), ProxyMode.parse(mode)
    assert origin_of(request(b"HTTP/1.1", b"", [host]), client) == expected
