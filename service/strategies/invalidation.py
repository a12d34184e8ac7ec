"""Which entries a change makes outdated: one table, the same for every strategy.

Strategies differ in when they drop them (`InsideTransaction`, `AfterCommit`), in what happens when
that fails (`AfterCommitAndOutbox`), and in what else goes down with them, because it holds a copy.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from service import keys
from service.feed.changes import (
    Change,
    CommentAdded,
    CountsStep,
    FollowChanged,
    PostPublished,
    PostVoted,
)
from service.keys import Kind
from service.patterns.outbox import Settling
from service.queries.unit_of_work import Commit

# For all drops of one write. Past it the answer goes out and the relay goes on: it needs no longer
# than this, and a writer should not wait for a cache that hangs.
DROP_S = 1.0


@dataclass(frozen=True, slots=True)
class Outdated:
    """One logical entry; `author_id` is the author of the post that it belongs to.

    `step` is what was added to counters: who can follow it keeps them, everybody else drops them.
    """

    kind: Kind
    entry: int | str
    author_id: int | None = None
    step: CountsStep | None = None


@dataclass(frozen=True, slots=True)
class FeedsOfFollowers:
    """The home feed of everybody who follows this author."""

    author_id: int


def outdated_by(change: Change) -> Sequence[Outdated | FeedsOfFollowers]:
    """The table."""
    match change:
        case PostPublished(post_id, author_id, handle):
            return [
                Outdated(keys.POST, post_id, author_id),  # its absence may have been remembered
                Outdated(keys.AUTHOR, author_id),
                Outdated(keys.PROFILE, handle),
                Outdated(keys.REPUTATION, author_id),
                FeedsOfFollowers(author_id),
            ]
        case CommentAdded(post_id, post_author_id, author_id, step):
            return [
                Outdated(keys.COMMENTS, post_id, post_author_id),
                Outdated(keys.COUNTS, post_id, post_author_id, step),
                Outdated(keys.REPUTATION, author_id),
            ]
        case PostVoted(post_id, post_author_id, step):
            return [
                Outdated(keys.COUNTS, post_id, post_author_id, step),
                Outdated(keys.REPUTATION, post_author_id),
            ]
        case FollowChanged(follower_id, follower_handle, _, followee_handle):
            return [
                Outdated(keys.FEED, follower_id),
                Outdated(keys.PROFILE, follower_handle),
                Outdated(keys.PROFILE, followee_handle),
            ]


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
