"""The near cache: fast, bounded, and never older than its link allows."""

import asyncio
import secrets
from collections.abc import Callable

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from service.patterns.near_cache import NearCache, Push

from .contract import Events, Source, check_cache, check_fenced, check_layer, until


class Clock:
    """Monotonic seconds, moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now_s


def near_cache(push: Push, **settings: object) -> NearCache[str]:
    """Build a cache of texts that may live as long as the link allows."""
    defaults: dict[str, object] = {"life": lambda _key, _value: 3600.0, "size": len}
    return NearCache(push, **{**defaults, **settings})  # type: ignore[arg-type]


async def test_keeps_the_contract(redis: Redis, key: str, channel: str) -> None:
    """The near cache is a layer, a cache, and fenced by its tickets."""
    async with Push(redis, channel=channel) as push:
        await check_layer(near_cache(push), key)
        await check_cache(near_cache(push), key)
        await check_fenced(near_cache(push), key)


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


async def overtaken(cache: NearCache[str], push: Push, redis: Redis, key: str) -> str:
    """Let a push arrive while the old value is being loaded; return what stayed."""
    source, heard = Source("old"), asyncio.Event()
    push.on_drop(lambda _key: heard.set())
    source.hold()
    reader = asyncio.create_task(cache.get(key, source.load))
    await source.started.wait()
    source.value = "new"
    heard.clear()
    async with Push(redis, channel=push_channel(push)) as elsewhere:
        await elsewhere.publish(key)
        await heard.wait()
    source.gate.set()
    assert await reader == "old"
    return await cache.get(key, source.load)


def push_channel(push: Push) -> str:
    """Tell which channel a push listens to."""
    return push._channel


async def test_a_push_that_overtakes_a_load_prevents_the_store(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """The value that was read before the invalidation is answered once and not kept."""
    async with Push(connect(), channel=channel) as push:
        assert await overtaken(near_cache(push), push, connect(), key) == "new"


async def test_control_without_the_ticket_the_old_value_stays(
    connect: Callable[[], Redis], key: str, channel: str
) -> None:
    """The switch: a message that finds nothing to drop, and a load that does not know of it."""

    class NoEpoch(NearCache[str]):
        def _drop(self, key: str | None) -> None:
            tickets = dict(self._tickets)
            super()._drop(key)
            self._tickets.update(tickets)

    async with Push(connect(), channel=channel) as push:
        cache = NoEpoch(push, life=lambda _key, _value: 3600.0, size=len)
        assert await overtaken(cache, push, connect(), key) == "old"


async def test_life_depends_on_trust_in_the_link(redis: Redis, key: str) -> None:
    """60 s while the heartbeat is heard, 2 s from the store otherwise."""
    clock, source = Clock(), Source()
    push = Push(redis, clock=clock)  # not started: nothing is heard
    cache = near_cache(push, clock=clock)
    await cache.get(key, source.load)
    clock.now_s += 1.9
    await cache.get(key, source.load)
    assert source.loads == 1
    clock.now_s += 0.1
    await cache.get(key, source.load)
    assert source.loads == 2
    push.trusted_until_s = clock.now_s + 1000
    clock.now_s += 59.9
    await cache.get(key, source.load)
    assert source.loads == 2
    clock.now_s += 0.1
    await cache.get(key, source.load)
    assert source.loads == 3


async def test_a_heartbeat_earns_trust_from_when_it_was_sent(redis: Redis, channel: str) -> None:
    """A beat that comes back proves that everything published before it was heard."""
    clock = Clock()
    async with Push(redis, channel=channel, clock=clock, trust_s=2.0) as push:

        async def trusted() -> bool:
            return push.trusted_until_s > 0

        await until(trusted)
        assert push.trusted_until_s == clock.now_s + 2.0


async def test_a_value_lives_no_longer_than_the_shared_one(redis: Redis, key: str) -> None:
    """``life`` caps the time here; a value with nothing left is not kept at all."""
    clock, source = Clock(), Source()
    lives = {f"{key}:short": 1.0, f"{key}:over": 0.0}
    cache = near_cache(Push(redis), clock=clock, life=lambda key, _value: lives[key])
    for name, loads in (("short", 1), ("short", 1), ("over", 2), ("over", 3)):
        await cache.get(f"{key}:{name}", source.load)
        assert source.loads == loads
    clock.now_s += 1
    await cache.get(f"{key}:short", source.load)
    assert source.loads == 4


async def test_entries_are_bounded_in_number_and_bytes(redis: Redis, key: str) -> None:
    """The least recently used goes first; what is larger than everything is not kept."""
    source = Source("12345")
    few = near_cache(Push(redis), most=2)
    for name in "abac":
        await few.get(name, source.load)
    assert source.loads == 3
    await few.get("a", source.load)
    assert source.loads == 3
    await few.get("b", source.load)
    assert source.loads == 4

    small = near_cache(Push(redis), most_bytes=12)
    keys = [f"{key}:{i}" for i in range(3)]
    for each in keys:
        await small.get(each, source.load)
    before = source.loads
    await small.get_many(keys[1:], source.load_many)
    assert source.loads == before
    source.value = "x" * 13
    await small.get("large", source.load)
    await small.get("large", source.load)
    assert source.loads == before + 2
    await small.get_many(keys[1:], source.load_many)
    assert source.loads == before + 2


async def test_a_new_link_empties_the_cache(
    connect: Callable[[], Redis], redis_url: str, key: str, channel: str
) -> None:
    """What was invalidated while nobody listened is not served after the link is back."""
    name, events, source = f"cut-{secrets.token_hex(4)}", Events(), Source("old")
    link = Redis.from_url(redis_url, client_name=name, retry=Retry(NoBackoff(), 0))
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
