"""From a source into the database: all of it, or nothing."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from datetime import datetime

from asyncpg.exceptions import InterfaceError, PostgresError
from rich.console import Console

from service.seeding.community import generated
from service.seeding.connection import Connection, connected, is_migrated
from service.seeding.constraints import foreign_keys_checked_last
from service.seeding.edges import community_on_graph
from service.seeding.errors import SeedError
from service.seeding.facts import stamp
from service.seeding.figures import Statistics
from service.seeding.measuring import measure
from service.seeding.progress import Advance, progress
from service.seeding.report import show
from service.seeding.rows import COLUMNS, Batch, Dataset
from service.seeding.sources import Generated, Graph, Source, StackExchange
from service.seeding.stackexchange.site import question_site

ROOTS = ("users", "tags", "pages", "outbox")  # every other table refers to one of these
CLAIM = "lock table users in share row exclusive mode"  # a second seeding waits, and then sees ours
IS_EMPTY = """
    select not exists (select from users) and not exists (select from tags)
       and not exists (select from pages)
"""


async def seed(
    database_url: str,
    source: Source,
    *,
    seed: int,
    now: datetime,
    replace: bool,
    console: Console,
    clock: Callable[[], float] = time.perf_counter,
) -> Statistics:
    """Fill a migrated database in one transaction, then measure what is in it and print that.

    The same source, seed and `now` give the same rows. With `replace`, rows that are there are
    removed first, in the same transaction. Raises SeedError, with nothing changed, when a file is
    broken, the database is not empty, or it refuses a row.
    """
    started_s = clock()
    console.print(f"seeding: {source}, seed {seed}", highlight=False)
    async with connected(database_url) as connection:
        with _refusals():
            await _check(connection, may_be_full=replace)
            dataset = await asyncio.to_thread(prepare, source, seed=seed, now=now)
            async with connection.transaction():
                await _claim(connection, replace=replace)
                with progress(console, dataset.expected_rows) as advance:
                    async with foreign_keys_checked_last(connection):
                        await _copy(connection, dataset, advance)
                await stamp(connection, source, seed, now)
        await connection.execute(f"vacuum (freeze, analyze) {', '.join(COLUMNS)}")
        loaded_s = clock() - started_s
        statistics = await measure(
            connection, source, seed=seed, now=now, notes=dataset.notes, took_s=loaded_s
        )
    show(statistics, console)
    return statistics


def prepare(source: Source, *, seed: int, now: datetime) -> Dataset:
    """Read the files of a source, or draw its plan."""
    match source:
        case Generated(size):
            return generated(size, seed=seed, now=now)
        case Graph():
            return community_on_graph(source, seed=seed, now=now)
        case StackExchange():
            return question_site(source, seed=seed, now=now)


async def _check(connection: Connection, *, may_be_full: bool) -> None:
    if not await is_migrated(connection):
        raise SeedError("the database has no tables yet; run `corral migrate` first")
    if not may_be_full and not await connection.fetchval(IS_EMPTY):
        raise SeedError(
            "the database is not empty; give one that is, or --yes to remove all its rows"
        )


async def _claim(connection: Connection, *, replace: bool) -> None:
    await connection.execute(CLAIM)
    await _check(connection, may_be_full=replace)
    if replace:
        await connection.execute(f"truncate {', '.join(ROOTS)} cascade")


async def _copy(connection: Connection, dataset: Dataset, advance: Advance) -> None:
    async with aclosing(_made_ahead(dataset)) as batches:
        async for batch in batches:
            for table, columns in COLUMNS.items():
                if rows := batch.get(table):
                    await connection.copy_records_to_table(table, records=rows, columns=columns)
                    advance(table, len(rows))


async def _made_ahead(dataset: Dataset) -> AsyncGenerator[Batch, None]:
    """Batches, the next one made in a thread while PostgreSQL digests the last."""
    ahead = asyncio.create_task(asyncio.to_thread(next, dataset.batches, None))
    try:
        while (batch := await ahead) is not None:
            ahead = asyncio.create_task(asyncio.to_thread(next, dataset.batches, None))
            yield batch
    finally:
        await asyncio.gather(ahead, return_exceptions=True)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (PostgresError, InterfaceError, OSError) as error:
        raise SeedError(f"the database refused, and nothing was loaded: {error}") from error
