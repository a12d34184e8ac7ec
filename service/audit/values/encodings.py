"""Encodings: the same value in other forms, weighed as this server's allocator would."""

import json
import zlib
from typing import Any, Literal

from .allocator import ROBJ_BYTES, Allocated, integer_bytes, string_bytes
from .msgpack import msgpack_size

Wrong = Literal["number as JSON", "object of one field", "whole numbers as JSON", "spaces in JSON"]
INT64 = range(-(2**63), 2**63)
LEAST_NUMBERS = 8
LEAST_SPACES = 0.03  # of the value's length
LISTPACK_ENTRIES, LISTPACK_BYTES = 128, 64


def weighed(raw: bytes, value: Any, allocated: Allocated) -> dict[str, int]:
    """Bytes of the value in each form that fits it; `as is` among them."""
    compact = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(
        errors="surrogatepass"
    )
    lengths = {
        "as is": len(raw),
        "compact JSON": len(compact),
        "msgpack": msgpack_size(value),
        "zlib": len(zlib.compress(compact)),
    }
    if numbers := _whole_numbers(value):
        wide = max(numbers) >= 2**32 or min(numbers) < 0
        lengths["packed numbers"] = len(numbers) * (8 if wide else 4)
    sizes = {name: string_bytes(length, allocated) for name, length in lengths.items()}
    number = _number_in(value)
    if number is not None:
        sizes["native number"] = integer_bytes(allocated)
    if isinstance(value, dict) and (size := hash_bytes(value, allocated)) is not None:
        sizes["hash"] = size
    return sizes


def wrong_form(raw: bytes, value: Any) -> Wrong | None:
    """What is wrong with how a value is kept, if one of four things is."""
    if isinstance(value, dict) and len(value) == 1 and _is_scalar(next(iter(value.values()))):
        return "object of one field"
    if not isinstance(value, dict | list):
        return "number as JSON" if _number_in(value) is not None else None
    if _whole_numbers(value):
        return "whole numbers as JSON"
    compact = len(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
    return "spaces in JSON" if compact < (1 - LEAST_SPACES) * len(raw.decode()) else None


# What mends each, as far as it is sure; other forms may save more and are shown beside it.
MENDED_BY: dict[str, tuple[str, ...]] = {
    "number as JSON": ("native number",),
    "object of one field": ("native number", "compact JSON"),
    "whole numbers as JSON": ("packed numbers",),
    "spaces in JSON": ("compact JSON",),
}


def hash_bytes(fields: dict[str, Any], allocated: Allocated) -> int | None:
    """A flat object as a hash of the server's; `None` for one that is not flat."""
    if not fields or not all(map(_is_scalar, fields.values())):
        return None
    words = [str(word).encode(errors="replace") for pair in fields.items() for word in pair]
    if len(fields) <= LISTPACK_ENTRIES and max(map(len, words)) <= LISTPACK_BYTES:
        entries = sum(len(word) + (2 if len(word) < 64 else 3) for word in words)
        return ROBJ_BYTES + allocated(7 + entries)
    buckets = 8 * max(4, 1 << (len(fields) - 1).bit_length())
    members = sum(allocated(len(word) + (2 if len(word) < 32 else 4)) for word in words)
    return ROBJ_BYTES + 56 + allocated(buckets) + members + len(fields) * allocated(24)


def _number_in(value: Any) -> int | None:
    """The one whole number that a value says, however wrapped."""
    if isinstance(value, dict) and len(value) == 1:
        return _number_in(next(iter(value.values())))
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value) if int(value) in INT64 else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and value in INT64 else None


def _whole_numbers(value: Any) -> list[int]:
    if not isinstance(value, list) or len(value) < LEAST_NUMBERS:
        return []
    fits = all(type(part) is int and part in INT64 for part in value)
    return value if fits else []


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, dict | list)
