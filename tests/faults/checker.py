"""Finds reads that saw an older version than one whose write was over before they began.

The database gives each write of a key the next version, so nothing has to be searched: two sorts
and a look-up for each read, O(n log n). A read that overlaps a write may see either side of it.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from tests.faults.history import Operation


class Stale(NamedTuple):
    """A read, the version it had to see at least, and how long ago a newer one was written."""

    read: Operation
    due: int
    late_s: float


def stale_reads(
    history: Iterable[Operation],
    *,
    bound_s: float = 0.0,
    writes: Sequence[str] = ("write", "untold"),
) -> list[Stale]:
    """The reads that began more than `bound_s` after a newer write had returned, oldest first.

    `writes` names the operations that count as writes.
    """
    by_key: dict[int, list[Operation]] = defaultdict(list)
    for operation in history:
        by_key[operation.key].append(operation)
    found = [
        stale
        for operations in by_key.values()
        for stale in _of_one_key(
            [op for op in operations if op.name == "read"],
            [op for op in operations if op.name in writes],
            bound_s,
        )
    ]
    return sorted(found, key=lambda stale: stale.read.started_s)


def _of_one_key(
    reads: Sequence[Operation], writes: Sequence[Operation], bound_s: float
) -> Iterator[Stale]:
    returned = sorted(writes, key=lambda write: write.ended_s)
    ended_s = [write.ended_s for write in returned]
    newest = list(accumulate((write.version for write in returned), max))
    for read in reads:
        over = bisect_left(ended_s, read.started_s - bound_s)
        if over and read.version < newest[over - 1]:
            first_newer = bisect_right(newest, read.version)
            yield Stale(read, newest[over - 1], read.started_s - ended_s[first_newer])
