"""The lease: one load per key and fleet, no late fill, nothing kept that is not ours."""

import asyncio
import gc
from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from service.patterns.lease import scripts

from .contract import Clock, Source, check_cache, check_fenced, check_layer, spin, until
from .fleet import fleet, is_waited_for

DAY_S = 24 * 3600
UNFENCED_FILL = """
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
DROP_THE_VALUE_ONLY = """
return redis.call('DEL', KEYS[1])
"""


async def test_keeps_the_contract(connect: Callable[[], Redis], key: str, channel: str) -> None:
    """The lease is a layer, a cache, and fenced."""
    async with fleet(connect, channel) as [one]:
        await check_layer(one.lease, key)
        await check_cache(one.lease, key)
        await check_fenced(one.lease, key)


async def test_a_herd_in_two_processes_makes_one_load(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Everybody gets the value of the one load, however many asked."""
    source = Source()
    source.hold()
    async with fleet(connect, channel, channel) as [one, two]:
        herd = [asyncio.create_task(each.get(key, source.load)) for each in (one, two) * 20]
        await source.started.wait()
        await spin()
        source.gate.set()
        assert await asyncio.gather(*herd) == ["one"] * 40
        assert source.loads == 1
        outcomes = one.events.counts + two.events.counts
        assert outcomes["load"] + outcomes["waited"] + outcomes["hit"] == 40


async def race(connect: Callable[[], Redis], key: str, channel: str) -> str:
    """Let process one load the old value while two writes and invalidates; read what stayed."""
    source = Source("old")
    source.hold()
    async with fleet(connect, channel, channel) as [one, two]:
        reader = asyncio.create_task(one.get(key, source.load))
        await source.started.wait()
        source.value = "new"
        await two.lease.invalidate(key)  # the value is absent: only the lease can be dropped
        source.gate.set()
        assert await reader == "old"
        assert one.events.counts["load"] == 1
        return await two.get(key, source.load)


async def test_a_late_fill_is_refused(connect: Callable[[], Redis], key: str, channel: str) -> None:
    """An invalidation that overtakes a load wins, also when there was no value to drop."""
    assert await race(connect, key, channel) == "new"


async def test_control_without_the_token_check_the_old_value_stays(
    connect: Callable[[], Redis], key: str, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: an unfenced fill puts the old value back."""
    monkeypatch.setattr(scripts, "_FILL", UNFENCED_FILL)
    assert await race(connect, key, channel) == "old"


async def test_control_dropping_the_value_alone_is_not_enough(
    connect: Callable[[], Redis], key: str, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: an invalidation that leaves the lease lets the late fill through."""
    monkeypatch.setattr(scripts, "_DROP", DROP_THE_VALUE_ONLY)
    assert await race(connect, key, channel) == "old"


async def test_an_evicted_lease_refuses_the_fill(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """After eviction, flush or failover no token matches: nothing is stored, nobody harmed."""
    source = Source()
    source.hold()
    async with fleet(connect, channel) as [one]:
        reader = asyncio.create_task(one.get(key, source.load))
        await source.started.wait()
        await one.redis.delete(f"{key}:l")
        source.gate.set()
        assert await reader == "one"
        assert await one.redis.get(f"{key}:v") is None
        assert one.events.counts["refused_fill"] == 1


async def test_a_failed_load_hands_over_at_once(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """The waiter of a failed holder is woken and loads; it does not wait for the lease to end."""
    bad, good = Source(), Source("good")
    bad.error = LookupError("the database said no")
    bad.hold()
    async with fleet(connect, channel, channel, lease_s=60, wait_s=60, poll_s=(60, 60)) as members:
        one, two = members
        holder = asyncio.create_task(one.get(key, bad.load))
        await bad.started.wait()
        waiter = asyncio.create_task(two.get(key, good.load))
        async with asyncio.timeout(5):
            while not await is_waited_for(one.redis, key):
                await spin()
            bad.gate.set()
            assert await waiter == "good"
        with pytest.raises(LookupError, match="said no"):
            await holder
        assert one.events.counts["load_failed"] == 1


async def test_a_cancelled_winner_still_fills(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """A caller who hangs up leaves its load running, and the next one finds the value."""
    source = Source()
    source.hold()
    async with fleet(connect, channel, channel) as [one, two]:
        first = asyncio.create_task(one.get(key, source.load))
        await source.started.wait()
        first.cancel()
        await asyncio.wait([first])
        second = asyncio.create_task(two.get(key, source.load))
        source.gate.set()
        assert await second == "one"
        assert source.loads == 1


async def test_a_failed_load_that_nobody_waits_for_is_not_reported(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """When the caller has left, its failing load makes no noise in the loop."""
    noise: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: noise.append(context))
    source = Source()
    source.hold()
    source.error = LookupError("the database said no")
    async with fleet(connect, channel) as [one]:
        caller = asyncio.create_task(one.get(key, source.load))
        await source.started.wait()
        caller.cancel()
        await asyncio.wait([caller])
        source.gate.set()

        async def failed() -> bool:
            return await one.redis.get(f"{key}:l") is None

        await until(failed)
    del caller  # it still knows the load, and asyncio complains when that is forgotten
    gc.collect()
    asyncio.get_running_loop().set_exception_handler(None)
    assert noise == []


async def test_foreign_bytes_met_by_the_claim_are_claimed_at_once(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Bytes that came after the first look cost one more claim, and no wait."""
    source = Source("ours")
    async with fleet(connect, channel, lease_s=60, wait_s=60, poll_s=(60, 60)) as [one]:
        await one.redis.set(f"{key}:v", b"foreign", px=60_000)
        async with asyncio.timeout(5):
            values = await one.lease._misses.obtain({key: None}, source.load_many)
        assert values == {key: f"ours {key}"}


@pytest.mark.parametrize("raw", [b"", b'{"id": 42}', b"\xc1\x00", b"\xc1" + b"\x00" * 17 + b"\xff"])
async def test_bytes_that_are_not_ours_are_a_miss(
    connect: Callable[[], Redis], key: str, channel: str, raw: bytes
) -> None:
    """Foreign or broken bytes are loaded over, for one key and in a batch."""
    source = Source("ours")
    async with fleet(connect, channel) as [one]:
        await one.redis.set(f"{key}:v", raw, px=60_000)
        assert await one.get(key, source.load) == "ours"
        await one.redis.set(f"{key}:v", raw, px=60_000)
        assert await one.lease.get_many([key], source.load_many) == {key: f"ours {key}"}
        assert await one.get(key, source.load) == f"ours {key}"
        assert source.loads == 2


def strict(raw: bytes) -> str:
    """Decode as a release does whose class has lost a field: what it raises is no ValueError."""
    if raw == b"old":
        raise TypeError("got an unexpected keyword argument 'karma'")
    return raw.decode()


async def test_whatever_the_decoder_raises_is_a_miss(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """A value of the old release is loaded again and replaced, not an error until its TTL ends."""
    old, new = Source("old"), Source("new")
    async with fleet(connect, channel, decode=strict) as [one]:
        assert await one.get(key, old.load) == "old"
        assert await one.get(key, new.load) == "new"
        assert await one.get(key, new.load) == "new"
        assert new.loads == 1


async def test_every_key_has_a_ttl_and_one_slot(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Value and lease expire by themselves, and share the hash tag of their logical key."""
    source = Source()
    source.hold()
    async with fleet(connect, channel, channel) as [one, two]:
        holder = asyncio.create_task(one.get(key, source.load))
        await source.started.wait()
        waiter = asyncio.create_task(two.get(key, source.load))
        while not await is_waited_for(one.redis, key):
            await spin()
        assert 0 < await one.redis.pttl(f"{key}:l") <= 1000  # the mark of a waiter keeps it
        source.gate.set()
        await asyncio.gather(holder, waiter)
        assert 0 < await one.redis.pttl(f"{key}:v") <= 60_000
        assert sorted(await one.redis.keys(f"{key}*")) == [f"{key}:v".encode()]


async def test_scripts_survive_being_forgotten(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """After SCRIPT FLUSH, as after a restart, every step works again."""
    async with fleet(connect, channel) as [one]:
        await one.get(key, Source("one").load)
        await one.redis.script_flush()
        await one.lease.invalidate(key)
        await one.redis.script_flush()
        assert await one.get(key, Source("two").load) == "two"


async def test_a_value_without_a_life_stays(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Until it is dropped; its lease ended with the fill, and a soft life ends all the same."""
    source, clock = Source("old"), Clock()
    for fresh in (None, lambda _: 60.0):
        async with fleet(connect, channel, clock=clock, ttl=lambda _: None, fresh=fresh) as [one]:
            await one.get(key, source.load)
            assert await one.redis.pttl(f"{key}:v") == -1
            assert not await one.redis.exists(f"{key}:l")
            fresh_for_s = one.lease.fresh_for_s(key)
            assert fresh_for_s == pytest.approx(60) if fresh else fresh_for_s > DAY_S
            await one.lease.invalidate(key)
            assert not await one.redis.exists(f"{key}:v")


async def test_control_a_value_with_a_life_goes(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """The switch: with one, the server counts it."""
    async with fleet(connect, channel, ttl=lambda _: DAY_S) as [one]:
        await one.get(key, Source().load)
        assert 0 < await one.redis.pttl(f"{key}:v") <= DAY_S * 1000
