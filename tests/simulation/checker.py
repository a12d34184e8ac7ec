"""What the history must show: no read sees less than was written before it, within the bounds.

Every write has a number that the database gave, so one pass over the reads is enough: a read must
see at least the highest version whose write had returned before the read began.
"""

import math
from collections.abc import Iterator

from tests.simulation.history import History, Read, Write

# What is promised: a read that begins this long after a write sees it, and so long after a fault.
CALM_S = 1.0
AFTER_FAULT_S = 5.0
# Faults after which the protocol promises more than that: they cost nobody a bound at all.
HARMLESS = {"none", "eviction"}
# A subscription that carries nothing: what is kept near is used for two seconds, and what was
# being loaded at the time for as long again as the load took.
SILENT_S = 3.0
# Answers made of a copy say so, and are no older than this (`stale_for_s`, and a journey).
COPY_S = 10.5


def complaints(history: History, kind: str) -> Iterator[str]:
    """Everything wrong with one schedule."""
    yield from history.errors
    for read in history.reads:
        if read.version is None:
            continue  # its process died
        if read.marked and read.version < read.floor:
            yield (
                f"copy: {read.process} served version {read.version} of post {read.post_id} at "
                f"step {read.started_step}, and had heard of a drop of version {read.floor}"
            )
        for write in history.writes:
            if _missed(read, write) and _too_old(read, write, history, kind):
                yield (
                    f"stale: {read.process} read version {read.version} of post {read.post_id} at "
                    f"step {read.started_step}, {read.started_s - _done_s(write):.3f} s after "
                    f"{write.process} had written version {write.version}"
                    + (" (a marked copy)" if read.marked else "")
                )


def settled_s(kind: str) -> float:
    """How long after the last fault and the last write everything must be right."""
    if kind in HARMLESS:
        return CALM_S
    return SILENT_S if kind == "lost_messages" else AFTER_FAULT_S


def _missed(read: Read, write: Write) -> bool:
    return (
        write.post_id == read.post_id and read.version is not None and write.version > read.version
    )


def _done_s(write: Write) -> float:
    # Nobody was answered by a writer that died; the write is done all the same.
    return write.committed_s if write.returned_s is None else write.returned_s


def _too_old(read: Read, write: Write, history: History, kind: str) -> bool:
    behind_s = read.started_s - _done_s(write)
    if read.final and not read.marked:
        return behind_s > 0
    if kind in HARMLESS and write.process == read.process and not write.owed:
        # One's own write is seen at once.
        return write.returned_s is not None and write.returned_step < read.started_step
    return behind_s > _allowed_s(read, write, history, kind)


def _allowed_s(read: Read, write: Write, history: History, kind: str) -> float:
    if read.marked:
        return COPY_S
    if write.owed:
        return AFTER_FAULT_S
    if kind in HARMLESS:
        return CALM_S
    if kind == "lost_messages":
        return SILENT_S
    recent = any(
        trouble.began_s <= read.started_s <= trouble.ended_s + AFTER_FAULT_S
        for trouble in history.troubles
    )
    return math.inf if recent else CALM_S
