"""Both counts of statements on real servers: equal whatever is under way, has failed or listens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from loadtests import counting as module
from loadtests.counting import DatabaseCounter, counting
from loadtests.databases import with_database
from loadtests.services import Service, Stats
from service.observing.metrics import Observer
from service.queries.engine import connect
from service.queries.outbox import SqlOutbox, listening
from service.queries.writes.once import CLAIM
from tests.waiting import until
from tests.world import Databases

HELD = text("select id from users order by id limit 1 for update skip locked")


@dataclass(frozen=True)
class Drivers(Service):
    """A service of which there is its engine alone. `asked`: a word for each question."""

    observer: Observer
    asked: list[str] = field(default_factory=list)

    async def stats(self, since: Any = None) -> list[Stats]:
        """What its drivers counted."""
        self.asked.append("stats")
        return [cast("Stats", self.observer.snapshot(since or 0))]


class Both:
    """An engine on a database of its own, and the two counts of what it sends."""

    def __init__(self, url: str, counter: DatabaseCounter) -> None:
        self.url, self.counter = url, counter
        self.name = url.rpartition("/")[2]
        self.observer = Observer("test")
        self.drivers = Drivers("test", [], "token", self.observer)
        self.engine: AsyncEngine = connect(
            url, self.observer.statements, partial(self.observer.waits, "db")
        )
        self.snapshot = partial(counter.snapshot, self.drivers, self.name)

    async def look(self) -> module.Look:
        """What both sides say at once, quiet or not."""
        return await self.counter.look(self.drivers, self.name)

    async def send(self, query: str = "select count(*) from users") -> None:
        """One statement, in a transaction of its own."""
        async with self.engine.connect() as connection:
            await connection.execute(text(query))

    @asynccontextmanager
    async def in_transaction(self) -> AsyncIterator[None]:
        """A statement has been answered, and its transaction goes on: as a relay holds its rows."""
        engine = self.engine.execution_options(isolation_level="READ COMMITTED")
        async with engine.begin() as connection:
            await connection.execute(HELD)
            yield


@pytest_asyncio.fixture(scope="module")
async def both(databases: Databases) -> AsyncIterator[Both]:
    """On a server that counts; the first connection has asked the catalogue already."""
    async with databases.copy_of("corral_test_world") as url:
        other = await asyncpg.connect(with_database(url, "postgres"))
        await other.execute("create extension if not exists pg_stat_statements")
        await other.close()
        async with counting(with_database(url, "postgres")) as counter:
            both = Both(url, counter)
            await both.send()
            yield both
            await both.engine.dispose()


async def test_a_statement_whose_transaction_goes_on_is_waited_for(both: Both) -> None:
    """The server counts it at its end only: a look in between is one short, however often made."""
    before = await both.snapshot()
    async with both.in_transaction():
        for look in (await both.look(), await both.look()):
            assert 1 == look.busy
            assert (look.counts(quiet=True) - before).agree is False
        asked = len(both.drivers.asked)
        taking = asyncio.create_task(both.snapshot())

        async def has_looked_thrice() -> bool:
            return len(both.drivers.asked) > asked + 3

        await until(has_looked_thrice)
        assert not taking.done()
    spent = await taking - before
    assert (1, 1, True) == (spent.by_driver, spent.by_database, spent.agree)


async def test_who_finds_no_quiet_moment_says_so(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And does not call it a difference."""
    before = await both.snapshot()
    monkeypatch.setattr(module, "_TRIES", 2)
    async with both.in_transaction():
        spent = await both.snapshot() - before
    assert spent.agree is None
    assert "no quiet moment" in (spent.doubt or "")


async def test_listening_is_no_statement_of_either(both: Both) -> None:
    """No event of the drivers tells of it, and the server would count it."""
    before = await both.snapshot()
    listener = await listening(both.engine)
    await listener.add_listener("corral_outbox", lambda *_: None)
    await both.send()
    spent = await both.snapshot() - before
    await listener.close()
    assert (1, 1) == (spent.by_driver, spent.by_database)


async def test_what_the_server_refused_is_taken_off(both: Both) -> None:
    """It is in the drivers' count for ever, and never in the server's."""
    before = await both.snapshot()
    with pytest.raises(DBAPIError):
        await both.send("select 1 / (id - id) from users")
    await both.send()
    spent = await both.snapshot() - before
    assert (2, 1, 1) == (spent.by_driver, spent.failed, spent.by_database)
    assert spent.agree is True


async def test_what_was_cut_off_may_be_counted_or_not(both: Both) -> None:
    """Nobody waited for its end, so neither number is wrong."""
    before = await both.snapshot()
    async with both.in_transaction():
        waiting = asyncio.create_task(both.send("select id from users for update"))

        async def is_held_up() -> bool:
            return (await both.look()).busy == 2

        await until(is_held_up)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    spent = await both.snapshot() - before
    assert (2, 1) == (spent.by_driver, spent.cut_off)
    assert spent.agree is True


async def test_a_statement_that_sets_a_parameter_beside_its_work_counts(both: Both) -> None:
    """Only what the driver itself sets is left out."""
    before = await both.snapshot()
    claim = {"scope": "s", "key": "k", "fingerprint": b"f", "wait": "1s", "keeps_s": 60}
    async with both.engine.connect() as connection:
        await connection.execute(CLAIM, claim)
    spent = await both.snapshot() - before
    assert (1, 1) == (spent.by_driver, spent.by_database)


async def test_rows_that_nobody_has_told_of_are_owed(both: Both) -> None:
    """Asking is no statement that is counted; what has no outbox owes nothing."""
    before = await both.snapshot()
    assert 0 == await both.counter.undone(both.name)
    await both.send("insert into outbox (change, payload, queue) values ('Gone', '{}', 'feeds')")
    assert 1 == await both.counter.undone(both.name)
    async with SqlOutbox(both.engine, "feeds").take(1, older_s=-1.0, but=[]) as taken:
        await taken.settle([row.id for row in taken.rows])
        assert 1 == await both.counter.undone(both.name)
    assert 0 == await both.counter.undone(both.name)
    assert 0 == await both.counter.undone("postgres")
    spent = await both.snapshot() - before
    assert (3, 3) == (spent.by_driver, spent.by_database)
