"""Rows of the outbox: written with the write, read by any version, counted like any statement."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any, get_args

import asyncpg
import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from service.feed.changes import (
    AccountCreated,
    AccountDeleted,
    Change,
    CommentAdded,
    CommentDeleted,
    CommentEdited,
    CommentVoted,
    CountsStep,
    FollowChanged,
    HeatStep,
    PostDeleted,
    PostEdited,
    PostPublished,
    PostVoted,
    ProfileChanged,
    ReactionChanged,
    Warmed,
)
from service.feed.recounts import CommentRecounted, PostRecounted, ProfileRecounted
from service.patterns.outbox import Listen
from service.queries.engine import connect
from service.queries.outbox import CHANNEL, FEEDS, FEEDS_CHANNEL, SqlOutbox, keep, listening
from service.queries.payloads import KINDS, UnknownChange, decode, encode
from service.queries.unit_of_work import Commit, Transactions

STEP = CountsStep(version=4, comments=1)
CHANGES: tuple[Change, ...] = (
    PostPublished(2**53 - 1, 2, "ada"),
    CommentAdded(1, 2, 3, CountsStep(version=4, comments=1)),
    PostVoted(1, 2, CountsStep(version=5, upvotes=1, downvotes=-1)),
    FollowChanged(1, "ada", 2, "barbara"),
)
ALL: tuple[Change, ...] = (
    *CHANGES,
    FollowChanged(1, "ada", 2, "barbara", follows=False, followers=0),
    PostPublished(1, 2, "ada", ("caching", "new")),
    PostEdited(1, 2, ("caching",)),
    PostDeleted(1, 2, "ada", ("caching",)),
    PostVoted(1, 2, STEP, Warmed(1, (HeatStep(-1, 1.5), HeatStep(2, 2.5)))),
    PostRecounted(1, 2),
    ReactionChanged(1, 2, CountsStep(version=4, reactions=(("heart", -1), ("fire", 1)))),
    CommentAdded(1, 2, 3, STEP, (4, 5), Warmed(1, ())),
    CommentEdited(1, 2),
    CommentDeleted(1, 2, 3, STEP, (4,), (5, 6)),
    CommentVoted(1, 2, 3),
    CommentRecounted(1, 2),
    AccountCreated(1, "ada"),
    ProfileChanged(1, "ada"),
    ProfileRecounted(1, "ada", former_followers=7, followers=4),
    AccountDeleted(1, "ada"),
)


class Counted:
    """Counts the statements of an engine."""

    def __init__(self) -> None:
        self.statements = 0

    def send(self) -> None:
        """One more."""
        self.statements += 1

    def fail(self, _error: BaseException) -> None:
        """It was sent all the same."""


@pytest.fixture
def counted() -> Counted:
    """Statements so far."""
    return Counted()


@pytest.fixture
async def engine(empty_database: str, counted: Counted) -> AsyncIterator[AsyncEngine]:
    """On a database without rows."""
    engine = connect(empty_database, counted)
    yield engine
    await engine.dispose()


def writing(engine: AsyncEngine) -> Any:
    """A transaction."""
    return engine.execution_options(isolation_level="READ COMMITTED").begin()


@pytest.mark.parametrize("change", ALL)
def test_every_change_can_be_written_and_read(change: Change) -> None:
    """As the same thing."""
    assert change == decode(*encode(change))


def test_no_change_is_forgotten() -> None:
    """The ones tried are all there are."""
    assert set(get_args(Change)) == {type(change) for change in ALL} == set(KINDS.values())


def test_a_field_of_a_newer_version_is_ignored() -> None:
    """An older process can still drop what it knows of."""
    name, payload = encode(CHANGES[2])
    newer = json.loads(payload) | {"mood": "glad"}
    newer["counts"]["shares"] = 7
    assert CHANGES[2] == decode(name, json.dumps(newer))


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("PostBurnt", "{}"),
        ("PostBurnt", encode(CHANGES[0])[1]),  # however well it fits another change
        ("PostVoted", '{"post_id": 1}'),
        ("PostVoted", '{"post_id": "one", "post_author_id": 2, "counts": {"version": 1}}'),
        ("PostVoted", "[]"),
    ],
)
def test_what_cannot_be_read_is_refused(name: str, payload: str) -> None:
    """Half a change would drop the wrong entries, or none."""
    with pytest.raises(UnknownChange, match="another version"):
        decode(name, payload)


class KeepsAll:
    """Writes every change to the outbox, and drops nothing."""

    def __init__(self) -> None:
        self.kept: list[int] = []

    async def before_commit(self, commit: Commit) -> None:
        """Keep them."""
        await commit.keep()

    async def after_commit(self, commit: Commit) -> None:
        """Note the numbers."""
        self.kept += commit.kept


async def test_rows_stand_or_fall_with_their_write(engine: AsyncEngine, counted: Counted) -> None:
    """One statement for all changes of a transaction, none without changes."""
    announce = KeepsAll()
    transactions = Transactions(engine, announce)
    async with transactions.begin() as writes:
        for change in CHANGES:
            writes.record(change)
    assert counted.statements == 1
    with pytest.raises(LookupError):
        await _refused(transactions)
    async with transactions.begin():
        pass
    assert counted.statements == 2
    found = await SqlOutbox(engine).recent(60, after=0, limit=100)
    assert announce.kept == [row.id for row in found]
    assert list(CHANGES) == [decode(row.change, row.payload) for row in found]


async def _refused(transactions: Transactions) -> None:
    async with transactions.begin() as writes:
        writes.record(CHANGES[0])
        await keep(writes._connection, CHANGES[:1])
        raise LookupError


async def written(engine: AsyncEngine, changes: Sequence[Change]) -> list[int]:
    """Rows in a transaction of their own."""
    async with writing(engine) as connection:
        return await keep(connection, changes)


async def taken(
    outbox: SqlOutbox, limit: int = 10, *, older_s: float = 0.0, but: Sequence[int] = ()
) -> list[int]:
    """Take rows, and settle them."""
    async with outbox.take(limit, older_s=older_s, but=but) as rows:
        ids = [row.id for row in rows.rows]
        await rows.settle(ids)
    return ids


async def test_rows_are_taken_by_their_state(engine: AsyncEngine) -> None:
    """Undone, unlocked, of some age, and not those that just failed."""
    outbox = SqlOutbox(engine)
    first, second, third, fourth = await written(engine, CHANGES[:4])
    assert await taken(outbox, older_s=60) == []
    async with outbox.take(1, older_s=0, but=[]) as held:
        assert [first] == [row.id for row in held.rows]
        assert [third, fourth] == await taken(outbox, but=[second])
    assert [first, second] == await taken(outbox)  # the first was given back undone
    assert await taken(outbox) == []


async def test_a_late_commit_is_found_behind_what_was_read(engine: AsyncEngine) -> None:
    """Where a reader of `id > last` has passed by."""
    outbox = SqlOutbox(engine)
    async with writing(engine) as slow:
        [early] = await keep(slow, CHANGES[:1])
        [late] = await written(engine, CHANGES[1:2])
        assert early < late
        assert [late] == await taken(outbox)
    assert [early] == await taken(outbox)


async def test_a_row_is_as_old_as_its_insert(engine: AsyncEngine) -> None:
    """A writer that had to wait for a lock has its whole grace, not the rest of it."""
    async with writing(engine) as connection:
        began = await connection.scalar(text("select now()"))
        await keep(connection, CHANGES[:1])
        assert began < await connection.scalar(text("select created_at from outbox"))


async def test_a_replay_reads_what_was_done_or_written_lately(engine: AsyncEngine) -> None:
    """In the order of ids, a page at a time; what waits for longer is taken, not replayed."""
    outbox = SqlOutbox(engine)
    young, done, old, waits = await written(engine, CHANGES[:4])
    await outbox.settle([done, old])
    async with writing(engine) as connection:
        await connection.execute(
            text("update outbox set created_at = now() - interval '61 s' where id <> :young"),
            {"young": young},
        )
        await connection.execute(
            text("update outbox set done_at = now() - interval '61 s' where id = :old"),
            {"old": old},
        )
    assert [young, done] == [row.id for row in await outbox.recent(60, after=0, limit=10)]
    assert [young] == [row.id for row in await outbox.recent(60, after=0, limit=1)]
    assert [done] == [row.id for row in await outbox.recent(60, after=young, limit=1)]
    assert [waits] == await taken(outbox, older_s=60)


async def test_marking_and_purging(engine: AsyncEngine) -> None:
    """A row that was marked is not taken; purged is what was done long enough ago, never more."""
    outbox = SqlOutbox(engine)
    first, second, *undone = await written(engine, CHANGES[:4])
    await outbox.settle([first, second])
    assert await outbox.purge(60, 10) == 0
    assert await outbox.purge(0, 1) == 1
    assert await outbox.purge(0, 10) == 1
    assert undone == await taken(outbox)


async def test_statements_of_the_outbox_are_counted_as_the_database_counts(
    engine: AsyncEngine, counted: Counted, empty_database: str
) -> None:
    """Both counts are compared in load tests: what neither LISTEN nor a relay may disturb."""
    outbox = SqlOutbox(engine)
    looking = await asyncpg.connect(empty_database)
    await looking.execute("create extension if not exists pg_stat_statements")
    await looking.fetchval("select pg_stat_statements_reset()")
    await written(engine, CHANGES[:4])
    await taken(outbox)
    await outbox.settle([1])
    await outbox.recent(60, after=0, limit=1)
    await outbox.purge(60, 1)
    calls = await looking.fetchval("""
        select sum(calls) from pg_stat_statements s join pg_database d on d.oid = s.dbid
        where d.datname = current_database() and s.query like '%outbox%'
    """)
    await looking.close()
    assert counted.statements == 6 == calls


async def test_a_commit_is_heard_on_a_connection_beside_the_pool(engine: AsyncEngine) -> None:
    """It is made by the engine, given to nobody else, and closed at the end."""
    heard: asyncio.Queue[None] = asyncio.Queue()
    made = []

    async def connect() -> Any:
        made.append(await listening(engine))
        return made[-1]

    async with Listen(connect, lambda: heard.put_nowait(None), channel=CHANNEL), asyncio.timeout(5):
        await heard.get()  # the link
        assert isinstance(engine.pool, QueuePool)
        assert engine.pool.checkedout() == 0
        await written(engine, CHANGES[:4])
        await heard.get()
    assert [connection.is_closed() for connection in made] == [True]


async def test_what_concerns_feeds_is_kept_twice(engine: AsyncEngine) -> None:
    """Each queue has its rows, and takes no other's; its writer knows of those that it drops."""
    changes = [CHANGES[0], CHANGES[2], CHANGES[3], PostDeleted(1, 2, "ada")]
    kept = await written(engine, changes)
    caches, feeds = SqlOutbox(engine), SqlOutbox(engine, FEEDS)
    assert kept == [row.id for row in await caches.recent(60, after=0, limit=10)]
    pushed = await feeds.recent(60, after=0, limit=10)
    assert [changes[0], changes[2], changes[3]] == [decode(r.change, r.payload) for r in pushed]
    assert [row.id for row in pushed] == await taken(feeds)
    assert kept == await taken(caches)


async def test_a_recount_that_leaves_followers_alone_concerns_no_feed(engine: AsyncEngine) -> None:
    """Only with another number of them do others push or pull what somebody writes."""
    changes = [ProfileRecounted(1, "ada"), ProfileRecounted(2, "barbara", 7, 4)]
    await written(engine, changes)
    [row] = await SqlOutbox(engine, FEEDS).recent(60, after=0, limit=10)
    assert changes[1] == decode(row.change, row.payload)


async def test_each_queue_is_told_of_its_own_rows(engine: AsyncEngine) -> None:
    """A vote wakes nobody who waits for posts."""
    heard: asyncio.Queue[None] = asyncio.Queue()
    listen = Listen(
        partial(listening, engine), lambda: heard.put_nowait(None), channel=FEEDS_CHANNEL
    )
    async with listen, asyncio.timeout(5):
        await heard.get()  # the link
        await written(engine, [CHANGES[2]])
        await written(engine, [CHANGES[0]])
        await heard.get()
        assert heard.empty()


def test_a_payload_is_plain_json() -> None:
    """Somebody who looks at the table can read it."""
    assert json.loads(encode(CHANGES[3])[1]) == msgspec.to_builtins(CHANGES[3])
