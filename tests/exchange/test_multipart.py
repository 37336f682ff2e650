"""Multipart bodies: boundary, parts, names of fields."""

from __future__ import annotations

from baas_errors.exchange.multipart import MOST_PARTS, Part, boundary, part_name, parts
from matrix import in_one_test


@in_one_test(
    ("content_type", "found"),
    [
        ("multipart/form-data; boundary=B", b"B"),
        ('multipart/form-data; Boundary = "B C"', b"B C"),
        ("multipart/form-data; boundary=B; charset=utf-8", b"B"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b""),
    ],
)
def test_boundary(content_type: str, found: bytes) -> None:
    assert boundary(content_type) == found


@in_one_test(
    ("data", "found"),
    [
        (b"--B\r\nA: 1\r\n\r\none\r\n--B\r\n\r\ntwo\r\n--B--\r\n", [(b"A: 1", b"one"), (b"", b"two")]),
        (b"--B\nA: 1\n\none\n--B--\n", [(b"A: 1", b"one")]),
        (b"--B\r\nA: 1\r\n\r\none --B in a text", [(b"A: 1", b"one --B in a text")]),
        (b"--B\r\nno blank line", [(b"no blank line", b"")]),
        (b"--C\r\nA: 1\r\n\r\none\r\n--C--", []),
    ],
    ids=["two parts", "bare line feeds", "cut off", "no content", "another boundary"],
)
def test_parts(data: bytes, found: list[tuple[bytes, bytes]]) -> None:
    assert [(head.removeprefix(b"\r\n"), content) for head, content in parts(data, b"B")] == found


def test_parts_are_bounded() -> None:
    assert len(list(parts(b"--B\r\nA: 1\r\n\r\nx\r\n" * 10_000, b"B"))) == MOST_PARTS + 1


@in_one_test(
    ("head", "name"),
    [
        ('Content-Disposition: form-data; name="a b"; filename="c"', "a b"),
        ('Content-Disposition: form-data; filename="c"; name=a', "a"),
        ("Content-Disposition: form-data; name='a'", "a"),
        ('Content-Disposition: form-data; filename="c"', ""),
    ],
)
def test_part_name(head: str, name: str) -> None:
    assert part_name(head) == name


@in_one_test(
    ("encoding", "content", "plain"),
    [
        ("", b"a=3D", b"a=3D"),
        ("quoted-printable", b"caf=C3=A9 =\r\nau lait", "caf\u00e9 au lait".encode()),
        ("BASE64", b"Y2Fmw6k\r\n=", "caf\u00e9".encode()),
        ("base64", b"-_8", b"\xfb\xff"),
        ("base64", b"Y2Fm!", b"caf"),
    ],
)
def test_a_part_is_decoded(encoding: str, content: bytes, plain: bytes) -> None:
    head = f'Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: {encoding}'
    part = Part.of(head.encode(), content)
    assert (part.name, part.content_type, part.content) == ("a", "text/plain", plain)
    assert part.fields[1] == ("Content-Type", "text/plain")
