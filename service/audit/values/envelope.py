"""Envelope: how to read when a value was written from the first bytes of the value itself.

Given as data, so that any service can say how its own values begin.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .unfolding import unfolded

_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_KINDS = {"u32", "u64", "f64"}


class Opened(NamedTuple):
    """When a value was written at the latest, and its payload as it is packed."""

    written_at_s: float
    payload: bytes


@dataclass(frozen=True, slots=True)
class EnvelopeFormat:
    """A header of `header_bytes`. `magic`: how it begins, in hex. Times are one number each."""

    header_bytes: int
    written_at_offset: int
    magic: str = ""
    kind: str = "u64"
    order: str = "little"
    unit: str = "ms"
    # Where the load's duration stands, in the same unit (u32): `written_at` is when it began.
    load_offset: int | None = None
    codec_offset: int | None = None
    zlib_codec: int | None = None

    def __post_init__(self) -> None:
        if self.unit not in _UNITS or self.kind not in _KINDS or self.order not in _ORDERS:
            raise ValueError("unit is s, ms or us; kind is u32, u64 or f64; order is little or big")
        bytes.fromhex(self.magic)
        ends = self.written_at_offset + struct.calcsize(_LETTERS[self.kind])
        if self.written_at_offset < 0 or ends > self.header_bytes:
            raise ValueError("written_at_offset lies outside of the header")

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "EnvelopeFormat":
        """The format that a registry's document names. Raises TypeError, ValueError."""
        return cls(**document)

    def open(self, raw: bytes) -> Opened | None:
        """What a value says of itself; `None` for one that has no such head."""
        if len(raw) < self.header_bytes or not raw.startswith(bytes.fromhex(self.magic)):
            return None
        mark, unit_s = _ORDERS[self.order], _UNITS[self.unit]
        (written,) = struct.unpack_from(mark + _LETTERS[self.kind], raw, self.written_at_offset)
        load = 0
        if self.load_offset is not None:
            (load,) = struct.unpack_from(mark + "I", raw, self.load_offset)
        payload = raw[self.header_bytes :]
        if self.codec_offset is not None and raw[self.codec_offset] == self.zlib_codec:
            payload = unfolded(payload) or b""
        return Opened((written + load) * unit_s, payload)


_ORDERS = {"little": "<", "big": ">"}
_LETTERS = {"u32": "I", "u64": "Q", "f64": "d"}
