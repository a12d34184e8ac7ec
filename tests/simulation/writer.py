"""Writers: one transaction with an outbox row, then the drops, in the order production gives."""

from collections.abc import Sequence
from typing import cast

from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncConnection

from service import keys
from service.feed.changes import PostPublished
from service.queries.unit_of_work import Announce, Commit
from service.strategies.invalidation import FeedsOfFollowers, Outdated
from tests.simulation.database import Database, Transaction
from tests.simulation.history import Write
from tests.simulation.process import Process


class MemoryCommit(Commit):
    """What those who announce are told, over a transaction in memory."""

    def __init__(self, transaction: Transaction) -> None:
        changes = [PostPublished(transaction.write.post_id, 0, "")]
        super().__init__(changes, cast("AsyncConnection", None))
        self._transaction = transaction

    async def keep(self) -> None:
        """Write the outbox row."""
        self.kept = [self._transaction.keep()]


class Drops:
    """The caches of one process, as invalidation.py wants them; only posts are in this world."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Forget them."""
        for outdated in entries:
            if isinstance(outdated, Outdated) and outdated.kind is keys.POST:
                await self._process.drop([int(outdated.entry)])


async def write(done: Write, process: Process, database: Database, announce: Announce) -> None:
    """What `Transactions.begin` does round a change of one post."""
    loop = process.client.loop
    process.history.writes.append(done)
    transaction = await database.begin(process.lane, done)
    commit = MemoryCommit(transaction)
    try:
        await announce.before_commit(commit)
    except (RedisError, OSError):
        return  # rolled back
    await database.commit(process.lane, transaction)
    await announce.after_commit(commit)
    done.returned_s, done.returned_step = loop.time(), loop.steps
