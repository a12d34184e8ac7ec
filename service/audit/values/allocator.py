"""Allocator: what a block of some size takes, by the classes that the server's allocator has."""

from collections.abc import Callable

ROBJ_BYTES = 16
EMBEDDED_BYTES = 44  # a string up to this length lies in one block with its object

Allocated = Callable[[int], int]


def jemalloc(size: int) -> int:
    """8, then steps of 16 up to 128, then four classes to each doubling."""
    if size <= 8:
        return 8
    if size <= 128:
        return -(-size // 16) * 16
    step = 1 << ((size - 1).bit_length() - 3)
    return -(-size // step) * step


def libc(size: int) -> int:
    """What glibc's malloc lets its caller use: blocks of 16 with 8 kept, 24 the least."""
    return max(24, -(-(size + 8) // 16) * 16 - 8)


def allocated_by(name: str | None) -> Allocated:
    """The classes of the allocator that INFO names; jemalloc's where it names none."""
    return libc if name == "libc" else jemalloc


def string_bytes(length: int, allocated: Allocated) -> int:
    """A string value with its object; its key and the table are the same in any form."""
    if length <= EMBEDDED_BYTES:
        return allocated(ROBJ_BYTES + 3 + length + 1)
    header = 3 if length < 2**8 else 5 if length < 2**16 else 9
    return ROBJ_BYTES + allocated(header + length + 1)


def integer_bytes(allocated: Allocated) -> int:
    """A whole number that the server keeps as one: its object, no text."""
    return allocated(ROBJ_BYTES)
