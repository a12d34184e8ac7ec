"""The envelope: what is ours and whole is read, everything else is refused."""

import random
import zlib

import pytest

from service.patterns.lease.envelope import (
    HEADER_BYTES,
    MOST_BYTES,
    RAW,
    VERSION,
    ZLIB,
    Envelope,
    pack,
    unpack,
)

TEXT = b"a sentence that people write again and again, " * 40


def seal(payload: bytes) -> bytes:
    """Wrap a payload as it is wrapped everywhere here."""
    return pack(payload, written_at_s=1000.5, fresh_for_s=60, load_s=0.25)


@pytest.mark.parametrize("payload", [b"", b"short", TEXT, bytes(range(256)) * 9])
def test_what_was_wrapped_comes_out(payload: bytes) -> None:
    """Payload and times survive, compressed or not."""
    assert unpack(seal(payload)) == Envelope(1000.5, 1060.5, 0.25, payload)


def test_long_text_is_compressed_and_short_text_is_not() -> None:
    """Compression is used above the threshold only."""
    assert len(seal(TEXT)) < len(TEXT) / 5
    assert seal(TEXT)[1] == ZLIB
    assert seal(b"short " * 20) == seal(b"short " * 20)[:HEADER_BYTES] + b"short " * 20


def test_noise_is_left_alone() -> None:
    """What does not shrink by a tenth is stored as it is."""
    noise = random.Random(7).randbytes(4096)
    assert seal(noise)[1] == RAW
    assert len(seal(noise)) == HEADER_BYTES + 4096


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b'{"id": 42, "title": "from another release"}',
        b"\x80\x04\x95 a pickle that is long enough to be read",
        bytes([VERSION]),
        bytes([VERSION - 1]) + seal(b"x")[1:],
        bytes([VERSION, 9]) + seal(b"x")[2:],
        bytes([VERSION, ZLIB]) + seal(b"not zlib")[2:],
        seal(TEXT)[:-5],
    ],
)
def test_foreign_and_broken_bytes_are_refused(raw: bytes) -> None:
    """Another format, another version, an unknown codec, a cut: ValueError and nothing else."""
    with pytest.raises(ValueError, match=r"envelope|codec|zlib|cut off"):
        unpack(raw)


def test_random_bytes_never_raise_anything_else() -> None:
    """10,000 poisoned entries: a ValueError or an envelope."""
    rand = random.Random(11)
    for _ in range(10_000):
        raw = bytes([VERSION, rand.randrange(3)]) + rand.randbytes(rand.randrange(60))
        try:
            assert isinstance(unpack(raw), Envelope)
        except ValueError:
            continue


def test_a_bomb_is_not_unfolded() -> None:
    """A payload that would unfold beyond the cap is refused."""
    bomb = zlib.compress(b"\0" * (MOST_BYTES + 1))
    with pytest.raises(ValueError, match="unfolds"):
        unpack(bytes([VERSION, ZLIB]) + seal(b"")[2:] + bomb)


def test_a_very_long_soft_life_is_cut() -> None:
    """Soft lives beyond what the header can hold become the longest it can."""
    raw = pack(b"", written_at_s=0, fresh_for_s=1e12, load_s=1e12)
    assert unpack(raw).fresh_until_s > 49 * 86_400 - 86_400
