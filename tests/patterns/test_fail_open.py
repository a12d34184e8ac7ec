"""Fail open: errors of the cache become loads, those of the load stay, nothing is loaded twice."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from service.patterns.fail_open import Breaker, FailOpen, prompt_pool

from .contract import Clock, Events, Source, check_cache, check_layer, spin

Load = Callable[[], Awaitable[str]]
LoadMany = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]


class Shed(Exception):
    """What a bulkhead says when it is full."""


class Plain:
    """A cache as people write it: get, else load and set. Its client may fail anywhere."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    async def get(self, key: str, load: Load) -> str:
        """Return what Redis has, else load and store it."""
        raw = await self.redis.get(key)
        if raw is not None:
            return raw.decode() if isinstance(raw, bytes) else raw
        value = await load()
        await self.redis.set(key, value, px=60_000)
        return value

    async def get_many(self, keys: Sequence[str], load_many: LoadMany) -> dict[str, str]:
        """Do the same for many."""
        raws = await self.redis.mget(keys) if keys else []
        values = {
            key: raw.decode() for key, raw in zip(keys, raws, strict=True) if isinstance(raw, bytes)
        }
        missing = [key for key in keys if key not in values]
        if missing:
            values |= await load_many(missing)
            for key in missing:
                await self.redis.set(key, values[key], px=60_000)
        return values

    async def invalidate(self, *keys: str) -> None:
        """Drop keys."""
        if keys:
            await self.redis.delete(*keys)


class Down:
    """A cache that fails before it loads (``at`` = "get"), or only after that ("set")."""

    def __init__(self, at: str = "get") -> None:
        self.at = at
        self.asked = 0
        self.error: Exception = RedisConnectionError("refused")

    async def get(self, key: str, load: Load) -> str:
        """Fail."""
        self.asked += 1
        if self.at == "set":
            await load()
        raise self.error

    async def get_many(self, keys: Sequence[str], load_many: LoadMany) -> dict[str, str]:
        """Load half of the keys, then fail."""
        self.asked += 1
        if self.at == "set":
            await load_many(keys[: len(keys) // 2])
        raise self.error

    async def invalidate(self, *keys: str) -> None:
        """Fail."""
        raise self.error


class NaiveFailOpen(FailOpen[str]):
    """The version that everybody writes first: any error is a miss, so load."""

    async def get(self, key: str, load: Load) -> str:
        """Ask the cache, or load."""
        try:
            return await self._layer.get(key, load)
        except Exception:  # noqa: BLE001 - that is its mistake
            return await load()


def open_breaker() -> Breaker:
    """Build one that refuses for good."""
    breaker = Breaker(failures=1, clock=Clock(), rand=lambda: 0.0)
    permit = breaker.enter()
    assert permit is not None
    breaker.leave(permit, "failed")
    return breaker


def closed_breaker() -> Breaker:
    """Build one that never opens."""
    return Breaker(failures=1_000_000)


async def test_keeps_the_contract(redis_url: str, key: str) -> None:
    """Round a cache that works it is that cache."""
    breaker = closed_breaker()
    pool = prompt_pool(redis_url, breaker=breaker, connect_s=5, command_s=5)
    async with Redis.from_pool(pool) as redis:
        layer = FailOpen[str](Plain(redis), breaker)
        await check_layer(layer, key)
        await check_cache(layer, key)


@pytest.mark.parametrize("make", [open_breaker, closed_breaker])
async def test_keeps_the_contract_without_its_cache(key: str, make: Callable[[], Breaker]) -> None:
    """Asked in vain or not asked: still a layer, with values, errors, cancellations, batches."""

    class Forgets(Down):
        async def invalidate(self, *_keys: str) -> None:
            pass

    await check_layer(FailOpen[str](Forgets(), make()), key)


async def test_an_error_of_the_cache_is_a_counted_miss(events: Events) -> None:
    """The caller gets the value, the counter gets the error."""
    source, cache = Source("one"), Down()
    layer = FailOpen[str](cache, closed_breaker(), observe=events)
    assert await layer.get("k", source.load) == "one"
    assert source.loads == 1
    assert events.seen == [("error", {"key": "k", "error": cache.error})]


async def test_control_without_it_the_caller_gets_the_error() -> None:
    """The switch: the cache alone, and a healthy database answers nobody."""
    with pytest.raises(RedisConnectionError):
        await Down().get("k", Source("one").load)


async def test_any_exception_of_the_cache_is_a_miss(events: Events) -> None:
    """A value that cannot be decoded is no reason to fail either."""
    cache, source = Down(), Source("one")
    cache.error = ValueError("not JSON")
    layer = FailOpen[str](cache, closed_breaker(), observe=events)
    assert await layer.get("k", source.load) == "one"
    assert events.counts == {"error": 1}


async def test_while_the_breaker_is_open_the_cache_is_not_asked(events: Events) -> None:
    """Straight to the load."""
    source, cache = Source("one"), Down()
    layer = FailOpen[str](cache, open_breaker(), observe=events)
    assert await layer.get("k", source.load) == "one"
    assert await layer.get_many(["a", "b"], source.load_many) == {"a": "one a", "b": "one b"}
    assert cache.asked == 0
    assert events.counts == {"bypass": 3}


async def test_when_only_the_set_failed_nothing_is_loaded_again(events: Events) -> None:
    """Race, step 3: the answer is there already."""
    source = Source("one")
    layer = FailOpen[str](Down("set"), closed_breaker(), observe=events)
    assert await layer.get("k", source.load) == "one"
    assert source.loads == 1
    assert events.counts == {"fill_failed": 1}


async def test_control_the_naive_version_loads_twice() -> None:
    """The switch: every error is a miss, and the outage doubles the load on the database."""
    source = Source("one")
    layer = NaiveFailOpen(Down("set"), closed_breaker())
    assert await layer.get("k", source.load) == "one"
    assert source.loads == 2


async def test_a_batch_loads_only_what_was_not_loaded(events: Events) -> None:
    """The cache failed half-way: the half that came is kept, the rest is loaded."""
    source = Source("one")
    layer = FailOpen[str](Down("set"), closed_breaker(), observe=events)
    values = await layer.get_many(["a", "b", "c", "d"], source.load_many)
    assert values == {key: f"one {key}" for key in "abcd"}
    assert source.asked == [["a", "b"], ["c", "d"]]
    assert events.counts == {"fill_failed": 2, "error": 2}


async def test_the_loads_own_error_is_passed_on(key: str, redis: Redis, events: Events) -> None:
    """The database says no: the caller hears that, and it is not asked again."""
    source = Source("one")
    source.error = LookupError("no such post")
    layer = FailOpen[str](Plain(redis), closed_breaker(), observe=events)
    with pytest.raises(LookupError, match="no such post"):
        await layer.get(key, source.load)
    with pytest.raises(LookupError, match="no such post"):
        await layer.get_many([key], source.load_many)
    assert source.loads == 2
    assert not events.seen


async def test_control_the_naive_version_asks_the_database_again(key: str, redis: Redis) -> None:
    """The switch: it cannot tell whose error it was."""
    source = Source("one")
    source.error = LookupError("no such post")
    with pytest.raises(LookupError):
        await NaiveFailOpen(Plain(redis), closed_breaker()).get(key, source.load)
    assert source.loads == 2


async def test_the_loads_error_hides_what_the_cache_made_of_it(events: Events) -> None:
    """The load failed, then the cache failed to give up its lock: the first is what matters."""

    class FailsOnTheWayOut(Down):
        async def get(self, key: str, load: Load) -> str:
            try:
                return await load()
            except LookupError:
                raise self.error from None

    source = Source("one")
    source.error = LookupError("no such post")
    with pytest.raises(LookupError):
        await FailOpen[str](FailsOnTheWayOut(), closed_breaker(), observe=events).get(
            "k", source.load
        )
    assert source.loads == 1
    assert events.counts == {"error": 1}


class Detached(Down):
    """A cache that loads in a task of its own, and fails while that runs."""

    task: "asyncio.Task[str] | None" = None

    async def get(self, key: str, load: Load) -> str:
        """Start the load, and fail before it is over."""

        async def run() -> str:
            return await load()

        self.task = asyncio.create_task(run())
        await spin()
        raise self.error


async def test_a_load_under_way_is_waited_for() -> None:
    """The cache's error comes while its task is still loading: that load answers the caller."""
    source = Source("one")
    source.hold()
    asked = asyncio.create_task(FailOpen[str](Detached(), closed_breaker()).get("k", source.load))
    await source.started.wait()
    await spin(40)
    assert not asked.done()
    source.gate.set()
    assert await asked == "one"
    assert source.loads == 1


async def test_control_the_naive_version_starts_a_second_one() -> None:
    """The switch: two loads of one key at once, for one caller."""
    source, cache = Source("one"), Detached()
    source.hold()
    asked = asyncio.create_task(NaiveFailOpen(cache, closed_breaker()).get("k", source.load))
    await source.started.wait()
    await spin(40)
    assert source.loads == 2
    source.gate.set()
    assert await asked == "one"
    assert cache.task is not None
    await cache.task


async def test_a_cancelled_caller_is_cancelled(events: Events) -> None:
    """A cancellation is no error of the cache: nothing is loaded for who has gone."""

    class Slow(Down):
        async def get(self, key: str, load: Load) -> str:
            await asyncio.Event().wait()
            return await load()

    source = Source("one")
    asked = asyncio.create_task(
        FailOpen[str](Slow(), closed_breaker(), observe=events).get("k", source.load)
    )
    await spin()
    asked.cancel()
    await asyncio.wait([asked])
    assert asked.cancelled()
    assert source.loads == 0
    assert not events.seen


@pytest.mark.parametrize("refuses", [True, False])
async def test_a_shed_load_is_answered_by_a_copy(refuses: bool, events: Events) -> None:
    """No cache and no room for a load: the last value known here, and it says so."""
    source = Source("new")
    source.error = Shed("full")
    layer = FailOpen[str](
        Down(),
        open_breaker() if refuses else closed_breaker(),
        stale=lambda key: (f"old {key}",),
        overloaded=(Shed,),
        observe=events,
    )
    assert await layer.get("k", source.load) == "old k"
    assert events.seen[-1] == ("stale", {"key": "k", "instead_of": "load"})
    assert await layer.get_many(["a", "b"], source.load_many) == {"a": "old a", "b": "old b"}
    assert events.counts["stale"] == 3


async def test_a_load_that_the_cache_made_may_be_shed_too(redis: Redis, key: str) -> None:
    """The cache is empty but well: a full bulkhead means the same there."""
    source = Source("new")
    source.error = Shed("full")
    layer = FailOpen[str](
        Plain(redis), closed_breaker(), stale=lambda _key: ("old",), overloaded=(Shed,)
    )
    assert await layer.get(key, source.load) == "old"
    assert source.loads == 1


async def test_without_a_copy_the_caller_hears_that_it_was_shed() -> None:
    """Also when a batch has copies of some keys only: half an answer is none."""
    source = Source("new")
    source.error = Shed("full")
    layer = FailOpen[str](
        Down(),
        closed_breaker(),
        stale=lambda key: ("old",) if key == "a" else None,
        overloaded=(Shed,),
    )
    with pytest.raises(Shed):
        await layer.get("k", source.load)
    with pytest.raises(Shed):
        await layer.get_many(["a", "b"], source.load_many)
    assert await layer.get("a", source.load) == "old"


async def test_what_was_loaded_goes_before_a_copy() -> None:
    """Half of a batch was loaded, the rest shed: copies fill the gaps, and nothing else."""
    asked: list[list[str]] = []

    async def load_many(keys: Sequence[str]) -> dict[str, str]:
        asked.append(list(keys))
        if len(asked) > 1:
            raise Shed("full")
        return dict.fromkeys(keys, "new")

    layer = FailOpen[str](
        Down("set"), closed_breaker(), stale=lambda _key: ("old",), overloaded=(Shed,)
    )
    assert await layer.get_many(["a", "b"], load_many) == {"a": "new", "b": "old"}


async def test_control_other_errors_of_the_load_are_never_covered_up() -> None:
    """The switch: nothing named in ``overloaded``, and a copy is not even looked for."""
    source = Source("new")
    source.error = Shed("full")
    layer = FailOpen[str](Down(), closed_breaker(), stale=lambda _key: ("old",))
    with pytest.raises(Shed):
        await layer.get("k", source.load)


async def test_an_invalidation_that_failed_is_not_lost_silently() -> None:
    """It raises, so that the writer's outbox keeps it."""
    with pytest.raises(RedisConnectionError):
        await FailOpen[str](Down(), closed_breaker()).invalidate("k")


async def test_an_invalidation_fails_fast_while_the_breaker_is_open(unused_port: int) -> None:
    """Writers do not wait for a dead server either."""
    breaker = open_breaker()
    pool = prompt_pool(f"redis://127.0.0.1:{unused_port}", breaker=breaker)
    async with Redis.from_pool(pool) as redis:
        layer = FailOpen[str](Plain(redis), breaker)
        with pytest.raises(RedisConnectionError, match="breaker is open"):
            await layer.invalidate("k")
