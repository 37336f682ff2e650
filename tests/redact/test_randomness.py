"""Random texts, as keys are, against words, names and ids."""

from __future__ import annotations

import json
import random
import re
import string
from pathlib import Path

from baas_errors.catalog import Backend
from baas_errors.redact import Redactor
from baas_errors.redact.randomness import is_hexadecimal, is_random, random_parts, strangeness
from build import make_exchange
from matrix import in_one_test

CAPTURES = Path(__file__).resolve().parents[1] / "captures"
LETTERS, DIGITS, SMALL = string.ascii_letters, string.digits, string.ascii_lowercase
# Alphabet, length, and the share that has to be found.
ALPHABETS = [
    (LETTERS + DIGITS, 16, 0.96),
    (LETTERS + DIGITS, 20, 0.98),
    (LETTERS + DIGITS, 32, 0.995),
    (LETTERS + DIGITS + "-_", 43, 0.995),
    (SMALL + DIGITS, 24, 0.95),
    (SMALL + DIGITS, 40, 0.98),
    (string.ascii_uppercase + DIGITS, 24, 0.95),
    (LETTERS, 32, 0.98),
    (SMALL, 32, 0.9),
    ("0123456789abcdef", 64, 1.0),
]


@in_one_test(("alphabet", "length", "share"), ALPHABETS)
def test_random_texts_are_found(alphabet: str, length: int, share: float) -> None:
    source = random.Random(length)
    texts = ["".join(source.choices(alphabet, k=length)) for _ in range(2_000)]
    assert sum(map(is_random, texts)) >= share * len(texts)


@in_one_test(
    "text",
    [
        *(
            "NSCalibratedRGBColorSpace2",
            "XMLHttpRequestWithCredentials",
            "maximumRetryCountPerConnection2",
            "kPFErrorUserEmailTaken",
            "OAuth2TokenFailed",
        ),
        *("x-parse-job-status-id", "Parse-SDK-iOS-OSX", "GRAPHQL_VALIDATION_FAILED", "validation_missing_rel_records", "NEXT_PUBLIC_API_URL"),
        *("507f1f77bcf86cd799439011", "0123456789abcdef0123456789abcdef", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "1763600000000000000"),
        *("0a1b2c3d-4e5f-4a1b-8c2d-0123456789ab", "C4AE2A8F-9D52-4A1E-9F0E-2C8ED2A5A9B1", "tfss-0a1b2c3d-4e5f-4a1b-8c2d-0123456789ab-photo"),
        *("bb92af56a083d9247196eff493d9a3cd_vase", "2026-05-17T14-22-33-123Z", "20260517T142233Z", "iPhone15-iOS17-build-21C62", "INV-2026-000417"),
        *("Donaudampfschifffahrtsgesellschaft", "przedsiebiorstwo-transportowe", "xxxxxxxxxxxxxxxxxxxxxxxxxx", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA1"),
        *("q7rdk20xbm93hzlw", "4q1xlclmfloku33", "xWMyZ4YEGZ", "1HGCM82633A004352"),
    ],
)
def test_words_names_and_ids_are_not_random(text: str) -> None:
    assert not is_random(text)


@in_one_test(
    ("text", "found"),
    [
        ("no Kq7Zt2LmVx9RbWn4Hs6Yc1Jd here", ["Kq7Zt2LmVx9RbWn4Hs6Yc1Jd"]),
        ("/files/Kq7Zt2LmVx9RbWn4Hs6Yc1Jd/photo.png", ["Kq7Zt2LmVx9RbWn4Hs6Yc1Jd"]),
        ("a Kq7Zt2LmVx9R+bWn4Hs6Yc1Jd8Gf3Qe5Tu0== b", ["Kq7Zt2LmVx9R+bWn4Hs6Yc1Jd8Gf3Qe5Tu0=="]),
        ("pat14.Kq7Zt2LmVx9RbWn4Hs6Yc1Jd.Ab3", ["pat14.Kq7Zt2LmVx9RbWn4Hs6Yc1Jd.Ab3"]),
        ("/v1/Kq7Zt2LmVx9RbWn4Hs6Yc1Jd.json", ["Kq7Zt2LmVx9RbWn4Hs6Yc1Jd"]),
        ("main.Kq7Zt2LmVx9RbWn4Hs6Yc1Jd.js", ["Kq7Zt2LmVx9RbWn4Hs6Yc1Jd"]),
        ("?a=Kq7Zt2LmVx9RbWn4Hs6Yc1Jd&b=Zt2LmVx9RbWn4Hs6Yc1JdQ7", ["Kq7Zt2LmVx9RbWn4Hs6Yc1Jd", "Zt2LmVx9RbWn4Hs6Yc1JdQ7"]),
        ("nothing but words and 17 numbers", []),
    ],
)
def test_where_they_stand(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in random_parts(text)] == found


def test_strangeness() -> None:
    assert strangeness("") == strangeness("title") == 0
    assert strangeness("createdAt") < 0.2 < 0.5 < strangeness("Kq7Zt2LmVx9RbWn4")
    assert is_hexadecimal("f995eaa4e1ae")
    assert not is_hexadecimal("aaaaaaaaaaaa")


def test_a_random_text_is_replaced_under_any_name_but_that_of_an_id(backends: dict[str, Backend]) -> None:
    value = "Kq7Zt2LmVx9RbWn4Hs6Yc1Jd"
    shown = Redactor(backends.values()).session().value
    kept = {name for name in ("remark", "title", "objectId", "requestId", "etag", "fileHash", "name") if shown({name: value}) == {name: value}}
    assert kept == {"objectId", "requestId", "etag", "fileHash"}


@in_one_test("text", ['the id: "{}" is taken', "<HostId>{}</HostId>", "objectId={} is gone", '{{ node(id: "{}") {{ id }} }}', r"{{\"_id\":\"{}\"}}"])
def test_what_stands_after_the_name_of_an_id_stays(backends: dict[str, Backend], text: str) -> None:
    told = text.format("Kq7Zt2LmVx9RbWn4Hs6Yc1Jd")
    assert Redactor(backends.values()).session().text(told) == told
    other = told.replace("d:", "x:").replace("Id>", "Ix>").replace("Id=", "Ix=").replace('d\\"', 'x\\"')
    assert "Kq7Zt2" not in Redactor(backends.values()).session().text(other)


def test_ids_that_the_exchange_names_stay_in_sentences(backends: dict[str, Backend]) -> None:
    app, object_ = "BCrUQVkk80pCdeImSXoKXL5ZCtyyEZwbN7mAb11f", "TWQUUYcCGz0CgG5JGX99"
    url, headers = f"https://a.example/parse/apps/{app}/verify_email", {"X-Parse-Installation-Id": "Zx81kTqLm4Vw7Ns2Hd9Bc6"}
    redaction = Redactor(backends.values()).for_exchange(make_exchange(400, {"objectId": object_}, url=url, headers=headers))
    said = f"{app} and {object_} and Zx81kTqLm4Vw7Ns2Hd9Bc6 are known"
    assert redaction.text(said) == said
    assert app in redaction.url(url)
    assert app not in Redactor(backends.values()).session().text(said)


def test_next_to_nothing_is_replaced_in_what_real_servers_said(backends: dict[str, Backend]) -> None:
    runs = {
        run for file in sorted(CAPTURES.glob("*.expected.jsonl")) for line in file.read_text("utf-8").splitlines()
        for run in re.findall(r"[A-Za-z0-9_~-]{16,}", json.dumps(json.loads(line).get("errors")))
    }  # fmt: skip
    assert len(runs) > 50
    assert not [run for run in runs if is_random(run)]
