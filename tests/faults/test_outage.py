"""Redis refuses, hangs, is emptied, is started anew; and a writer dies before it could tell."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count

import pytest
from msgspec.structs import replace

from tests.faults.fleet import Crew, Outcome, Worker, WorkerFailed
from tests.faults.items import Gate
from tests.faults.rig import Setup
from tests.faults.valkey import Valkey
from tests.waiting import until

PROCESSES, CALLERS = 2, 100
KNOWN = list(range(1, 21))  # read before the fault, by everybody
COLD, NEXT_COLD = 21, 22  # not read before
# What a client may wait for a server that hangs, where nothing guards it.
UNGUARDED = "?socket_timeout=0.3"

Fault = Callable[[Valkey], AbstractContextManager[None]]


@contextlib.contextmanager
def flushed(valkey: Valkey) -> Iterator[None]:
    """Empty, and otherwise well."""
    valkey.flush()
    yield


@contextlib.contextmanager
def restarted(valkey: Valkey) -> Iterator[None]:
    """Another server on the same port, empty: links are cut, scripts and subscribers forgotten."""
    with valkey.gone():
        pass
    yield


AWAY: dict[str, Fault] = {"refused": Valkey.gone, "hung": Valkey.frozen}
THERE: dict[str, Fault] = {"flushed": flushed, "restarted": restarted}


def guarded(setup: Setup) -> Setup:
    """The stack as it is in production: a breaker round the cache, an outbox under the writes."""
    return replace(setup, guard="fail_open", net="outbox", is_gated=True)


async def herd(workers: list[Worker], gate: Gate, item: int, held: int) -> Outcome:
    """Let all processes ask for an item while `held` loads stand at the gate."""
    async with gate.closed(item):
        orders = [worker.ask("start", name="herd", item=item, count=CALLERS) for worker in workers]
        await asyncio.gather(*orders)
        await gate.waiting(item, held)
    outcomes = await asyncio.gather(*(worker.finish("herd") for worker in workers))
    return sum(outcomes, Outcome(Counter(), Counter()))


async def works_again(workers: list[Worker], gate: Gate, space: str) -> None:
    """Wait until a cold item is loaded once for all processes: the lease is back with the server.

    Breakers close when they next look, so one item after the other is tried.
    """
    cold = count(1_000)

    async def one_load_for_all() -> bool:
        item = next(cold)
        await asyncio.gather(*(worker.ask("read", items=[item]) for worker in workers))
        return 1 == len(await gate.loads(space, item))

    await until(one_load_for_all)


async def all_right(workers: list[Worker], gate: Gate) -> None:
    """Wait until every process reads what the database has: the last messages may be on the way."""
    written = await gate.versions(KNOWN)

    async def all_read_it() -> bool:
        read = [await worker.ask("read", items=KNOWN) for worker in workers]
        return [written] * len(workers) == read

    await until(all_read_it)


@pytest.mark.parametrize("fault", AWAY)
async def test_without_redis_all_are_answered(
    crew: Crew, gate: Gate, setup: Setup, valkey: Valkey, fault: str
) -> None:
    """Each process makes one load of its own, writes go on, and afterwards nothing is old."""
    workers = await crew.open(*[guarded(setup)] * PROCESSES)
    await all_right(workers, gate)
    with AWAY[fault](valkey):
        outcome = await herd(workers, gate, COLD, PROCESSES)
        for worker in workers:  # errors would be raised here
            await worker.ask("read", items=KNOWN)
        await workers[0].ask("write", items=KNOWN)
    assert not outcome.errors
    assert PROCESSES * CALLERS == outcome.versions.total()
    assert PROCESSES == len(await gate.loads(setup.space, COLD))
    await gate.settled()
    await all_right(workers, gate)
    await works_again(workers, gate, setup.space)


@pytest.mark.parametrize("fault", THERE)
async def test_an_empty_redis_is_filled_anew(
    crew: Crew, gate: Gate, setup: Setup, valkey: Valkey, fault: str
) -> None:
    """A server that is back from nothing serves at once, and no more than once loaded."""
    workers = await crew.open(*[guarded(setup)] * PROCESSES)
    await all_right(workers, gate)
    with THERE[fault](valkey):
        outcome = await herd(workers, gate, COLD, 1)
    assert not outcome.errors
    assert PROCESSES * CALLERS == outcome.versions.total()
    assert len(await gate.loads(setup.space, COLD)) <= PROCESSES
    await workers[0].ask("write", items=KNOWN)
    await gate.settled()
    await all_right(workers, gate)
    await works_again(workers, gate, setup.space)


async def test_a_flush_in_the_middle_of_a_load_voids_its_lease(
    crew: Crew, gate: Gate, setup: Setup, valkey: Valkey
) -> None:
    """Those who wait elsewhere take the lease; what was loaded under the lost one is not stored."""
    here, there = await crew.open(*[guarded(setup)] * PROCESSES)
    async with gate.closed(COLD):
        await here.ask("start", name="herd", item=COLD, count=CALLERS)
        await gate.waiting(COLD)
        await there.ask("start", name="herd", item=COLD, count=CALLERS)
        valkey.flush()
        await gate.waiting(COLD, 2)
    outcome = await here.finish("herd") + await there.finish("herd")
    assert not outcome.errors
    assert PROCESSES * CALLERS == outcome.versions.total()
    assert 2 == len(await gate.loads(setup.space, COLD))
    assert (1, 0) == tuple([(await each.counts())["refused_fill"] for each in (here, there)])


@pytest.mark.parametrize("fault", AWAY)
async def test_without_the_guard_nobody_is_answered(
    crew: Crew, gate: Gate, setup: Setup, valkey: Valkey, fault: str
) -> None:
    """The switch: the same stack without fail_open, beside a database that is well."""
    bare = replace(
        setup, redis_url=setup.redis_url + UNGUARDED, push_url=setup.push_url + UNGUARDED
    )
    workers = await crew.open(*[bare] * PROCESSES)
    with AWAY[fault](valkey):
        outcome = await herd(workers, gate, COLD, 0)
    assert PROCESSES * CALLERS == outcome.errors.total()
    assert [] == await gate.loads(setup.space, COLD)


async def die(crew: Crew, gate: Gate, setup: Setup) -> tuple[int, Worker]:
    """Let a writer die between commit and invalidation; the new version, and a reader of before."""
    writer, reader = await crew.open(setup, setup)
    await reader.ask("read", items=[COLD])
    with pytest.raises(WorkerFailed):
        await writer.ask("die_after_commit", item=COLD)
    [version] = await gate.versions([COLD])
    return version, reader


async def test_a_write_whose_writer_died_is_told_by_the_relay(
    crew: Crew, gate: Gate, setup: Setup
) -> None:
    """The row that was committed with it says what to drop."""
    version, reader = await die(crew, gate, replace(setup, net="outbox"))
    await gate.settled()
    assert [version] == await reader.ask("read", items=[COLD])


async def test_without_the_outbox_it_is_told_by_nobody(
    crew: Crew, gate: Gate, setup: Setup
) -> None:
    """The switch: the old value stays for as long as its TTL."""
    version, reader = await die(crew, gate, setup)
    assert [version - 1] == await reader.ask("read", items=[COLD])
