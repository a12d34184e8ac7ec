"""Writers: one transaction with an outbox row, then the drops, in the order production gives."""

from collections.abc import Sequence
from typing import cast

from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.feed.changes import Change, CountsStep, PostPublished, PostVoted
from service.patterns.outbox import Settling
from service.queries.unit_of_work import Announce, Commit
from service.strategies.invalidation import AfterCommit, AfterCommitAndOutbox
from service.strategies.outdated import FeedsOfFollowers, Outdated
from tests.simulation.database import Database, Transaction
from tests.simulation.history import Write
from tests.simulation.plan import Pieces
from tests.simulation.process import Process


class MemoryCommit(Commit):
    """What those who announce are told, over a transaction in memory."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__([], cast("AsyncConnection", None))
        self._transaction = transaction

    @property
    def changes(self) -> Sequence[Change]:
        """Another text, and one vote more: what is told of one is known once it is committed."""
        post_id, version = self._transaction.write.post_id, self._transaction.write.version
        return [
            PostPublished(post_id, 0, ""),
            PostVoted(post_id, 0, CountsStep(version, upvotes=1)),
        ]

    @changes.setter
    def changes(self, _changes: Sequence[Change]) -> None:
        """Set by the constructor of what this stands for."""

    async def keep(self) -> None:
        """Write the outbox row."""
        self.kept = [self._transaction.keep()]


class Drops:
    """The caches of one process, as invalidation.py wants them: one kind of entry."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget them, or follow the step."""
        for outdated in entries:
            if isinstance(outdated, Outdated) and outdated.kind is self._process.kind:
                await self._process.follow(outdated)


def announce_of(
    done: Write, process: Process, pieces: Pieces, settling: Settling | None
) -> Announce:
    """What is told of the commit: with an outbox where there is a relay."""
    drops = Drops(process)
    if pieces.announce is not AfterCommit or settling is None:
        return pieces.announce(drops)

    def observe(_event: str, **_details: object) -> None:
        done.owed = True

    return AfterCommitAndOutbox(drops, settling, observe=observe)


async def write(done: Write, process: Process, database: Database, announce: Announce) -> None:
    """What `Transactions.begin` does round a change of one post."""
    lane, loop = process.site.lane, process.site.client.loop
    process.site.history.writes.append(done)
    transaction = await database.begin(lane, done)
    commit = MemoryCommit(transaction)
    try:
        await announce.before_commit(commit)
    except (RedisError, OSError):
        return  # rolled back
    await database.commit(lane, transaction)
    await announce.after_commit(commit)
    done.returned_s, done.returned_step = loop.time(), loop.steps
