from baas_errors.decode.transport import advice_for, kind_of
from build import make_backend
from matrix import in_one_test


@in_one_test(
    ("failure", "kind"),
    [
        ("[Errno 111] Connect call failed ('127.0.0.1', 1337)", "connection-failed"),
        ("server closed connection", "connection-failed"),
        ("[Errno -2] Name or service not known", "connection-failed"),
        ("Connection reset by peer", "connection-failed"),
        ("stream reset by client (INTERNAL_ERROR)", "connection-failed"),
        ("Certificate verify failed: self-signed certificate", "tls-failed"),
        ("TLS handshake failed: connection closed early", "tls-failed"),
        ("Connection timed out", "timeout"),
        ("TimeoutError()", "timeout"),
        ("TLS handshake timed out", "timeout"),
        ("Client disconnected.", ""),
        ("Connection killed.", ""),
        ("stream reset by client (CANCEL)", ""),
        ("stream closed by client (H3_REQUEST_CANCELLED)", ""),
    ],
)
def test_kind_of(failure, kind):
    assert kind_of(failure) == kind


TOY = make_backend("""
[[transport]]
kind = "timeout"
hosts = ["*.slow.example"]
ADVICE
[[transport]]
kind = "timeout"
meaning = "Any host."
fix = ["Wait."]
retry = "backoff"
fault = "server"
""")


@in_one_test(("host", "meaning"), [("a.SLOW.example", "Something is wrong with the toy."), ("slow.example", "Any host."), ("b.example", "Any host.")])
def test_the_first_rule_for_the_host_speaks(host, meaning):
    assert advice_for(TOY, "timeout", host).meaning == meaning


@in_one_test("kind", ["connection-failed", "tls-failed", "timeout"])
def test_there_is_advice_without_a_rule(kind):
    advice = advice_for(make_backend(), kind, "a.example")
    assert advice.meaning
    assert advice.fix
