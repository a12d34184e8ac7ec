"""Msgpack: how many bytes a JSON value would take, without packing it."""

from typing import Any


def msgpack_size(value: Any) -> int:
    """Bytes of a value in msgpack."""
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return 9
    if isinstance(value, str):
        length = len(value.encode(errors="surrogatepass"))
        return length + _head(length, (31, 1), (0xFF, 2), (0xFFFF, 3))
    if isinstance(value, dict):
        inside = sum(msgpack_size(name) + msgpack_size(part) for name, part in value.items())
        return inside + _head(len(value), (15, 1), (0xFFFF, 3))
    return sum(map(msgpack_size, value)) + _head(len(value), (15, 1), (0xFFFF, 3))


def _integer(value: int) -> int:
    if -32 <= value <= 127:
        return 1
    size = max(value.bit_length() if value >= 0 else (value + 1).bit_length() + 1, 8)
    return 1 + next((n // 8 for n in (8, 16, 32, 64) if size <= n), 8)


def _head(count: int, *steps: tuple[int, int]) -> int:
    return next((size for most, size in steps if count <= most), 5)
