"""The push: what was dropped there is dropped here, and a link must earn its trust."""

import asyncio
import secrets
from collections.abc import Callable

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from service.patterns.near_cache import NearCache, Push

from .contract import Clock, Events, Source, until


def near_cache(push: Push, **settings: object) -> NearCache[str]:
    """Build a cache of texts that may live as long as the link allows."""
    defaults: dict[str, object] = {"life": lambda _key, _value: 3600.0, "size": len}
    return NearCache(push, **{**defaults, **settings})  # type: ignore[arg-type]


async def test_an_invalidation_reaches_the_other_processes(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """One push per process serves all its caches; what was dropped here is dropped there."""
    source = Source("old")
    async with Push(connect(), channel=channel) as here, Push(connect(), channel=channel) as there:
        posts, users, writer = near_cache(here), near_cache(here), near_cache(there)
        for cache in (posts, users):
            await cache.get(key, source.load)
            await cache.get(f"{key}:other", source.load)
        source.value = "new"
        await writer.invalidate(key)

        async def both_new() -> bool:
            return {await each.get(key, source.load) for each in (posts, users)} == {"new"}

        await until(both_new)
        assert await posts.get(f"{key}:other", source.load) == "old"


async def test_a_heartbeat_earns_trust_from_when_it_was_sent(redis: Redis, channel: str) -> None:
    """A beat that comes back proves that everything published before it was heard."""
    clock = Clock()
    async with Push(redis, channel=channel, clock=clock, trust_s=2.0) as push:

        async def trusted() -> bool:
            return push.trusted_until_s > 0

        await until(trusted)
        assert push.trusted_until_s == clock.now_s + 2.0


@pytest.mark.usefixtures("one_node")
@pytest.mark.parametrize("retries", [0, 3])
async def test_a_new_link_empties_the_cache(
    connect: Callable[[], Redis], redis_url: str, key: str, channel: str, retries: int
) -> None:
    """What was invalidated while nobody listened is not served; also when redis-py re-links."""
    name, events, source = f"cut-{secrets.token_hex(4)}", Events(), Source("old")
    link = Redis.from_url(redis_url, client_name=name, retry=Retry(NoBackoff(), retries))
    admin = connect()
    async with link, Push(link, channel=channel, observe=events) as push:
        cache = near_cache(push)
        await cache.get(key, source.load)
        for client in await admin.client_list(_type="pubsub"):
            if client["name"] == name:
                await admin.client_kill_filter(_id=client["id"])

        async def relinked() -> bool:
            return events.counts["link_up"] == 2

        await until(relinked)
        source.value = "new"
        assert await cache.get(key, source.load) == "new"


async def test_a_load_that_spans_a_new_link_is_not_kept(redis: Redis, key: str) -> None:
    """Its invalidation may have been among the missed ones."""
    push, source = Push(redis), Source("old")
    cache = near_cache(push)
    source.hold()
    reader = asyncio.create_task(cache.get(key, source.load))
    await source.started.wait()
    push._distrust()  # as on each new link
    source.value = "new"
    source.gate.set()
    assert await reader == "old"
    assert await cache.get(key, source.load) == "new"


async def test_ones_own_message_does_not_drop_the_new_value(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """What was dropped before it was published is not dropped again when it comes back."""
    source = Source("old")
    async with Push(connect(), channel=channel) as here, Push(connect(), channel=channel) as there:
        cache, heard = near_cache(here), asyncio.Event()
        here.on_drop(lambda dropped: heard.set() if dropped == "barrier" else None)
        await cache.invalidate(key)
        await cache.get(key, source.load)
        await there.publish("barrier")  # after our own message, on the same channel
        await heard.wait()
        await cache.get(key, source.load)
        assert source.loads == 1


async def test_what_callers_publish_goes_through_the_publisher(
    connect: Callable[[], Redis], unused_port: int, channel: str
) -> None:
    """A writer fails as fast as the client it was given; the subscription goes on."""
    dead = Redis(port=unused_port, retry=Retry(NoBackoff(), 0))
    async with Push(connect(), publisher=dead, channel=channel) as push, dead:
        with pytest.raises(RedisConnectionError):
            await push.publish("post:{42}")

        async def trusted() -> bool:
            return push.trusted_until_s > 0

        await until(trusted)


async def test_foreign_bytes_end_the_link_and_not_the_subscriber(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """Who cannot read a message does not know what it told to drop: all goes, and it listens on."""
    source, events, redis = Source("old"), Events(), connect()
    async with Push(connect(), channel=channel, observe=events) as push:
        cache = near_cache(push)
        await cache.get(key, source.load)
        await redis.publish(channel, b"\xc1 no JSON")

        async def relinked() -> bool:
            return events.counts["link_up"] == 2

        await until(relinked)
        assert events.counts["link_lost"] == 1
        source.value = "new"
        assert await cache.get(key, source.load) == "new"


async def test_a_beat_that_fails_is_followed_by_another(
    redis: Redis, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the error: uvloop's for a closed transport is a plain RuntimeError."""
    events, publish = Events(), redis.publish

    async def publish_but_once(*message: str) -> None:
        monkeypatch.setattr(redis, "publish", publish)
        raise RuntimeError("the handler is closed")

    monkeypatch.setattr(redis, "publish", publish_but_once)
    async with Push(redis, channel=channel, beat_s=0.01, observe=events) as push:

        async def trusted() -> bool:
            return push.trusted_until_s > 0

        await until(trusted)
        assert events.counts["beat_failed"] == 1
