"""Idempotency keys whose day is over go, in batches, and no other."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.jobs.notes import Notes
from service.jobs.purging import purge_all, purging
from service.queries.engine import connect
from service.queries.idempotency import purge_keys
from tests.strategies.service import until

KEYS = """
    insert into idempotency_keys (scope, key, fingerprint, status, body, created_at)
    select 'user:1', $1::text || i, '', 201, '', now() - $2::text::interval
    from generate_series(1, $3) i
"""


@pytest.fixture
async def database(empty_database: str) -> AsyncIterator[asyncpg.Connection]:
    """With keys of today and of yesterday."""
    connection = await asyncpg.connect(empty_database)
    await connection.execute(KEYS, "old", "24 hours 1 second", 25)
    await connection.execute(KEYS, "new", "23 hours 59 minutes", 5)
    yield connection
    await connection.close()


@pytest.fixture
async def engine(empty_database: str) -> AsyncIterator[AsyncEngine]:
    """As a process has it."""
    engine = connect(empty_database, lambda: None)
    yield engine
    await engine.dispose()


async def left(database: asyncpg.Connection) -> int:
    """How many keys there are."""
    return int(await database.fetchval("select count(*) from idempotency_keys"))


async def test_batch_after_batch_until_none_is_full(
    database: asyncpg.Connection, engine: AsyncEngine
) -> None:
    """Ten at a time, and not one that is younger than a day."""
    batches = []

    async def purge(limit: int) -> int:
        batches.append(await purge_keys(engine, limit))
        return batches[-1]

    await purge_all(purge, 10)
    assert [10, 10, 5] == batches
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
            return await left(database) == 5

        await until(is_purged)
    assert ["purge_failed"] == seen
    assert [15, 60] == slept[:2]
