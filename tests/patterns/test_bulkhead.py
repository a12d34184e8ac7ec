"""Bulkhead: N loads at once, a short queue, and a clear no."""

import asyncio
from typing import Any

import pytest

from service.patterns.bulkhead import Bulkhead, Overloaded

from .contract import Events, Source, check_layer, spin


class Peak:
    """A load that knows how many of it ran at once."""

    def __init__(self) -> None:
        self.now = 0
        self.peak = 0

    async def load(self) -> str:
        """Take a few turns."""
        self.now += 1
        self.peak = max(self.peak, self.now)
        await spin(3)
        self.now -= 1
        return "one"


async def test_keeps_the_contract(key: str) -> None:
    """The bulkhead is a layer; it stores nothing."""
    await check_layer(Bulkhead(2), key)


async def test_at_most_n_loads_run_at_once(key: str, events: Events) -> None:
    """Fifty callers, eight slots: all are served, never more than eight together."""
    bulkhead, source = Bulkhead(8, observe=events), Peak()
    values = await asyncio.gather(*(bulkhead.get(key, source.load) for _ in range(50)))
    assert values == ["one"] * 50
    assert source.peak == 8
    assert events.counts["queued"] == 42


async def test_control_without_a_limit_all_run_at_once(key: str) -> None:
    """The switch: with as many slots as callers the database gets them all."""
    bulkhead, source = Bulkhead(50), Peak()
    await asyncio.gather(*(bulkhead.get(key, source.load) for _ in range(50)))
    assert source.peak == 50


async def test_who_waits_too_long_is_told_when_to_come_back(key: str, events: Events) -> None:
    """No slot in time: Overloaded, with a time spread so that not all come back together."""
    bulkhead = Bulkhead(1, wait_s=0.01, retry_after_s=2, rand=lambda: 0.5, observe=events)
    source = Source()
    source.hold()
    busy = asyncio.create_task(bulkhead.get(key, source.load))
    await source.started.wait()
    with pytest.raises(Overloaded, match=r"in 3\.0 s") as refused:
        await bulkhead.get(key, source.load)
    assert refused.value.retry_after_s == 3
    assert events.counts["shed"] == 1
    source.gate.set()
    assert await busy == "one"
    assert await bulkhead.get(key, source.load) == "one"


async def test_a_queue_that_is_too_long_is_not_joined(key: str, events: Events) -> None:
    """When the queue is known to take longer than the wait, the no comes at once."""
    now_s = [0.0]
    bulkhead = Bulkhead(1, wait_s=1.5, clock=lambda: now_s[0], observe=events)

    async def slow() -> str:
        now_s[0] += 10
        return "one"

    await bulkhead.get(key, slow)  # the mean load is 1 s now: a tenth of the ten
    source = Source()
    source.hold()
    first = asyncio.create_task(bulkhead.get(key, source.load))
    await source.started.wait()
    second = asyncio.create_task(bulkhead.get(key, source.load))
    await spin()
    with pytest.raises(Overloaded):
        await bulkhead.get(key, source.load)
    assert events.counts == {"queued": 1, "shed": 1}
    source.gate.set()
    assert [await first, await second] == ["one", "one"]


async def test_a_failed_load_frees_its_slot(key: str) -> None:
    """Errors and cancellations give the slot back, as success does."""
    bulkhead, source = Bulkhead(1, wait_s=0), Source()
    source.error = LookupError("the database said no")
    with pytest.raises(LookupError, match="said no"):
        await bulkhead.get(key, source.load)
    source.error = None
    source.hold()
    caller = asyncio.create_task(bulkhead.get(key, source.load))
    await source.started.wait()
    caller.cancel()
    await asyncio.wait([caller])
    source.gate.set()
    assert await bulkhead.get(key, source.load) == "one"


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 4])
async def test_no_slot_is_lost_whenever_a_waiter_leaves(key: str, turns: int) -> None:
    """Cancelled in the queue, or in the very turn the slot became its own: the next one gets it."""
    bulkhead, source = Bulkhead(1), Source()
    source.hold()
    holder = asyncio.create_task(bulkhead.get(key, source.load))
    await source.started.wait()
    leaver = asyncio.create_task(bulkhead.get(key, source.load))
    last = asyncio.create_task(bulkhead.get(key, source.load))
    await spin()
    source.gate.set()
    await spin(turns)
    leaver.cancel()
    async with asyncio.timeout(5):
        assert await holder == "one"
        assert await last == "one"
        assert await bulkhead.get(key, source.load) == "one"
    await asyncio.wait([leaver])
    peak = Peak()
    await asyncio.gather(*(bulkhead.get(key, peak.load) for _ in range(5)))
    assert peak.peak == 1


async def test_the_queue_is_served_in_order(key: str) -> None:
    """First come, first served: nobody overtakes, so nobody starves."""
    bulkhead = Bulkhead(1)
    order: list[int] = []

    async def take(i: int) -> None:
        async def load() -> int:
            order.append(i)
            await spin(2)
            return i

        await bulkhead.get(key, load)

    await asyncio.gather(*(take(i) for i in range(10)))
    assert order == list(range(10))


@pytest.mark.parametrize("is_within", [True, False])
async def test_a_part_takes_a_slot_of_all(key: str, is_within: bool) -> None:
    """Two kinds with two slots each, three in all; the switch: each for itself has its own."""
    shared, peak = Bulkhead(3), Peak()
    parts = [Bulkhead(2, within=shared if is_within else None) for _ in range(2)]
    values = await asyncio.gather(*(part.get(key, peak.load) for part in parts for _ in range(9)))
    assert values == ["one"] * 18
    assert peak.peak == (3 if is_within else 4)


async def test_a_part_leaves_slots_to_others(key: str) -> None:
    """However many of it wait."""
    shared, source = Bulkhead(3), Source()
    part = Bulkhead(2, within=shared)
    source.hold()
    held = [asyncio.create_task(part.get(key, source.load)) for _ in range(9)]
    await spin()
    assert await shared.get(key, Peak().load) == "one"
    source.gate.set()
    assert await asyncio.gather(*held) == ["one"] * 9


class Late(Bulkhead):
    """A bulkhead that knows of no wait before its own."""

    def _slot(self, key: str, until_s: float | None = None) -> Any:
        return super()._slot(key)


@pytest.mark.parametrize("kind", [Bulkhead, Late])
async def test_two_queues_are_one_wait(key: str, kind: type[Bulkhead], events: Events) -> None:
    """Who has waited for the part waits for the whole no longer; the switch: each has its own."""
    now_s = [0.0]
    shared = kind(1, wait_s=60, clock=lambda: now_s[0], observe=events)
    part = Bulkhead(1, wait_s=60, within=shared, clock=lambda: now_s[0])
    of_part, of_all = Source(), Source()
    of_part.hold()
    of_all.hold()
    first = asyncio.create_task(part.get(key, of_part.load))
    await of_part.started.wait()
    taken = asyncio.create_task(shared.get(key, of_all.load))  # the next that gets the slot
    second = asyncio.create_task(part.get(key, Source().load))
    await spin()
    now_s[0] = 60.0  # the second has waited as long as anybody may
    of_part.gate.set()
    await of_all.started.wait()
    await spin()
    assert second.done() == (kind is Bulkhead)
    of_all.gate.set()
    assert [await first, await taken] == ["one", "one"]
    if kind is Bulkhead:
        with pytest.raises(Overloaded):
            await second
    else:
        assert await second == "one"


@pytest.mark.parametrize("is_within", [True, False])
async def test_who_is_sent_away_within_counts_as_no_load(key: str, is_within: bool) -> None:
    """Else a part whose loads cannot begin takes them for slow ones; the switch: two in a row."""
    now_s = [0.0]
    shared = Bulkhead(1, wait_s=0.01, clock=lambda: now_s[0])
    part = Bulkhead(1, wait_s=0.01, within=shared if is_within else None, clock=lambda: now_s[0])
    source = Source()
    source.hold()
    taken = asyncio.create_task(shared.get(key, source.load))
    await source.started.wait()
    load = source.load if is_within else lambda: shared.get(key, source.load)
    sent_away = asyncio.create_task(part.get(key, load))
    await spin()
    now_s[0] = 10.0
    with pytest.raises(Overloaded):
        await sent_away
    assert part._mean_load_s == (0 if is_within else 1)
    source.gate.set()
    assert await taken == "one"


def test_a_bulkhead_has_at_least_one_slot() -> None:
    """A limit of zero would refuse everything for ever."""
    with pytest.raises(ValueError, match="at least one"):
        Bulkhead(0)
