"""The parts that figures are made of, each against what it stands for."""

import json
import random

import msgspec
import pytest
from redis import Redis

from service.audit.money import PRESETS, own
from service.audit.seen import Seen
from service.audit.tally.expiries import Expiries
from service.audit.tally.histogram import Histogram
from service.audit.tally.sample import Sample
from service.audit.values.allocator import libc, string_bytes
from service.audit.values.digest import digest
from service.audit.values.msgpack import msgpack_size
from service.commands.own_keys import LEASED, STALE
from service.patterns.lease.envelope import pack


def test_quantiles_are_right_to_two_percent() -> None:
    """Over eight orders of magnitude, and after two halves were merged."""
    rand = random.Random(3)
    numbers = sorted(int(10 ** (8 * rand.random())) for _ in range(5000))
    one, other = Histogram(), Histogram()
    for place, number in enumerate(numbers):
        (one if place % 2 else other).add(number)
    one.merge(other)
    assert (5000, sum(numbers), numbers[-1]) == (one.count, one.total, one.largest)
    for share in (0.01, 0.5, 0.9, 0.99):
        assert one.quantile(share) == pytest.approx(numbers[int(share * 5000) - 1], rel=0.02)
    above = [number for number in numbers if number > 100_000]
    assert one.above(100_000) == pytest.approx((len(above), sum(above)), rel=0.02)
    assert len(one.counts) < 2000


def test_a_busy_second_is_found_in_bounded_memory() -> None:
    """5 % of 10,000 keys in one second, the others in as many different ones."""
    expiries, rand = Expiries(), random.Random(3)
    seconds = [7] * 500 + list(range(100, 9600))
    rand.shuffle(seconds)
    for second in seconds:
        expiries.add(second)
    busiest = expiries.busiest()
    assert busiest is not None
    assert 7 == busiest[0]
    assert 500 - 10_000 / 64 <= busiest[1] <= 500
    assert len(expiries.seconds) <= 64


def test_each_that_passes_has_the_same_chance() -> None:
    """The first are in the sample as often as the last."""
    chosen = []
    for seed in range(300):
        sample: Sample[int] = Sample(10, random.Random(seed))
        for number in range(100):
            if (place := sample.wants()) is not None:
                sample.keep(place, number)
        chosen += sample.kept
    assert 3000 == len(chosen)
    assert 0.4 < sum(number < 50 for number in chosen) / 3000 < 0.6


def test_keys_are_seen_once_in_little_memory() -> None:
    """Also those that came before the table grew; 27 bytes a key at most."""
    seen = Seen(10)
    keys = [f"key:{i}".encode() for i in range(20_000)]
    assert all(seen.add(key) for key in keys)
    assert not any(seen.add(key) for key in keys)
    assert 20_000 == len(seen)
    assert seen._slots.itemsize * len(Seen(1_000_000)._slots) <= 27e6


def test_msgpack_is_measured_as_msgspec_packs_it() -> None:
    """Every kind of value, at the bounds of its heads."""
    numbers = [0, 127, 128, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, -1, -32, -33, -128, -129]
    values = [
        None, True, 1.5, *numbers, -32_768, -32_769, -(2**31), -(2**31) - 1,
        *("x" * length for length in (0, 31, 32, 255, 256, 65_536)), "é" * 20,
        [0] * 15, [0] * 16, {str(i): i for i in range(15)}, {str(i): [i] for i in range(16)},
    ]  # fmt: skip
    for value in values:
        assert len(msgspec.msgpack.encode(value)) == msgpack_size(value), value


def test_the_allocator_is_modelled(server: Redis) -> None:
    """The difference between two lengths is what the server says; a block may have 16 to spare."""
    lengths = [200, 300, 1000, 3000, 70_000]
    for length in lengths:
        server.set(f"k{length:06}", b"\xff" * length)
    said = [server.memory_usage(f"k{length:06}") or 0 for length in lengths]
    model = [string_bytes(length, libc) for length in lengths]
    gaps = [size - said[0] for size in said]
    assert gaps == pytest.approx([size - model[0] for size in model], abs=16)


def test_when_a_value_was_written_is_read_from_its_head() -> None:
    """Of our own envelopes, by data alone; what another service stored is no envelope."""
    raw = pack(b'{"a": [1]}' * 200, written_at_s=1000.5, fresh_for_s=60, load_s=0.25)
    opened = LEASED.open(raw)
    assert opened is not None
    assert (1000.75, b'{"a": [1]}' * 200) == (opened.written_at_s, opened.payload)
    old = STALE.open(b"\xc1" + (1_000_500).to_bytes(8, "little") + b"x")
    assert old is not None
    assert 1000.5 == old.written_at_s
    assert LEASED.open(b'{"id": 42, "and": "more"}') is None
    assert LEASED.open(b"\xc1") is None


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ('{"likes": 7}', "object of one field"),
        ('"42"', "number as JSON"),
        ("42.0", "number as JSON"),
        (json.dumps(list(range(20))), "whole numbers as JSON"),
        (json.dumps({"id": 1, "name": "Ann"}), "spaces in JSON"),
        (json.dumps({"id": 1, "name": "Ann"}, separators=(",", ":")), None),
        ("plain text", None),
        ("[" * 100_000, None),
    ],
)
def test_four_forms_are_wrong(value: str, wrong: str | None) -> None:
    """And no other."""
    found = digest(value.encode(), most=10**6, encoding="raw", envelope=None, by=libc)
    assert wrong == found.wrong


def test_a_number_that_the_server_keeps_as_one_is_right() -> None:
    """`SET counter 42` is what INCR would have made."""
    assert digest(b"42", most=100, encoding="int", envelope=None, by=libc).wrong is None


def test_a_price_says_what_is_in_it() -> None:
    """The article's is all in; a node's counts each copy, and what must stay free."""
    assert PRESETS["article"].dollars(32 * 2**30, replicas=2) == pytest.approx(12_000)
    assert own(12.0).dollars(3 * 2**30, replicas=1) == pytest.approx(3 * 12 * 2 / 0.75)
    assert own(12.0).dollars(None, replicas=1) is None
