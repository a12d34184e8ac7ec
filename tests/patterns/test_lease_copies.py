"""Copies: dropped wherever the value is dropped, bounded, and never older than allowed."""

import asyncio
import secrets
from collections.abc import Callable

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from service.patterns.lease import Lease, Wake, scripts
from service.patterns.lease.copies import Copies

from .contract import Clock, Source, until
from .fleet import fleet


async def test_ones_own_invalidation_drops_the_copy_without_a_message(
    connect: Callable[[], Redis], key: str, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer's process does not depend on its own subscription."""
    monkeypatch.setattr(scripts, "_DROP", "return redis.call('DEL', KEYS[1], KEYS[2])")
    async with fleet(connect, channel, stale_for_s=60) as [one]:
        await one.get(key, Source("old").load)
        assert one.lease.stale_copy(key) == ("old",)
        await one.lease.invalidate(key)
        assert one.lease.stale_copy(key) is None


async def test_a_drop_elsewhere_drops_the_copy_here(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """A removed item is not served from a copy either."""
    source = Source("old")
    async with fleet(connect, channel, channel, stale_for_s=60) as [one, two]:
        await one.get(key, source.load)
        await one.get(key, source.load)
        assert one.lease.stale_copy(key) == ("old",)
        await two.lease.invalidate(key)

        async def gone() -> bool:
            return one.lease.stale_copy(key) is None

        await until(gone)


def test_a_copy_overtaken_by_a_drop_is_not_kept() -> None:
    """The epoch is noted before the read; a drop in between makes the reply worthless."""
    copies = Copies[str](most=10, stale_for_s=60, clock=Clock())
    epoch = copies.epoch
    copies.drop("another")
    copies.keep("key", "old", fresh_until_s=0, epoch=epoch)
    assert copies.stale("key") is None
    copies.keep("key", "new", fresh_until_s=0, epoch=copies.epoch)
    assert copies.stale("key") == ("new",)
    copies.drop(None)
    assert copies.stale("key") is None


async def test_an_older_copy_does_not_vouch_for_a_refused_fill(
    connect: Callable[[], Redis], key: str, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the drop was not heard: a near cache in front must not keep what came of it."""
    monkeypatch.setattr(scripts, "_DROP", "return redis.call('DEL', KEYS[1], KEYS[2])")
    source = Source("old")
    async with fleet(connect, channel, channel, stale_for_s=60) as [one, two]:
        await one.get(key, source.load)
        assert one.lease.fresh_for_s(key) > 0
        await two.lease.invalidate(key)
        source.hold()
        reader = asyncio.create_task(one.get(key, source.load))
        await source.started.wait()
        await two.lease.invalidate(key)
        source.gate.set()
        assert "old" == await reader
        assert 1 == one.events.counts["refused_fill"]
        assert 0 == one.lease.fresh_for_s(key)


def test_a_copy_that_was_served_is_fresh_no_more() -> None:
    """A near cache in front keeps it no longer; what is read again is fresh again."""
    clock = Clock()
    copies = Copies[str](most=10, stale_for_s=60, clock=clock)
    for value in ("old", "new"):
        copies.keep("key", value, fresh_until_s=clock.now_s + 30, epoch=copies.epoch)
        assert 30 == copies.fresh_for_s("key")
        assert (value,) == copies.stale("key")
        assert 0 == copies.fresh_for_s("key")


def test_copies_are_bounded_in_number_and_age() -> None:
    """The least recently seen goes first; nothing is served beyond its age."""
    clock = Clock()
    copies = Copies[str](most=2, stale_for_s=30, clock=clock)
    for key in ("a", "b", "a", "c"):
        copies.keep(key, key, fresh_until_s=0, epoch=0)
    assert [copies.stale(key) for key in "abc"] == [("a",), None, ("c",)]
    clock.now_s += 30
    assert copies.stale("c") is None


@pytest.mark.usefixtures("one_node")
async def test_a_new_link_drops_the_copies(
    connect: Callable[[], Redis], redis_url: str, key: str, channel: str
) -> None:
    """What was invalidated while nobody listened is not served as a stale copy."""
    name, source = f"cut-{secrets.token_hex(4)}", Source()
    redis = connect()
    link = Redis.from_url(redis_url, client_name=name, retry=Retry(NoBackoff(), 0))
    async with link, Wake(link, channel=channel) as wake:
        lease = Lease(
            redis,
            wake=wake,
            encode=str.encode,
            decode=bytes.decode,
            ttl=lambda _: 60,
            stale_for_s=60,
        )
        await lease.get(key, source.load)
        assert lease.stale_copy(key) == ("one",)
        for client in await redis.client_list():
            if client["name"] == name:
                await redis.client_kill_filter(_id=client["id"])

        async def gone() -> bool:
            return lease.stale_copy(key) is None

        await until(gone)
        await lease.aclose()
