"""Unfolding of zlib streams, bounded: a few kilobytes can unfold to gigabytes."""

import zlib

MOST_BYTES = 4 * 2**20


def unfolded(packed: bytes) -> bytes | None:
    """What a zlib stream holds; `None` for what is none, is cut off or holds too much."""
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(packed, MOST_BYTES)
    except zlib.error:
        return None
    return plain if stream.eof else None
