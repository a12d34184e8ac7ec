"""Absence is a value with a short life of its own."""

import json

import pytest

from service.patterns.negative import ABSENT, Absent, absence_codec, absence_ttl


def dump(value: dict[str, int]) -> bytes:
    """Encode as JSON."""
    return json.dumps(value).encode()


def parse(raw: bytes) -> dict[str, int]:
    """Decode JSON."""
    value: dict[str, int] = json.loads(raw)
    return value


def test_absence_survives_the_cache_and_values_keep_their_bytes() -> None:
    """Known missing comes back as ABSENT; everything else is encoded as before."""
    encode, decode = absence_codec(dump, parse)
    assert decode(encode(ABSENT)) is ABSENT
    assert encode({"id": 42}) == dump({"id": 42})
    assert decode(encode({})) == {}


def test_no_json_text_or_msgpack_is_mistaken_for_absence() -> None:
    """The mark is not UTF-8, and the one byte that msgpack never uses."""
    encode, _decode = absence_codec(str.encode, bytes.decode)
    with pytest.raises(UnicodeDecodeError):
        encode(ABSENT).decode()
    assert encode(ABSENT) == b"\xc1"


def test_a_value_that_looks_like_absence_is_refused() -> None:
    """A codec whose output is the mark would turn a value into nothing."""
    encode, _decode = absence_codec(bytes, bytes)
    with pytest.raises(ValueError, match="mark of absence"):
        encode(b"\xc1")


def test_absence_has_a_short_life() -> None:
    """ABSENT gets its own seconds, other values those they had."""

    def by_id(value: dict[str, int]) -> float:
        return 60.0 * value["id"]

    ttl = absence_ttl(by_id, absent_s=5)
    assert ttl(ABSENT) == 5
    assert ttl({"id": 42}) == 2520


def test_absent_is_one_of_a_kind() -> None:
    """ABSENT is neither None nor false by accident: ``is`` tells it."""
    assert list(Absent) == [ABSENT]
