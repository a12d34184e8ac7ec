# SPDX-License-Identifier: MIT
r"""Negative caching: remember for a short while that a thing is not there.

Closes: reads of missing things, which no cache ever answers: each goes to the database.
Race (why absence needs the same protocol as presence):
    1. reader R asks for user "ann", finds no row, and is about to store ABSENT
    2. Ann signs up; the write commits and invalidates the key, which holds nothing
    3. R stores ABSENT: Ann is told that she does not exist, until the short TTL is over
  Closed by a fenced fill (lease/), which refuses step 3, as it does for any old value.
Does not: bound how many different missing keys are remembered. Who asks for random ids fills the
    cache with ABSENT: refuse by format first, limit misses per caller, keep ``absent_s`` short.
Use:
    >>> encode, decode = absence_codec(str.encode, bytes.decode)
    >>> encode("hello"), encode(ABSENT)
    (b'hello', b'\xc1')
    >>> decode(b"\xc1") is ABSENT
    True
    >>> ttl = absence_ttl(lambda value: 3600.0, absent_s=30.0)
    >>> ttl("hello"), ttl(ABSENT)
    (3600.0, 30.0)

Source: RFC 2308 (negative caching of DNS queries).
"""

import enum
from collections.abc import Callable
from typing import Final, TypeVar

V = TypeVar("V")

# The one byte that occurs in no JSON, no UTF-8 text and no msgpack: absence can be told from any
# value in those encodings, and values keep their own bytes, readable by other tools.
MARK = b"\xc1"


class Absent(enum.Enum):
    """The type of ABSENT: an enum of one, so that ``value is ABSENT`` narrows for mypy."""

    ABSENT = "absent"


# Known to be missing. Not None: None is what a cache says when it knows nothing.
ABSENT: Final = Absent.ABSENT


def absence_codec(
    encode: Callable[[V], bytes], decode: Callable[[bytes], V]
) -> tuple[Callable[[V | Absent], bytes], Callable[[bytes], V | Absent]]:
    """Teach a codec about ABSENT. Raises ``ValueError`` for a value encoded as the mark itself."""

    def encode_either(value: V | Absent) -> bytes:
        if isinstance(value, Absent):
            return MARK
        raw = encode(value)
        if raw == MARK:
            # Stored, it would come back as "known to be missing".
            raise ValueError(f"The encoding of {value!r} is the mark of absence, {MARK!r}.")
        return raw

    def decode_either(raw: bytes) -> V | Absent:
        return ABSENT if raw == MARK else decode(raw)

    return encode_either, decode_either


def absence_ttl(
    ttl: Callable[[V], float], *, absent_s: float = 30.0
) -> Callable[[V | Absent], float]:
    """Give ABSENT its own short TTL in seconds, and every other value the TTL it had.

    Short, because nobody may be told to invalidate what was never there: a row that appears by
    another way than our writes is missed for as long as this.
    """
    return lambda value: absent_s if isinstance(value, Absent) else ttl(value)
