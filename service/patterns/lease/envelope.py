# SPDX-License-Identifier: MIT
"""Envelope: the few bytes before a cached payload that say how old it is and how to read it.

Closes: values whose age is unknown, and bytes of another format taken for ours.
Race (the deploy):
    1. the old release stores an entry in its format, the new release starts
    2. a process of the new release reads it: the version byte is foreign, so it is a miss
    3. it loads and stores its own format; processes of the old release see a miss in turn
Does not: authenticate (whoever can write to Redis can write values) or notice a flipped bit in an
    uncompressed payload. Cost: 18 bytes an entry, about a microsecond to read.
Use:
    >>> raw = pack(b"hello", written_at_s=1000.0, fresh_for_s=60.0, load_s=0.25)
    >>> envelope = unpack(raw)
    >>> envelope.payload, envelope.fresh_until_s, envelope.load_s, len(raw)
    (b'hello', 1060.0, 0.25, 23)
    >>> unpack(b'{"id": 42}')
    Traceback (most recent call last):
    ValueError: These bytes are not a version 193 envelope: b'{"id": 42}'.

Source: RFC 1950 (zlib); stale-while-revalidate: RFC 5861; load time beside the value: XFetch
    (Vattani et al., VLDB 2015).
"""

import struct
import zlib
from typing import NamedTuple

# 0xC1 begins no JSON, no UTF-8 text, no msgpack and no zlib stream: plain values of another tool
# under the same key are told from ours by their first byte. The next version is another such byte.
VERSION = 0xC1
RAW, ZLIB = 0, 1

# version, codec, written at (ms since the epoch), fresh for (ms), load time (ms).
_HEADER = struct.Struct("<BBQII")
HEADER_BYTES = _HEADER.size
_MOST_MS = 0xFFFF_FFFF  # 49 days: longer soft lives are cut to it
MOST_S = _MOST_MS / 1000

# Redis is not trusted to be sane: a few kilobytes of zlib can unfold to gigabytes.
MOST_BYTES = 16 * 1024 * 1024


class Envelope(NamedTuple):
    """One cached entry; times are seconds since the epoch, by the clock of whoever loaded it."""

    written_at_s: float  # when its load began: the value is at least as new as this
    fresh_until_s: float  # soft expiry: from then on it is refreshed while still being served
    load_s: float  # how long its load took
    payload: bytes


def pack(
    payload: bytes,
    *,
    written_at_s: float,
    fresh_for_s: float,
    load_s: float,
    compress_over_bytes: int = 512,
) -> bytes:
    """Wrap ``payload``; over ``compress_over_bytes`` it is compressed when that saves a tenth."""
    codec = RAW
    if len(payload) > compress_over_bytes:
        small = zlib.compress(payload)
        # Less than a tenth saved is not worth unfolding it on every hit.
        if len(small) < 0.9 * len(payload):
            codec, payload = ZLIB, small
    header = _HEADER.pack(
        VERSION,
        codec,
        round(written_at_s * 1000),
        min(round(fresh_for_s * 1000), _MOST_MS),
        min(round(load_s * 1000), _MOST_MS),
    )
    return header + payload


def unpack(raw: bytes) -> Envelope:
    """Read an envelope. Raises ``ValueError`` for bytes that are foreign, broken or too large."""
    if len(raw) < HEADER_BYTES or raw[0] != VERSION:
        raise ValueError(f"These bytes are not a version {VERSION} envelope: {raw[:20]!r}.")
    _version, codec, written_ms, fresh_ms, load_ms = _HEADER.unpack_from(raw)
    payload = raw[HEADER_BYTES:]
    if codec == ZLIB:
        payload = _unfold(payload)
    elif codec != RAW:
        raise ValueError(f"This envelope has an unknown codec: {codec}.")
    return Envelope(written_ms / 1000, (written_ms + fresh_ms) / 1000, load_ms / 1000, payload)


def _unfold(small: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        payload = stream.decompress(small, MOST_BYTES)
    except zlib.error as error:
        raise ValueError(f"This payload is not a zlib stream: {error}.") from error
    if not stream.eof:
        raise ValueError(f"This payload is cut off or unfolds to over {MOST_BYTES} bytes.")
    return payload
