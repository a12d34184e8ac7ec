"""Single-flight: one load per key and process, whoever leaves."""

import asyncio
import gc

import pytest

from service.patterns.single_flight import SingleFlight

from .contract import Events, Source, check_layer, spin


async def test_keeps_the_contract(key: str) -> None:
    """The flight is a layer; it stores nothing, so it is no cache."""
    await check_layer(SingleFlight[str](), key)


async def test_a_hundred_callers_make_one_load(key: str, events: Events) -> None:
    """Who asks during a load shares it; who asks after it starts a new one."""
    flight = SingleFlight[str](observe=events)
    source = Source()
    assert (
        await asyncio.gather(*(flight.get(key, source.load) for _ in range(100))) == ["one"] * 100
    )
    assert source.loads == 1
    assert events.counts["coalesced"] == 99
    await flight.get(key, source.load)
    assert source.loads == 2


@pytest.mark.parametrize("leaves", [0, 1])
async def test_a_cancelled_caller_hurts_nobody(key: str, leaves: int) -> None:
    """Leader or follower: the others get the value of the one load."""
    flight, source = SingleFlight[str](), Source()
    source.hold()
    callers = [asyncio.create_task(flight.get(key, source.load)) for _ in range(20)]
    await source.started.wait()
    callers[leaves].cancel()
    await spin()
    source.gate.set()
    done = await asyncio.gather(*callers, return_exceptions=True)
    assert isinstance(done.pop(leaves), asyncio.CancelledError)
    assert done == ["one"] * 19
    assert source.loads == 1


async def test_control_a_bare_await_cancels_the_others(key: str) -> None:
    """The switch: without a task of its own the leader's cancellation fails its followers."""
    source = Source()
    source.hold()
    leader = asyncio.create_task(source.load())

    async def follow() -> str:
        return await leader  # awaited bare, as cashews and dogpile-breaker do

    callers = [asyncio.create_task(follow()) for _ in range(3)]
    await source.started.wait()
    callers[0].cancel()
    done = await asyncio.gather(*callers, return_exceptions=True)
    assert [asyncio.CancelledError] * 3 == [type(each) for each in done]


async def test_an_invalidation_detaches_the_flight(key: str) -> None:
    """Who asks after a write never joins a load that began before it; who joined keeps it."""
    flight, source = SingleFlight[str](), Source("old")
    source.hold()
    before = asyncio.create_task(flight.get(key, source.load))
    await source.started.wait()
    source.value = "new"
    await flight.invalidate(key)
    after = asyncio.create_task(flight.get(key, source.load))
    await spin()
    source.gate.set()
    assert [await before, await after] == ["old", "new"]
    assert source.loads == 2


@pytest.mark.parametrize("everything", [False, True])
async def test_an_invalidation_heard_from_elsewhere_detaches_it_too(
    key: str, everything: bool
) -> None:
    """Forget takes one key, or None when a link was lost and any key may have changed."""
    flight, source = SingleFlight[str](), Source("old")
    source.hold()
    before = asyncio.create_task(flight.get(key, source.load))
    await source.started.wait()
    source.value = "new"
    flight.forget(None if everything else key)
    after = asyncio.create_task(flight.get(key, source.load))
    await spin()
    source.gate.set()
    assert [await before, await after] == ["old", "new"]


async def test_the_old_flight_does_not_close_the_new_one(key: str) -> None:
    """The end of a detached flight leaves the place to its successor."""
    flight, old, new = SingleFlight[str](), Source("old"), Source("new")
    old.hold()
    new.hold()
    first = asyncio.create_task(flight.get(key, old.load))
    await old.started.wait()
    await flight.invalidate(key)
    second = asyncio.create_task(flight.get(key, new.load))
    await new.started.wait()
    old.gate.set()
    assert await first == "old"
    third = asyncio.create_task(flight.get(key, new.load))
    await spin()
    new.gate.set()
    assert [await second, await third] == ["new", "new"]
    assert new.loads == 1


async def test_an_error_reaches_all_and_nobody_later(key: str) -> None:
    """All waiters of a failed load get its error, the next caller a new load."""
    flight, source = SingleFlight[str](), Source()
    source.error = LookupError("the database said no")
    calls = [flight.get(key, source.load) for _ in range(3)]
    failed = await asyncio.gather(*calls, return_exceptions=True)
    assert [source.error] * 3 == failed
    source.error = None
    assert await flight.get(key, source.load) == "one"


async def test_an_error_that_nobody_waits_for_is_not_reported(key: str) -> None:
    """When all callers have left, a failing load makes no noise in the loop."""
    noise: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: noise.append(context))
    flight, source = SingleFlight[str](), Source()
    source.hold()
    source.error = LookupError("the database said no")
    caller = asyncio.create_task(flight.get(key, source.load))
    await source.started.wait()
    caller.cancel()
    await asyncio.wait([caller])
    source.gate.set()
    await spin()
    del caller  # it still knows the flight, and asyncio complains when that is forgotten
    gc.collect()
    asyncio.get_running_loop().set_exception_handler(None)
    assert noise == []


async def test_a_batch_joins_what_is_under_way(key: str, events: Events) -> None:
    """get_many starts one load for the keys that nobody is loading, and waits for the others."""
    flight, single, batch = SingleFlight[str](observe=events), Source("single"), Source("batch")
    single.hold()
    first = asyncio.create_task(flight.get(f"{key}:1", single.load))
    await single.started.wait()
    keys = [f"{key}:{i}" for i in range(3)]
    many = asyncio.create_task(flight.get_many(keys, batch.load_many))
    await spin()
    assert [[f"{key}:0", f"{key}:2"]] == batch.asked
    single.gate.set()
    assert await first == "single"
    assert (await many)[f"{key}:1"] == "single"
    assert (await many)[f"{key}:2"] == f"batch {key}:2"
    assert events.counts["coalesced"] == 1


async def test_closing_ends_the_loads(key: str) -> None:
    """Closing cancels what is under way and returns when it has ended."""
    flight, source = SingleFlight[str](), Source()
    source.hold()
    caller = asyncio.create_task(flight.get(key, source.load))
    await source.started.wait()
    await flight.aclose()
    await asyncio.wait([caller])
    assert caller.cancelled()
