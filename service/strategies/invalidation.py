"""When what a change made outdated is dropped, and what happens when that fails.

The table of what is outdated is `outdated.py`. Strategies differ in when they drop it
(`InsideTransaction`, `AfterCommit`), in what happens when that fails (`AfterCommitAndOutbox`), and
in what else goes down with it, because it holds a copy.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakSet

from service.keys import Kind
from service.patterns.outbox import Settling
from service.queries.unit_of_work import Announce, Commit
from service.strategies.outdated import FeedsOfFollowers, Outdated, outdated_by

# For all drops of one write. Past it the answer goes out and the relay goes on: it needs no longer
# than this, and a writer should not wait for a cache that hangs.
DROP_S = 1.0


class Drops(Protocol):
    """Whoever holds the entries."""

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget them, and whatever holds a copy of them."""


@dataclass(frozen=True, slots=True)
class InsideTransaction:
    """Drop before the commit: whoever reads in between puts the old rows back, for good."""

    caches: Drops

    async def before_commit(self, commit: Commit) -> None:
        """Drop now."""
        for change in commit.changes:
            await self.caches.drop(outdated_by(change))

    async def after_commit(self, commit: Commit) -> None:
        """Too late, it is done."""


@dataclass(frozen=True, slots=True)
class AfterCommit:
    """Drop when the new rows can be read, and before the writer gets its answer."""

    caches: Drops

    async def before_commit(self, commit: Commit) -> None:
        """Too early: a reader would refill from the old rows."""

    async def after_commit(self, commit: Commit) -> None:
        """Drop now."""
        for change in commit.changes:
            await self.caches.drop(outdated_by(change))


def of_kind(
    entries: Sequence[Outdated | FeedsOfFollowers], kind: Kind, *, expires: bool = False
) -> list[int | str]:
    """Entries of one kind to drop.

    Where the kind `expires`, those outdated by time alone are left to it.
    """
    return [
        entry.entry
        for entry in entries
        if isinstance(entry, Outdated) and entry.kind is kind and not (expires and entry.by_time)
    ]


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True)
class AfterCommitAndOutbox:
    """The same, with a net: what this process could not drop, a relay drops from the outbox.

    So a write that was committed never fails because a cache did, and none is forgotten.
    `settling` marks the rows of what was dropped, for the relays to leave alone; `observe` gets
    `drop_failed`.
    """

    caches: Drops
    settling: Settling = field(default_factory=Settling)
    observe: Callable[..., None] = _silent

    async def before_commit(self, commit: Commit) -> None:
        """Note what will be outdated, in the same transaction."""
        await commit.keep()

    async def after_commit(self, commit: Commit) -> None:
        """Drop now; when that fails, or takes too long, the relay does."""
        try:
            async with asyncio.timeout(DROP_S):
                for change in commit.changes:
                    await self.caches.drop(outdated_by(change))
        except Exception as error:  # noqa: BLE001 - the write stands, whatever became of a cache
            self.observe("drop_failed", error=error)
        else:
            self.settling.add(commit.kept)


@dataclass(frozen=True, slots=True)
class InsideTransactionAndOutbox(AfterCommitAndOutbox):
    """With the same net, and the drop of `InsideTransaction`: the net is for drops that failed."""

    # Weak: what never commits after all is forgotten with its transaction.
    _failed: WeakSet[Commit] = field(init=False, default_factory=WeakSet)

    async def before_commit(self, commit: Commit) -> None:
        """Note what will be outdated, and drop it while everybody still reads the old rows."""
        await commit.keep()
        try:
            async with asyncio.timeout(DROP_S):
                for change in commit.changes:
                    await self.caches.drop(outdated_by(change))
        except Exception as error:  # noqa: BLE001 - the relay drops it, after the commit
            self.observe("drop_failed", error=error)
            self._failed.add(commit)

    async def after_commit(self, commit: Commit) -> None:
        """Too late, it is done; the relay gets what could not be."""
        if commit in self._failed:
            self._failed.remove(commit)
        else:
            self.settling.add(commit.kept)


def has_outbox(invalidation: Callable[[Drops], Announce]) -> bool:
    """Whether rows are written, for relays and fan-out to work through."""
    return isinstance(invalidation, type) and issubclass(invalidation, AfterCommitAndOutbox)
