"""What a process says is under way is what has begun and not ended, whoever began it."""

import asyncio
import contextlib
from typing import Any

import pytest

from service.observing.loads import LOADS_KEPT, Loads
from service.observing.metrics import Observer

NOTHING = {"requests": 0, "loads": 0, "db": 0, "redis": 0}


def under_way(observer: Observer) -> Any:
    """At this moment."""
    return observer.snapshot(0)["in_flight"]


@pytest.mark.parametrize("fails", [False, True])
async def test_a_load_is_under_way_until_it_ends_and_is_of_the_phase_in_which_it_began(
    fails: bool,
) -> None:
    """Whichever way it ends; it is told when it is over, by the number of its beginning."""
    observer, go = Observer("layered"), asyncio.Event()

    async def slow() -> None:
        await go.wait()
        if fails:
            raise OSError("gone")

    loading = asyncio.create_task(observer.load("top", "a", slow))
    await asyncio.sleep(0)
    assert {**NOTHING, "loads": 1} == under_way(observer)
    mark = observer.snapshot(0)["loads_total"]
    await observer.load("post", "b", lambda: asyncio.sleep(0))
    go.set()
    with contextlib.suppress(OSError):
        await loading
    assert NOTHING == under_way(observer)
    assert ["b"] == [load.key for load in observer.snapshot(mark)["loads"]]
    assert ["a", "b"] == [load.key for load in observer.snapshot(0)["loads"]]


async def test_requests_and_waits_are_under_way_in_a_request_and_in_none() -> None:
    """A relay waits for its server as a request does."""
    observer = Observer("layered")
    ends = [observer.waits("db"), observer.waits("redis")]

    async def request() -> None:
        with observer.request():
            ends.append(observer.waits("redis"))
            await asyncio.Event().wait()

    asked = asyncio.create_task(request())
    await asyncio.sleep(0)
    assert {"requests": 1, "loads": 0, "db": 1, "redis": 2} == under_way(observer)
    asked.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asked
    for end in ends:
        end()
    assert NOTHING == under_way(observer)


async def test_the_question_itself_is_not_under_way() -> None:
    """Or nothing would ever be at rest."""
    observer = Observer("layered")
    with observer.request():
        assert NOTHING == under_way(observer)


def test_who_asks_for_loads_sees_that_some_are_forgotten() -> None:
    """Their number says more than there are."""
    loads = Loads()
    for _ in range(LOADS_KEPT + 10):
        loads.end(loads.begin(), "top", "a", 1.0, 2.0, ok=True)
    assert LOADS_KEPT + 10 == loads.begun
    assert LOADS_KEPT == len(loads.since(0))
    assert LOADS_KEPT + 6 == loads.since(LOADS_KEPT + 5)[0].id
    assert [] == loads.since(2**53)
