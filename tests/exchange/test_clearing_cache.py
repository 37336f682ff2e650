"""A table that forgets everything when it is full."""

from __future__ import annotations

from baas_errors.exchange.clearing_cache import ClearingCache


def test_it_is_read_like_a_dict_and_holds_so_many() -> None:
    memo: ClearingCache[int, str] = ClearingCache(3)
    for number in range(3):
        memo[number] = "a"
    assert memo == {0: "a", 1: "a", 2: "a"}
    memo[3] = "b"
    assert memo == {3: "b"}
    assert memo.get(0) is None
