"""Keyset cursors: where a list goes on, opaque and signed.

A cursor holds the last item's sort key. The signature binds it to its list, its
filters and, for a home feed, its reader, so a foreign or broken one costs no query.
"""

import base64
import binascii
import hashlib
import hmac
import struct

from service.feed.errors import BadCursor

VERSION = 1
SIGNATURE_BYTES = 16
LONGEST = 200  # characters; ours have less than 50, and 194 at the bottom of a thread


class Cursors:
    """Encodes and decodes cursors under one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hashlib.blake2b(secret, key=b"corral cursor", digest_size=32).digest()

    def encode(self, listing: str, *keys: int) -> str:
        """Sort keys (64-bit integers) of the last item shown -> cursor."""
        body = struct.pack(f">B{len(keys)}q", VERSION, *keys)
        return _encoded(body + self._sign(listing, body))

    def decode(
        self, listing: str, cursor: str | None, *, keys: int | range
    ) -> tuple[int, ...] | None:
        """Cursor -> its sort keys, of which there are `keys`; None stays None. Raises BadCursor."""
        if cursor is None:
            return None
        raw = _decoded(cursor)
        body, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(listing, body)):
            raise BadCursor("the cursor does not belong to this list")
        number, rest = divmod(len(body) - 1, 8)
        allowed = range(keys, keys + 1) if isinstance(keys, int) else keys
        if rest or number not in allowed or body[0] != VERSION:
            raise BadCursor("the cursor is of another version")
        return struct.unpack(f">{number}q", body[1:])

    def _sign(self, listing: str, body: bytes) -> bytes:
        return hashlib.blake2b(
            listing.encode() + b"\0" + body, key=self._secret, digest_size=SIGNATURE_BYTES
        ).digest()


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(cursor: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(cursor[:LONGEST] + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raise BadCursor("the cursor is not one of ours") from None
    # Base64 skips foreign characters and spare bits: other text, same bytes. Ours has one form.
    if _encoded(raw) != cursor:
        raise BadCursor("the cursor is not one of ours")
    return raw
