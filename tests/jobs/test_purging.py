"""What has had its time goes: idempotency keys after a day, batches of views after two weeks."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.jobs.notes import Notes
from service.jobs.purging import purge_all, purging
from service.queries import views
from service.queries.engine import connect
from service.queries.idempotency import purge_keys
from tests.waiting import until

KEYS = """
    insert into idempotency_keys (scope, key, fingerprint, status, body, created_at)
    select 'user:1', $1::text || i, '', 201, '', now() - $2::text::interval
    from generate_series(1, $3) i
"""
BATCHES = """
    insert into view_batches (batch, created_at) values
        ('old', now() - interval '15 days'), ('young', now() - interval '13 days')
"""


@pytest.fixture
async def database(empty_database: str) -> AsyncIterator[asyncpg.Connection]:
    """With keys of today and of yesterday."""
    connection = await asyncpg.connect(empty_database)
    await connection.execute(KEYS, "old", "24 hours 1 second", 25)
    await connection.execute(KEYS, "new", "23 hours 59 minutes", 5)
    await connection.execute(BATCHES)
    yield connection
    await connection.close()


@pytest.fixture
async def engine(empty_database: str) -> AsyncIterator[AsyncEngine]:
    """As a process has it."""
    engine = connect(empty_database)
    yield engine
    await engine.dispose()


async def left(database: asyncpg.Connection) -> int:
    """How many keys there are."""
    return int(await database.fetchval("select count(*) from idempotency_keys"))


async def batches(database: asyncpg.Connection) -> list[str]:
    """Which batches of views are remembered."""
    return [row["batch"] for row in await database.fetch("select batch from view_batches")]


async def test_batch_after_batch_until_none_is_full(
    database: asyncpg.Connection, engine: AsyncEngine
) -> None:
    """Ten at a time, and not one that is younger than a day."""
    purged = []

    async def purge(limit: int) -> int:
        purged.append(await purge_keys(engine, limit))
        return purged[-1]

    await purge_all(purge, 10)
    assert [10, 10, 5] == purged
    assert 5 == await left(database)


async def test_two_processes_do_not_wait_for_each_other(
    database: asyncpg.Connection, engine: AsyncEngine
) -> None:
    """What one has locked the other leaves."""
    async with database.transaction():
        await database.execute(
            "select from idempotency_keys where key in ('old1', 'old2', 'old3') for update"
        )
        assert 22 == await purge_keys(engine, 100)
    assert 3 == await purge_keys(engine, 100)


async def test_batches_of_views_are_remembered_for_longer_than_they_can_wait(
    database: asyncpg.Connection, engine: AsyncEngine
) -> None:
    """Counts wait a week at most; what is two weeks old can come from nobody."""
    await views.purge(engine)
    assert ["young"] == await batches(database)


async def test_the_job_goes_on_after_a_failure(
    database: asyncpg.Connection, engine: AsyncEngine
) -> None:
    """It says so, and does it the next time; it begins at a random time."""
    slept: list[float] = []
    gate, seen = asyncio.Semaphore(0), []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await gate.acquire()

    tools: Any = SimpleNamespace(engine=None)
    notes = Notes(lambda event, **_: seen.append(event))
    async with purging(tools, notes, every_s=60, sleep=sleep, rand=lambda: 0.25):
        gate.release()

        async def has_failed() -> bool:
            return bool(seen)

        await until(has_failed)
        tools.engine = engine
        gate.release()

        async def is_purged() -> bool:
            return await left(database) == 5 and await batches(database) == ["young"]

        await until(is_purged)
    assert ["purge_failed"] == seen
    assert [15, 60] == slept[:2]
