"""The outbox on a real PostgreSQL and a real Redis: no row is lost, whoever dies."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from service.patterns.outbox import Relay, Row, Table, Taken, server_identity, table

from .contract import Clock, Events, until

# Without it the other patterns' tests, copied beside these, must run all the same.
if TYPE_CHECKING:
    import asyncpg
else:
    asyncpg = pytest.importorskip("asyncpg", reason="needs asyncpg: pip install asyncpg")


@pytest_asyncio.fixture
async def pool(postgres_url: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections to an outbox of this test's own."""
    schema = f"outbox_{secrets.token_hex(6)}"
    async with asyncpg.create_pool(
        postgres_url, min_size=0, server_settings={"search_path": schema}
    ) as pool:
        await pool.execute(f"create schema {schema}")
        await pool.execute(table.TABLE)
        yield pool
        await pool.execute(f"drop schema {schema} cascade")


async def commit(pool: asyncpg.Pool, *keys: str) -> list[int]:
    """A write that has outdated some cache entries, and whose writer then dies."""
    async with pool.acquire() as connection, connection.transaction():
        return await table.add(connection, [("outdated", f'"{key}"') for key in keys])


async def waiting(pool: asyncpg.Pool) -> list[int]:
    """Ids of the rows that are not done."""
    found = await pool.fetch("select id from outbox where done_at is null order by id")
    return [row["id"] for row in found]


def keys_of(rows: Sequence[Row]) -> list[str]:
    """What the rows say is outdated."""
    return [row.payload.strip('"') for row in rows]


def relay_of(
    redis: Redis,
    pool: asyncpg.Pool,
    apply: Callable[[Sequence[Row]], Awaitable[None]] | None = None,
    **settings: Any,
) -> Relay[Row]:
    """A relay that drops the keys, and takes rows at once."""

    async def drop(rows: Sequence[Row]) -> None:
        await redis.delete(*keys_of(rows))

    return Relay(
        settings.pop("store", Table(pool)),
        apply or drop,
        **{"identity": partial(server_identity, redis), "grace_s": 0.0, **settings},
    )


async def started(relay: Relay[Row]) -> Relay[Row]:
    """Let it look once at nothing, so that the replay of its start is over."""
    assert await relay.look() == 0
    return relay


class Applied:
    """An ``apply`` that notes what it was given, and can be held at a gate."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, rows: Sequence[Row]) -> None:
        """Note the ids."""
        self.started.set()
        await self.gate.wait()
        self.rows += [row.id for row in rows]


async def test_what_a_dead_writer_left_is_dropped(
    redis: Redis, pool: asyncpg.Pool, key: str
) -> None:
    """The row of the write is enough; without a relay the old value stays."""
    await redis.set(key, "old", ex=60)
    await commit(pool, key)
    assert await redis.get(key) == b"old"  # the control: nobody looks
    assert await relay_of(redis, pool).look() == 1
    assert await redis.get(key) is None
    assert await waiting(pool) == []


async def test_a_write_that_was_rolled_back_leaves_no_row(
    redis: Redis, pool: asyncpg.Pool, key: str
) -> None:
    """The row belongs to the transaction, for better or worse."""
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await table.add(connection, [("outdated", f'"{key}"')])
        await transaction.rollback()
    assert await relay_of(redis, pool).look() == 0


class ReadsOn:
    """The mutant: it remembers how far it has read."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.last = 0

    async def next_rows(self) -> list[int]:
        """Rows behind the last one seen."""
        found = await self.pool.fetch("select id from outbox where id > $1 order by id", self.last)
        self.last = max([self.last, *(row["id"] for row in found)])
        return [row["id"] for row in found]


async def test_rows_that_commit_out_of_order_are_all_found(
    redis: Redis, pool: asyncpg.Pool, key: str
) -> None:
    """Ids are not in the order of commits: whoever reads on from the last id loses rows."""
    mutant, applied = ReadsOn(pool), Applied()
    relay = await started(relay_of(redis, pool, applied))
    async with pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        [first] = await table.add(slow, [("outdated", f'"{key}"')])
        [second] = await commit(pool, key)
        assert first < second
        assert await mutant.next_rows() == [second]
        await relay.look()
        await transaction.commit()
    await relay.look()
    assert applied.rows == [second, first]
    assert await mutant.next_rows() == []  # the first is lost for good


async def both_look(one: Relay[Row], two: Relay[Row], held: Applied) -> None:
    """One relay stops in the middle of its work, and the other looks meanwhile."""
    held.gate.clear()
    first = asyncio.create_task(one.look())
    await held.started.wait()
    await two.look()
    held.gate.set()
    await first


async def test_each_row_is_done_by_one_relay(redis: Redis, pool: asyncpg.Pool, key: str) -> None:
    """Locked rows are skipped, so the second relay neither waits nor repeats."""
    held, other = Applied(), Applied()
    one = await started(relay_of(redis, pool, held, limit=2))
    two = await started(relay_of(redis, pool, other))
    ids = await commit(pool, *[key] * 4)
    await both_look(one, two, held)
    assert held.rows == ids[:2]
    assert other.rows == ids[2:]


async def test_control_without_locks_both_relays_do_the_same(
    redis: Redis, pool: asyncpg.Pool, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: two relays that only read do everything twice."""
    monkeypatch.setattr(table, "TAKE", table.TAKE.replace("for update skip locked", ""))
    held, other = Applied(), Applied()
    one = await started(relay_of(redis, pool, held))
    two = await started(relay_of(redis, pool, other))
    ids = await commit(pool, *[key] * 4)
    await both_look(one, two, held)
    assert ids == held.rows == other.rows


async def test_a_relay_that_dies_in_the_middle_is_followed(
    redis: Redis, pool: asyncpg.Pool, key: str
) -> None:
    """Its rows were locked and not done, so they are taken again: at least once."""
    held, other = Applied(), Applied()
    dying = await started(relay_of(redis, pool, held))
    next_one = await started(relay_of(redis, pool, other))
    ids = await commit(pool, key, key)
    held.gate.clear()
    look = asyncio.create_task(dying.look())
    await held.started.wait()
    look.cancel()
    await asyncio.wait([look])
    assert await waiting(pool) == ids
    assert await next_one.look() == 2
    assert other.rows == ids


class LetsGo(Table):
    """Between the end of its transaction and whatever its relay does next, others may look."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self.has_let_go = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    @contextlib.asynccontextmanager
    async def take(
        self, limit: int, *, older_s: float, but: Sequence[int]
    ) -> AsyncIterator[Taken[Row]]:
        """Take rows, and wait when they are free again."""
        async with super().take(limit, older_s=older_s, but=but) as taken:
            yield taken
        self.has_let_go.set()
        await self.gate.wait()


async def test_rows_are_done_before_they_are_free(
    redis: Redis, pool: asyncpg.Pool, key: str
) -> None:
    """The mark is made in the transaction that holds them, or the next relay does them again."""
    store, applied, other = LetsGo(pool), Applied(), Applied()
    one = await started(relay_of(redis, pool, applied, store=store))
    two = await started(relay_of(redis, pool, other))
    ids = await commit(pool, key)
    store.has_let_go.clear()
    store.gate.clear()
    look = asyncio.create_task(one.look())
    await store.has_let_go.wait()
    assert await two.look() == 0
    store.gate.set()
    await look
    assert (ids, []) == (applied.rows, other.rows)


# The mutant: rows are marked as they are taken. It saves holding a transaction open.
MARKS_FIRST = """
update outbox set done_at = now() where done_at is null and $1 > 0 and $2 >= 0.0::float8
and id <> all($3::bigint[]) returning id, change, payload::text
"""


class EndsEarly(Table):
    """The other half of it: the transaction is over before the work begins."""

    @contextlib.asynccontextmanager
    async def take(
        self, limit: int, *, older_s: float, but: Sequence[int]
    ) -> AsyncIterator[Taken[Row]]:
        """Take rows for good."""

        async def nothing(_ids: Sequence[int]) -> None:
            """They are marked already."""

        async with super().take(limit, older_s=older_s, but=but) as taken:
            pass
        yield taken._replace(settle=nothing)


async def test_control_rows_marked_before_they_are_done_are_lost(
    redis: Redis, pool: asyncpg.Pool, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: with the mark first, the death of a relay is the end of its rows."""
    monkeypatch.setattr(table, "TAKE", MARKS_FIRST)
    held = Applied()
    dying = await started(relay_of(redis, pool, held, store=EndsEarly(pool)))
    await commit(pool, key, key)
    held.gate.clear()
    look = asyncio.create_task(dying.look())
    await held.started.wait()
    look.cancel()
    await asyncio.wait([look])
    assert held.rows == []
    assert await waiting(pool) == []


async def test_a_writers_row_has_its_grace(redis: Redis, pool: asyncpg.Pool, key: str) -> None:
    """A living writer drops by itself; the relay would double the misses."""
    applied = Applied()
    relay = await started(relay_of(redis, pool, applied, grace_s=60.0))
    ids = await commit(pool, key)
    assert await relay.look() == 0
    await pool.execute("update outbox set created_at = created_at - interval '61 s'")
    assert await relay.look() == 1
    assert ids == applied.rows


async def test_a_row_is_as_old_as_its_insert(pool: asyncpg.Pool, key: str) -> None:
    """A writer that had to wait for a lock has its whole grace, not the rest of it."""
    async with pool.acquire() as connection, connection.transaction():
        began = await connection.fetchval("select now()")
        await table.add(connection, [("outdated", f'"{key}"')])
        assert began < await connection.fetchval("select created_at from outbox")


async def test_another_server_gets_the_last_minute_again(
    redis: Redis, pool: asyncpg.Pool, key: str
) -> None:
    """A dropped value that came back with a failover is dropped again, by the row of its write."""
    server, events = ["first"], Events()

    async def identity() -> str:
        return server[0]

    relay = relay_of(redis, pool, identity=identity, observe=events)
    await redis.set(key, "old", ex=60)
    await commit(pool, key)
    await relay.look()
    await redis.set(key, "old", ex=60)  # the replica had never heard of the drop
    await relay.look()
    assert await redis.get(key) == b"old"  # the control: as long as nobody knows, it stays
    server[0] = "second"
    await relay.look()
    assert await redis.get(key) is None
    assert events.counts["replayed"] == 2  # at the start, and now


async def test_a_replay_has_what_its_writer_is_about_to_mark(
    redis: Redis, pool: asyncpg.Pool, key: str
) -> None:
    """A drop may have been done on the server that is gone, and its row not be marked yet."""
    young, done, old = await commit(pool, key, key, key)
    await pool.execute("update outbox set done_at = now() where id = $1", done)
    await pool.execute("update outbox set done_at = now() - interval '61 s' where id = $1", old)
    applied = Applied()
    await relay_of(redis, pool, applied, grace_s=60.0, limit=1).look()
    assert [young, done] == applied.rows


async def test_a_replay_that_fails_is_due_again(
    redis: Redis, pool: asyncpg.Pool, key: str, events: Events
) -> None:
    """The new server is accepted only when everything was applied to it."""
    await commit(pool, key)
    answers = [True, False, True, True, True]

    async def identity() -> str:
        if not answers.pop(0):
            raise ConnectionError("away")
        return "server"

    async def apply(rows: Sequence[Row]) -> None:
        if len(answers) == 4:
            raise ConnectionError("away")

    relay = relay_of(redis, pool, apply, identity=identity, observe=events)
    with pytest.raises(ConnectionError):
        await relay.look()
    assert events.counts == {}
    assert await relay.look() == 1
    assert events.counts == {"replayed": 1, "applied": 1}


async def test_rows_are_kept_for_a_replay_and_then_deleted(
    redis: Redis, pool: asyncpg.Pool, key: str
) -> None:
    """Undone ones stay whatever their age."""
    clock = Clock()
    relay = relay_of(redis, pool, Applied(), clock=clock, grace_s=3600.0)
    undone, recent, old = await commit(pool, key, key, key)
    await pool.execute(
        "update outbox set created_at = now() - interval '1 h' where id <> $1", undone
    )
    await pool.execute("update outbox set done_at = now() - interval '90 s' where id = $1", recent)
    await pool.execute("update outbox set done_at = now() - interval '121 s' where id = $1", old)
    await relay.look()
    assert len(await pool.fetch("select from outbox")) == 3  # not in every round
    clock.now_s += 60
    await relay.look()
    kept = await pool.fetch("select id from outbox order by id")
    assert [undone, recent] == [row["id"] for row in kept]


class Busy(Table):
    """So many rows have been done that a purge has to be continued."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self.limits: list[int] = []

    async def purge(self, keep_s: float, limit: int) -> int:
        """Delete as many as may be, and the second time one less."""
        self.limits.append(limit)
        return limit if len(self.limits) == 1 else limit - 1


async def test_a_full_purge_is_continued_in_the_next_round(
    redis: Redis, pool: asyncpg.Pool
) -> None:
    """Else a table that gets more rows a minute than one purge deletes would grow for ever."""
    clock, store = Clock(), Busy(pool)
    relay = relay_of(redis, pool, Applied(), store=store, clock=clock)
    await relay.look()
    clock.now_s += 60
    for purges in (1, 2, 2):
        await relay.look()
        assert purges == len(store.limits)


async def test_the_poll_finds_what_no_hint_told_of(
    redis: Redis, pool: asyncpg.Pool, key: str
) -> None:
    """Notifications may all be lost."""
    applied = Applied()
    async with relay_of(redis, pool, applied, poll_s=0.01):
        [row] = await commit(pool, key)

        async def is_done() -> bool:
            return await waiting(pool) == []

        await until(is_done)
    assert row in applied.rows


class Rounds(Table):
    """Tells how many rounds have taken what they take: a row committed later is not theirs."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self.over = 0

    @contextlib.asynccontextmanager
    async def take(
        self, limit: int, *, older_s: float, but: Sequence[int]
    ) -> AsyncIterator[Taken[Row]]:
        """Take rows, and note that it is over."""
        async with super().take(limit, older_s=older_s, but=but) as taken:
            yield taken
        self.over += 1


async def test_a_hint_need_not_wait_for_the_poll(
    redis: Redis, pool: asyncpg.Pool, key: str
) -> None:
    """The switch is the hint: without it nothing happens, since the next poll is an hour away."""
    applied, rounds = Applied(), Rounds(pool)
    async with relay_of(redis, pool, applied, store=rounds, poll_s=3600.0) as relay:

        async def is_started() -> bool:
            return rounds.over == 1

        await until(is_started)
        [row] = await commit(pool, key)
        for _ in range(20):  # each look is a turn of the server, in which a round would be done
            assert [row] == await waiting(pool)
        assert applied.rows == []
        relay.hint()

        async def is_done() -> bool:
            return await waiting(pool) == []

        await until(is_done)
    assert [row] == applied.rows


async def test_a_relay_outlives_its_servers(redis: Redis, pool: asyncpg.Pool, key: str) -> None:
    """A round that fails is reported, and the next one comes."""
    events, broken = Events(), [True]

    async def identity() -> str:
        if broken[0]:
            raise ConnectionError("no server")
        return "server"

    [row] = await commit(pool, key)
    applied = Applied()
    relay = relay_of(redis, pool, applied, identity=identity, poll_s=0.01, observe=events)
    async with relay:

        async def has_failed() -> bool:
            return events.counts["round_failed"] > 0

        await until(has_failed)
        assert await waiting(pool) == [row]
        broken[0] = False

        async def is_done() -> bool:
            return await waiting(pool) == [] and events.counts["round_again"] > 0

        await until(is_done)
    assert row in applied.rows
    assert events.counts["round_again"] == 1
