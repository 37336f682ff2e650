import gzip
import tracemalloc
import zlib

import brotli
import pytest
from baas_errors.exchange import LARGEST_BODY
from baas_errors.mitm import content_encoding
from baas_errors.mitm.content_encoding import _STEP, decode
from effort import effort
from hypothesis import given
from hypothesis import strategies as st
from matrix import in_one_test
from mitmproxy.net.encoding import encode_zstd

TEXT = b'{"code":101,"error":"Object not found."}'
LONG = b'{"code":101,"rows":[' + b'{"id":"abcdef","n":12345},' * 40_000 + b"]}"


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


PACK = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate without a header": raw_deflate,
    "br": brotli.compress,
    "zstd": encode_zstd,
}
CODECS = sorted(PACK)


def encoding(codec: str) -> str:
    return codec.partition(" ")[0]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("data", [TEXT, LONG, b""], ids=["short", "long", "empty"])
def test_undoes(codec, data):
    assert decode(PACK[codec](data), encoding(codec)) == (data, None)


@pytest.mark.parametrize("name", ["", "identity", " Identity ", ","])
def test_leaves_what_is_not_encoded(name):
    assert decode(TEXT, name) == (TEXT, None)


def test_undoes_several_in_reverse_order():
    assert decode(brotli.compress(gzip.compress(TEXT)), "GZIP , br") == (TEXT, None)


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_undoes_parts_that_follow_each_other(codec):
    assert decode(PACK[codec](TEXT[:10]) + PACK[codec](TEXT[10:]), codec) == (TEXT, None)


@pytest.mark.parametrize("codec", ["gzip", "deflate"])
def test_passes_over_padding(codec):
    assert decode(PACK[codec](TEXT) + b"\0" * 20, codec) == (TEXT, None)


@in_one_test("size", range(_STEP - 12, _STEP + 40))
def test_a_body_of_about_one_step_is_whole(size):
    data = b"a" * size
    assert decode(raw_deflate(data), "deflate") == (data, None)


@pytest.mark.parametrize("codec", CODECS)
def test_a_cut_body_is_read_as_far_as_it_goes_and_said_to_be_cut(codec):
    packed = PACK[codec](LONG)
    data, problem = decode(packed[: len(packed) * 3 // 4], encoding(codec))
    assert data
    assert LONG.startswith(data)
    assert problem.rule == "body-encoding"
    assert "cut off" in problem.says


@pytest.mark.parametrize("codec", CODECS)
def test_a_body_without_its_last_bytes_is_not_called_whole(codec):
    data, problem = decode(PACK[codec](TEXT)[:-3], encoding(codec))
    assert problem.rule == "body-encoding"
    assert data is None or TEXT.startswith(data)


@pytest.mark.parametrize("codec", ["gzip", "deflate"])
def test_a_wrong_checksum_costs_no_text(codec):
    packed = PACK[codec](TEXT)
    data, problem = decode(packed[:-4] + b"\0\0\0\0", codec)
    assert data == TEXT
    assert problem.rule == "body-encoding"


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_plain_json_that_claims_to_be_encoded_is_read_all_the_same(name):
    data, problem = decode(TEXT, name)
    assert data == TEXT
    assert name in problem.says


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
def test_rubbish_is_not_read(name):
    data, problem = decode(b"\x00\x01\x02rubbish" * 10, name)
    assert data is None
    assert problem.rule == "body-encoding"


def test_an_unknown_encoding_is_quoted():
    data, problem = decode(TEXT, "rot13")
    assert data is None
    assert "'rot13'" in problem.says


@pytest.mark.parametrize("codec", CODECS)
def test_a_bomb_is_refused_before_it_fills_the_memory(codec):
    bomb = brotli.compress(b"\0" * 2**28, quality=5, lgwin=24) if codec == "br" else PACK[codec](b"\0" * 2**26)
    tracemalloc.start()
    data, problem = decode(bomb, encoding(codec))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert data is None
    assert problem.rule == "body-too-large"
    assert peak < 100 * 2**20


def test_the_limit_is_exact():
    assert decode(gzip.compress(b"x" * LARGEST_BODY), "gzip")[1] is None
    assert decode(gzip.compress(b"x" * (LARGEST_BODY + 1)), "gzip")[0] is None


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_hundred_thousand_empty_parts_take_no_long_time(codec):
    assert effort(lambda: decode(PACK[codec](b"") * 100_000, codec)) < 200


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, br"]))
def test_never_raises(data, name):
    decode(data, name)
    decode(gzip.compress(TEXT)[:10] + data, name)


@pytest.mark.parametrize("package", ["compression.zstd", "backports.zstd", "zstandard"])
def test_zstd_is_decoded_with_whichever_package_is_installed(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = content_encoding.import_module

    def only(name: str) -> object:
        if name != package:
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr(content_encoding, "import_module", only)
    try:
        real(package)
    except ImportError:
        body, problem = decode(encode_zstd(b"{}"), "zstd")
        assert body is None
        assert problem
        assert "has no decoder for zstd" in problem.says
        assert "not valid" not in problem.says
    else:
        assert decode(encode_zstd(b"{}") + encode_zstd(b"!"), "zstd") == (b"{}!", None)
