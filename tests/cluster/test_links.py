"""Subscriptions on a cluster: a link that is cut is made anew, and nothing kept is trusted."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from redis.asyncio import Redis, RedisCluster

from service.patterns.fail_open import Breaker, FailOpen, PromptConnection
from service.patterns.lease import Lease, Wake
from service.patterns.near_cache import NearCache, Push
from tests.patterns.contract import Events, Source, until


async def cut(ports: list[int]) -> None:
    """End every subscription on every node."""
    for port in ports:
        async with Redis(port=port) as node:
            await node.client_kill_filter(_type="pubsub")


async def relinked(events: Events) -> None:
    """Wait until the link is back."""

    async def is_back() -> bool:
        return events.counts["link_up"] >= 2

    await until(is_back)


async def test_a_new_link_empties_the_near_cache(
    connect: Callable[[], Redis], cluster_ports: list[int], channel: str, keys: list[str]
) -> None:
    """What was invalidated while nobody listened is not served."""
    events, source = Events(), Source("old")
    async with Push(connect(), channel=channel, observe=events) as push:
        near = NearCache[str](push, life=lambda _key, _value: 60.0, size=len)
        await near.get(keys[0], source.load)
        await cut(cluster_ports)
        await relinked(events)
        source.value = "new"
        assert await near.get(keys[0], source.load) == "new"


async def test_a_new_link_drops_the_stale_copies(
    connect: Callable[[], Redis], cluster_ports: list[int], channel: str, keys: list[str]
) -> None:
    """A copy that may have been invalidated unheard is not served either."""
    events = Events()
    async with AsyncExitStack() as stack:
        redis = connect()
        wake = await stack.enter_async_context(Wake(redis, channel=channel, observe=events))
        settings: dict[str, Any] = {"encode": str.encode, "decode": bytes.decode}
        lease = Lease[str](redis, wake=wake, ttl=lambda _: 60, stale_for_s=60, **settings)
        stack.push_async_callback(lease.aclose)
        await lease.get(keys[0], Source("one").load)
        await lease.get(keys[0], Source("one").load)
        assert lease.stale_copy(keys[0]) == ("one",)
        await cut(cluster_ports)
        await relinked(events)
        assert lease.stale_copy(keys[0]) is None


async def test_a_prompt_connection_is_not_for_a_cluster(cluster_ports: list[int]) -> None:
    """Why fail_open's breaker lives on one server: a cluster client makes its connections alone."""
    prompt: dict[str, Any] = {"connection_class": PromptConnection}
    with pytest.raises(TypeError, match="connection_class"):
        RedisCluster(port=cluster_ports[0], **prompt)


async def test_without_the_cluster_fail_open_still_answers(
    unused_cluster: Redis, channel: str, keys: list[str], events: Events
) -> None:
    """Its layer needs no connection of its own kind: whatever a cluster client raises is a miss."""
    async with Wake(unused_cluster, channel=channel) as wake:
        settings: dict[str, Any] = {"encode": str.encode, "decode": bytes.decode}
        lease = Lease[str](unused_cluster, wake=wake, ttl=lambda _: 60, **settings)
        cache = FailOpen[str](lease, Breaker(), observe=events)
        source = Source()
        values = await cache.get_many(keys, source.load_many)
        assert list(values) == keys
        assert source.asked == [keys]
        assert events.counts == {"error": 60}
        await lease.aclose()


async def test_a_dead_cluster_does_not_end_the_subscriber(
    unused_cluster: Redis, channel: str
) -> None:
    """What a cluster client raises when no node answers is no RedisError; the task lives on."""
    events = Events()
    async with Push(unused_cluster, channel=channel, observe=events, beat_s=0.01):

        async def tried_again() -> bool:
            return events.counts["link_lost"] >= 2 and events.counts["beat_failed"] >= 2

        await until(tried_again)
    wake_events = Events()
    async with Wake(unused_cluster, channel=channel, observe=wake_events, check_s=0.01):

        async def lost_again() -> bool:
            return wake_events.counts["link_lost"] >= 2

        await until(lost_again)


@pytest.fixture
def unused_cluster(connect: Callable[[], Redis], monkeypatch: pytest.MonkeyPatch) -> Redis:
    """A client of a cluster where nobody listens."""
    redis = connect()
    for node in redis.nodes_manager.startup_nodes.values():  # type: ignore[attr-defined]
        monkeypatch.setattr(node, "port", 1)
        node.connection_kwargs["port"] = 1
    return redis
