"""Memory: the sum of all keys beside what the server says it uses, with a line for each rest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .facts import ServerFacts

_BUCKETS_SINCE = (8, 1)  # Valkey: tables of 64-byte buckets with seven entries
_BUCKET_BYTES, _BUCKET_ENTRIES = 64, 7
_ENTRY_BYTES = 24
_POINTER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Reconciled:
    """`used = keys + tables + own + rest`; the tables are modelled, the rest may be negative."""

    used: int | None
    keys: int
    tables: int | None
    own: int | None
    rest: int | None


def reconciled(nodes: Sequence[ServerFacts], keys_bytes: int, *, is_whole: bool) -> Reconciled:
    """The account of all nodes; without a rest where something is not known."""
    used = _sum([node.used_bytes for node in nodes])
    own = _sum([node.own_bytes for node in nodes])
    tables = _sum([tables_bytes(node) for node in nodes])
    if used is None or own is None or tables is None or not is_whole:
        return Reconciled(used, keys_bytes, tables, own, None)
    return Reconciled(used, keys_bytes, tables, own, used - own - tables - keys_bytes)


def tables_bytes(node: ServerFacts) -> int | None:
    """What the tables of names and of expiries take beyond what MEMORY USAGE counts."""
    if node.keys is None or node.expiring is None:
        return None
    if node.product == "valkey" and _version(node) >= _BUCKETS_SINCE:
        return _bucketed(node.keys) + _bucketed(node.expiring)
    # Redis counts 24 bytes of an entry; jemalloc gives it 32. Names of expiries are shared.
    rounded = 8 if "jemalloc" in (node.allocator or "jemalloc") else 0
    names = _chained(node.keys) + rounded * node.keys
    return names + _chained(node.expiring) + (_ENTRY_BYTES + rounded) * node.expiring


def _chained(entries: int) -> int:
    return _POINTER_BYTES * _power(max(entries, 4)) if entries else 0


def _bucketed(entries: int) -> int:
    if not entries:
        return 0
    buckets = _power(math.ceil(entries / _BUCKET_ENTRIES))
    # A bucket that is full gets a second: how many do follows from chance.
    filled = entries / buckets
    fits = sum(
        math.exp(-filled) * filled**n / math.factorial(n) for n in range(_BUCKET_ENTRIES + 1)
    )
    return round(_BUCKET_BYTES * buckets * (2 - fits))


def _power(entries: int) -> int:
    return 1 << (entries - 1).bit_length()


def _version(node: ServerFacts) -> tuple[int, ...]:
    parts = (node.version or "0").split(".")
    return tuple(int(part) for part in parts[:2] if part.isdigit())


def _sum(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None
