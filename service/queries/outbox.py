"""The outbox: what changed, written with the write, kept until every cache has heard of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.feed.changes import Change
from service.feed.recounts import ProfileRecounted
from service.queries.payloads import encode

CACHES, FEEDS = "caches", "feeds"  # the queues: what is to be dropped, what is to be pushed
CHANNEL, FEEDS_CHANNEL = "corral_outbox", "corral_feeds"
FANNED_OUT = frozenset({"PostPublished", "PostDeleted", "FollowChanged", "ProfileRecounted"})
# The time of the insert and not of the transaction's begin: a writer that waited for a lock would
# look dead to a relay while it is about to drop its entries.
KEEP = text(f"""
    with kept as (
        insert into outbox (change, payload, queue, created_at)
        select change, cast(payload as jsonb), queue, clock_timestamp()
        from unnest(cast(:names as text[]), cast(:payloads as text[]), cast(:queues as text[]))
             as new (change, payload, queue)
        returning id, queue
    )
    select id, queue, pg_notify(
        case queue when '{FEEDS}' then '{FEEDS_CHANNEL}' else '{CHANNEL}' end, '') from kept
""")
# By state and never by `id > last`: ids are not in the order of commits.
TAKE = text("""
    select id, change, cast(payload as text) as payload from outbox
    where queue = :queue and done_at is null and id <> all(cast(:but as bigint[]))
      and created_at < clock_timestamp() - make_interval(secs => :older_s)
    order by id limit :limit for update skip locked
""")
SETTLE = text("""
    update outbox set done_at = clock_timestamp()
    where id = any(cast(:ids as bigint[])) and done_at is null
""")
# With those that are new and undone: whoever wrote them may have dropped their entries already, on
# a cache server that is gone, and be about to mark them.
RECENT = text("""
    select id, change, cast(payload as text) as payload from outbox
    where queue = :queue and id > :after and (
        done_at > clock_timestamp() - make_interval(secs => :back_s)
        or done_at is null and created_at > clock_timestamp() - make_interval(secs => :back_s))
    order by id limit :limit
""")
PURGE = text("""
    delete from outbox where id in (
        select id from outbox where done_at < clock_timestamp() - make_interval(secs => :keep_s)
        order by done_at limit :limit for update skip locked)
""")


class OutboxRow(NamedTuple):
    """A change of some version of this program: see `payloads`."""

    id: int
    change: str
    payload: str


class TakenRows:
    """Rows that are locked as long as their transaction is open."""

    def __init__(self, rows: Sequence[OutboxRow], connection: AsyncConnection) -> None:
        self.rows = rows
        self._connection = connection

    async def settle(self, ids: Sequence[int]) -> None:
        """Mark rows done, in that transaction."""
        await self._connection.execute(SETTLE, {"ids": ids})


async def keep(connection: AsyncConnection, changes: Sequence[Change]) -> list[int]:
    """Write changes in the transaction that made them; their numbers in the queue of the caches.

    What concerns feeds is written a second time, for who fans out: each queue has its own pace.
    """
    if not changes:
        return []
    rows = [(*encode(change), CACHES) for change in changes]
    rows += [
        (name, payload, FEEDS)
        for change, (name, payload, _) in zip(changes, rows, strict=True)
        if concerns_feeds(change)
    ]
    names, payloads, queues = zip(*rows, strict=True)
    kept = {"names": names, "payloads": payloads, "queues": queues}
    return [row.id for row in await connection.execute(KEEP, kept) if row.queue == CACHES]


def concerns_feeds(change: Change) -> bool:
    """Whether fan-out is to hear of a change; a recount tells it of nothing but followers."""
    if isinstance(change, ProfileRecounted) and change.followers is None:
        return False
    return type(change).__name__ in FANNED_OUT


class SqlOutbox:
    """The rows of one queue, through the engine that counts its statements."""

    def __init__(self, engine: AsyncEngine, queue: str = CACHES) -> None:
        self._engine = engine
        self._queue = queue
        self._taking = engine.execution_options(isolation_level="READ COMMITTED")

    @asynccontextmanager
    async def take(
        self, limit: int, *, older_s: float, but: Sequence[int]
    ) -> AsyncIterator[TakenRows]:
        """Lock undone rows until the block ends."""
        asked = {"queue": self._queue, "limit": limit, "older_s": older_s, "but": but}
        async with self._taking.begin() as connection:
            found = await connection.execute(TAKE, asked)
            yield TakenRows([OutboxRow(*row) for row in found], connection)

    async def settle(self, ids: Sequence[int]) -> None:
        """Mark rows done."""
        await self._run(SETTLE, ids=ids)

    async def recent(self, back_s: float, *, after: int, limit: int) -> Sequence[OutboxRow]:
        """What was done, or written, in the last seconds."""
        found = await self._run(RECENT, queue=self._queue, back_s=back_s, after=after, limit=limit)
        return [OutboxRow(*row) for row in found]

    async def purge(self, keep_s: float, limit: int) -> int:
        """Delete what was done long ago, whatever its queue."""
        return int((await self._run(PURGE, keep_s=keep_s, limit=limit)).rowcount)

    async def _run(self, statement: Any, **parameters: Any) -> Any:
        async with self._engine.connect() as connection:
            return await connection.execute(statement, parameters)


async def listening(engine: AsyncEngine) -> Any:
    """A connection of asyncpg's own, made as the engine makes its own, for LISTEN alone.

    It is taken out of the pool: what listens is never given back.
    """
    connection = await engine.raw_connection()
    driver = connection.driver_connection
    connection.detach()
    return driver
