"""A read on the driver's own connection: cut off, hung up on, counted, and its connection kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import asyncpg.exceptions
import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.feed.errors import Unavailable
from service.queries.engine import CONNECTIONS, Pool, connect, driver_url
from service.queries.read import rows
from tests.waiting import until
from tests.world import Databases

# They wait as long as somebody holds the lock, and let it go as they end.
PID = text("select pg_backend_pid() as pid, pg_advisory_xact_lock_shared(1)")
SAID = text("select cast(:said as int) as said, :said + 1 as next")
END = text("select pg_terminate_backend(pg_backend_pid())")
WAITING = """
    select count(*) from pg_locks
    where locktype = 'advisory' and not granted
          and database = (select oid from pg_database where datname = current_database())
"""


class Counted:
    """An engine, and how many statements it says it sent."""

    def __init__(self, url: str) -> None:
        self.statements = 0
        self.waits = 0
        self.url = url
        self.failures: list[BaseException] = []
        self.engine: AsyncEngine = connect(url, self, self._wait)

    def send(self) -> None:
        """One statement was sent."""
        self.statements += 1

    def fail(self, error: BaseException) -> None:
        """It ended with this error."""
        self.failures.append(error)

    def _wait(self) -> Callable[[], None]:
        self.waits += 1
        return self._over

    def _over(self) -> None:
        self.waits -= 1


@pytest.fixture
async def counted(databases: Databases) -> AsyncIterator[Counted]:
    """On a database of its own."""
    async with databases.copy_of("corral_test_world") as url:
        counted = Counted(url)
        yield counted
        await counted.engine.dispose()


@asynccontextmanager
async def held(url: str) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Hold up who asks for a PID; yields a wait until so many are held up."""
    holder = await asyncpg.connect(url)
    try:
        await holder.execute("select pg_advisory_lock(1)")

        async def waiting(number: int) -> None:
            async def are_there() -> bool:
                return bool(await holder.fetchval(WAITING) == number)

            await until(are_there)

        yield waiting
    finally:
        await holder.close()


async def backends(url: str, engine: AsyncEngine) -> set[int]:
    """Those that serve as many reads at once as there are connections."""
    async with held(url) as waiting:
        asked = [asyncio.create_task(rows(engine, PID)) for _ in range(CONNECTIONS)]
        await waiting(CONNECTIONS)
    return {each[0]["pid"] for each in await asyncio.gather(*asked)}


async def test_connections_stay_open(counted: Counted) -> None:
    """The second burst meets the server processes of the first."""
    first = await backends(counted.url, counted.engine)
    assert len(first) == CONNECTIONS
    assert await backends(counted.url, counted.engine) == first


async def test_the_default_pool_would_close_them(counted: Counted) -> None:
    """Five stay open, ten are made anew for each burst."""
    pool = {"poolclass": Pool, "pool_size": 5, "max_overflow": 10}
    engine = create_async_engine(driver_url(counted.url), isolation_level="AUTOCOMMIT", **pool)
    try:
        first = await backends(counted.url, engine)
        assert len(first & await backends(counted.url, engine)) <= 5
    finally:
        await engine.dispose()


async def test_a_read_that_is_cut_off_ends_in_the_database(counted: Counted) -> None:
    """Whoever waited has gone; the next read is not given what was meant for them."""
    async with held(counted.url) as waiting:
        task = asyncio.create_task(rows(counted.engine, PID))
        await waiting(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await waiting(0)
        found = await asyncio.gather(*(rows(counted.engine, SAID, said=i) for i in range(40)))
        assert [each[0]["said"] for each in found] == list(range(40))
    assert counted.waits == 0


@pytest.mark.parametrize("is_direct", [True, False])
async def test_what_the_server_refused_and_what_was_cut_off_is_told(
    counted: Counted, is_direct: bool
) -> None:
    """Of a read past SQLAlchemy, and of what goes through it; each is sent, and fails once."""

    async def run(query: TextClause) -> None:
        if is_direct:
            await rows(counted.engine, query)
            return
        async with counted.engine.connect() as connection:
            await connection.execute(query)

    await run(PID)
    with pytest.raises(Exception, match="division by zero"):
        await run(text("select 1 / 0"))
    async with held(counted.url) as waiting:
        task = asyncio.create_task(run(PID))
        await waiting(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await waiting(0)
    assert 3 == counted.statements
    assert [False, True] == [isinstance(one, asyncio.CancelledError) for one in counted.failures]
    assert 0 == counted.waits


async def test_a_server_that_hangs_up_is_away_and_the_next_read_finds_it_again(
    counted: Counted,
) -> None:
    """No connection from before is used again."""
    before = await backends(counted.url, counted.engine)
    with pytest.raises(Unavailable):
        await rows(counted.engine, END)
    after = await backends(counted.url, counted.engine)
    assert len(after) == CONNECTIONS
    assert not after & before
    assert counted.waits == 0


async def test_a_connection_that_was_closed_while_it_lay_there_is_opened_anew(
    counted: Counted,
) -> None:
    """Nothing had been asked, so the read is answered; the others stay as they are."""
    before = await backends(counted.url, counted.engine)
    [pid] = [row["pid"] for row in await rows(counted.engine, PID)]
    async with counted.engine.connect() as connection:  # the one that was used last
        driver = (await connection.get_raw_connection()).driver_connection
    other = await asyncpg.connect(counted.url)
    await other.execute("select pg_terminate_backend($1)", pid)
    await other.close()

    async def is_noticed() -> bool:
        return bool(driver is not None and driver.is_closed())

    await until(is_noticed)
    assert (await rows(counted.engine, SAID, said=1))[0]["said"] == 1
    after = await backends(counted.url, counted.engine)
    assert before - after == {pid}


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.SerializationError("terminating connection due to conflict with recovery"),
        asyncpg.InternalServerError("a fault inside"),
        asyncpg.exceptions.InternalClientError("a message that nobody expected"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_whoever_hangs_up_is_away_whatever_was_said(
    counted: Counted, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """On a connection that stands the same words are a mistake."""

    async def hang_up(driver: Any, *_: object) -> None:
        if closes:
            driver.terminate()
        raise error

    monkeypatch.setattr(asyncpg.Connection, "fetch", hang_up)
    closes = False
    with pytest.raises(type(error)):
        await rows(counted.engine, SAID, said=1)
    closes = True
    with pytest.raises(Unavailable):
        await rows(counted.engine, SAID, said=1)
    monkeypatch.undo()
    assert (await rows(counted.engine, SAID, said=1))[0]["said"] == 1


async def test_an_engine_that_is_used_after_its_disposal_counts_on(counted: Counted) -> None:
    """It makes another pool then."""
    await counted.engine.dispose()
    before = counted.statements
    await rows(counted.engine, SAID, said=1)
    assert counted.statements == before + 1


async def test_a_mistake_is_no_outage(counted: Counted) -> None:
    """It is raised as it is, and the connection serves the next."""
    with pytest.raises(asyncpg.UndefinedTableError):
        await rows(counted.engine, text("select 1 from nowhere"))
    with pytest.raises(asyncpg.DataError):
        await rows(counted.engine, text("select cast(:n as int)"), n="no number")
    assert (await rows(counted.engine, text("select 1 as one")))[0]["one"] == 1


async def test_a_read_is_counted_once(counted: Counted) -> None:
    """Also one whose parameter stands in it twice."""
    before = counted.statements
    await rows(counted.engine, SAID, said=1)
    assert counted.statements == before + 1


@pytest.mark.parametrize(
    "refusal",
    [
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
        asyncpg.ConnectionDoesNotExistError("closed in the middle"),
        ConnectionRefusedError("refused"),
    ],
    ids=lambda refusal: type(refusal).__name__,
)
async def test_a_database_that_cannot_be_connected_to_is_away(refusal: Exception) -> None:
    """Starting, full or gone: the pool raises what the engine would have wrapped."""

    async def refuse(*_: object, **__: object) -> None:
        raise refusal

    engine = create_async_engine(
        "postgresql+asyncpg://nobody/x",
        poolclass=Pool,
        isolation_level="AUTOCOMMIT",
        connect_args={"async_creator_fn": refuse},
    )
    with pytest.raises(Unavailable):
        await rows(engine, text("select 1"))
