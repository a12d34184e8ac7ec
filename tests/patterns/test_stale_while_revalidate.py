"""Stale-while-revalidate: nobody waits, one load renews, and no late refresh undoes a write."""

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from service.patterns.stale_while_revalidate import StaleWhileRevalidate, tokens

from .contract import Clock, Events, Source, check_cache, check_fenced, check_layer, spin, until

CLAIM_FOR_EVERYBODY = "return ARGV[1]"
CLAIM_WITHOUT_A_LOOK = """
return redis.call('SET', KEYS[2], ARGV[1], 'NX', 'GET', 'PX', ARGV[2]) or ARGV[1]
"""
UNFENCED_STORE = """
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return redis.call('DEL', KEYS[2])
"""
HAND_OVER_AT_ONCE = "return redis.call('DEL', KEYS[2])"
KEEP_WHOEVER_HOLDS = "return redis.call('PEXPIRE', KEYS[2], ARGV[2])"
OUT_OF_ORDER = "return redis.error_reply('ERR out of order')"

Layer = StaleWhileRevalidate[str]


class Pauses:
    """A ``sleep`` that remembers, and lasts until it is told to be over."""

    def __init__(self) -> None:
        self.seen: list[float] = []
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        """Sleep."""
        self.seen.append(seconds)
        await self.over.wait()


class Fleet:
    """Two processes that share a server and a clock, and nothing else."""

    def __init__(self, connect: Callable[[], Redis], **settings: Any) -> None:
        self.clock, self.events, self.pauses = Clock(), Events(), Pauses()
        self.redis = connect()
        self.one, self.two = (self._process(connect(), settings) for _ in range(2))

    def _process(self, redis: Redis, settings: dict[str, Any]) -> Layer:
        return StaleWhileRevalidate(
            redis,
            encode=str.encode,
            clock=self.clock,
            sleep=self.pauses,
            observe=self.events,
            **{
                "decode": bytes.decode,
                "fresh_for_s": 60.0,
                "stale_for_s": 600.0,
                "refresh_s": 60.0,
                **settings,
            },
        )

    async def made_stale(self, key: str, source: Source) -> None:
        """Store what the source has, and let it pass its soft expiry."""
        await self.one.get(key, source.load)
        self.clock.now_s += 61

    async def serves(self, key: str, value: str) -> None:
        """Wait until the value is served to who would not load."""

        async def holds() -> bool:
            return await self.two.get(key, Source("nobody should load").load) == value

        await until(holds)


@contextlib.asynccontextmanager
async def fleet(connect: Callable[[], Redis], **settings: Any) -> AsyncIterator[Fleet]:
    """Two processes: fresh for a minute, stale for ten more."""
    made = Fleet(connect, **settings)
    try:
        yield made
    finally:
        await made.one.aclose()
        await made.two.aclose()


async def test_keeps_the_contract(connect: Callable[[], Redis], key: str) -> None:
    """It is a layer, a cache, and fenced."""
    async with fleet(connect) as both:
        await check_layer(both.one, key)
        await check_cache(both.one, key)
        await check_fenced(both.one, key)


async def loads_of_a_stale_value(connect: Callable[[], Redis], key: str) -> int:
    """Read a stale value 20 times in each of two processes while its refresh is held."""
    source = Source("old")
    async with fleet(connect) as both:
        await both.made_stale(key, source)
        source.value = "new"
        source.hold()
        reads = [each.get(key, source.load) for each in (both.one, both.two) * 20]
        assert ["old"] * 40 == await asyncio.gather(*reads)
        assert both.events.counts["stale"] == 40

        async def both_have_asked() -> bool:
            return source.loads - 1 + len(both.pauses.seen) == 2

        await until(both_have_asked)
        source.gate.set()
        await both.serves(key, "new")
        return source.loads - 1


async def test_a_stale_value_is_served_and_renewed_by_one_load_in_the_fleet(
    connect: Callable[[], Redis], key: str
) -> None:
    """Forty readers in two processes find it stale: none waits, one load is made for all."""
    assert await loads_of_a_stale_value(connect, key) == 1


async def test_control_without_the_token_every_process_loads(
    connect: Callable[[], Redis], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: a claim that everybody wins makes a load per process."""
    monkeypatch.setattr(tokens, "_CLAIM", CLAIM_FOR_EVERYBODY)
    monkeypatch.setattr(tokens, "_STORE", UNFENCED_STORE)
    assert await loads_of_a_stale_value(connect, key) == 2


async def loads_of_a_late_asker(connect: Callable[[], Redis], key: str) -> int:
    """Let process two see the stale value, and ask for the token only after one has renewed it."""
    source = Source("old")
    async with fleet(connect) as both:
        await both.made_stale(key, source)
        seen = cast("bytes", await both.redis.getrange(f"{key}:s", 0, 8))
        source.value = "new"
        await both.one.get(key, source.load)
        await both.serves(key, "new")
        both.two._refreshes.start({key: seen}, source.load_many)

        async def is_over() -> bool:
            return not both.two._refreshes._tasks

        await until(is_over)
        return source.loads - 1


async def test_who_asks_late_finds_the_work_done(connect: Callable[[], Redis], key: str) -> None:
    """A free token is not enough: the value must still be the one that was found stale."""
    assert await loads_of_a_late_asker(connect, key) == 1


async def test_control_without_a_look_at_the_value_it_is_loaded_again(
    connect: Callable[[], Redis], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: a plain SET NX is won by whoever comes after the refresh."""
    monkeypatch.setattr(tokens, "_CLAIM", CLAIM_WITHOUT_A_LOOK)
    assert await loads_of_a_late_asker(connect, key) == 2


async def race(connect: Callable[[], Redis], key: str) -> str:
    """Overtake a refresh with a write, its invalidation and a new load; read what stayed."""
    late, source = Source("version 1"), Source("version 2")
    async with fleet(connect) as both:
        await both.made_stale(key, late)
        late.hold()
        await both.one.get(key, late.load)
        await late.started.wait()
        await both.two.invalidate(key)
        assert await both.two.get(key, source.load) == "version 2"
        late.gate.set()

        async def is_over() -> bool:
            return not both.one._refreshes._tasks

        await until(is_over)
        return await both.two.get(key, source.load)


async def test_a_refresh_overtaken_by_a_write_is_not_stored(
    connect: Callable[[], Redis], key: str
) -> None:
    """An invalidation takes the refresh's right to store."""
    assert await race(connect, key) == "version 2"


async def test_control_an_unfenced_refresh_undoes_the_write(
    connect: Callable[[], Redis], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without the token check the old version is back, and counts as fresh."""
    monkeypatch.setattr(tokens, "_STORE", UNFENCED_STORE)
    assert await race(connect, key) == "version 1"


async def cold_race(connect: Callable[[], Redis], key: str) -> str:
    """Overtake the first load of a key with an invalidation; read what stayed."""
    source = Source("version 1")
    async with fleet(connect) as both:
        source.hold()
        reader = asyncio.create_task(both.one.get(key, source.load))
        await source.started.wait()
        source.value = "version 2"
        await both.two.invalidate(key)
        source.gate.set()
        assert await reader == "version 1"  # it asked before the write was over
        return await both.two.get(key, source.load)


async def test_an_invalidation_counts_without_a_value_to_drop(
    connect: Callable[[], Redis], key: str
) -> None:
    """A load of an absent value is fenced as well."""
    assert await cold_race(connect, key) == "version 2"


async def test_control_dropping_the_value_alone_is_not_enough(
    connect: Callable[[], Redis], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: an invalidation that leaves the token lets the late store through."""

    async def drop_values(self: tokens.Tokens, keys: list[str]) -> None:
        await self._redis.delete(*(f"{each}:s" for each in keys))

    monkeypatch.setattr(tokens.Tokens, "drop", drop_values)
    assert await cold_race(connect, key) == "version 1"


async def test_an_evicted_token_refuses_the_store(connect: Callable[[], Redis], key: str) -> None:
    """After eviction, flush or failover no token matches; the caller still has its value."""
    source = Source()
    async with fleet(connect) as both:
        source.hold()
        reader = asyncio.create_task(both.one.get(key, source.load))
        await source.started.wait()
        await both.redis.delete(f"{key}:t")
        source.gate.set()
        assert await reader == "one"
        assert await both.redis.get(f"{key}:s") is None
        assert both.events.counts["refused_fill"] == 1


async def test_a_dead_cold_loader_keeps_nobody_from_storing(
    connect: Callable[[], Redis], key: str
) -> None:
    """The token it left behind serves the next load, which need not wait for its end."""
    dead, source = Source("dead"), Source("alive")
    async with fleet(connect) as both:
        dead.hold()
        reader = asyncio.create_task(both.one.get(key, dead.load))
        await dead.started.wait()
        reader.cancel()
        await asyncio.wait([reader])
        assert await both.redis.exists(f"{key}:t") == 1
        assert await both.two.get(key, source.load) == "alive"
        assert await both.two.get(key, source.load) == "alive"
        assert source.loads == 1


async def loads_after_a_failure(connect: Callable[[], Redis], key: str) -> int:
    """Fail a refresh in process one; then let process two read until it has asked as well."""
    source, bad = Source("old"), Source()
    bad.error = LookupError("the database said no")
    async with fleet(connect, retry_s=30.0) as both:
        await both.made_stale(key, source)
        assert await both.one.get(key, bad.load) == "old"

        async def one_pauses() -> bool:
            return both.pauses.seen == [30.0]

        await until(one_pauses)
        assert both.events.counts["refresh_failed"] == 1
        assert await both.one.get(key, bad.load) == "old"

        async def two_pauses() -> bool:
            assert await both.two.get(key, bad.load) == "old"
            return len(both.pauses.seen) == 2

        await until(two_pauses)
        return bad.loads


async def test_a_failed_refresh_leaves_the_value_and_holds_off_the_fleet(
    connect: Callable[[], Redis], key: str
) -> None:
    """Stale-if-error: readers have the old value, and the source is left alone for a while."""
    assert await loads_after_a_failure(connect, key) == 1


async def test_control_a_token_given_up_at_once_hammers_the_source(
    connect: Callable[[], Redis], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without the pause the next process asks the failing source with its next hit."""
    monkeypatch.setattr(tokens, "_KEEP", HAND_OVER_AT_ONCE)
    assert await loads_after_a_failure(connect, key) == 2


async def test_a_link_that_is_cut_does_not_shorten_the_pause(
    connect: Callable[[], Redis], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under uvloop a command on a cut link raises RuntimeError: the refresh ends as it would."""
    bad = Source()
    bad.error = LookupError("the database said no")
    async with fleet(connect, retry_s=30.0) as both:
        await both.made_stale(key, Source("old"))

        async def cut(_tokens: object, **_times: float) -> None:
            raise RuntimeError("unable to perform operation on <TCPTransport closed=True>")

        monkeypatch.setattr(both.one._tokens, "keep", cut)
        assert await both.one.get(key, bad.load) == "old"

        async def pauses() -> bool:
            return both.pauses.seen == [30.0]

        async with asyncio.timeout(5):
            await until(pauses)


async def life_under_a_late_failure(connect: Callable[[], Redis], key: str) -> int:
    """Let a refresh fail when its token is over and another's stands; return the life of that."""
    source, late = Source("old"), Source()
    late.error = LookupError("the database said no")
    async with fleet(connect, retry_s=30.0) as both:
        await both.made_stale(key, source)
        for process, each in ((both.one, late), (both.two, source)):
            await both.redis.delete(f"{key}:t")  # as its end would
            each.hold()
            await process.get(key, each.load)
            await each.started.wait()
        late.gate.set()

        async def has_failed() -> bool:
            return both.pauses.seen == [30.0]

        await until(has_failed)
        return int(await both.redis.pttl(f"{key}:t"))


async def test_a_late_failure_leaves_the_token_of_another(
    connect: Callable[[], Redis], key: str
) -> None:
    """The refresh that runs has its whole time."""
    assert 30_000 < await life_under_a_late_failure(connect, key) <= 60_000


async def test_control_a_token_cut_short_by_another_refuses_its_store(
    connect: Callable[[], Redis], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without the look at the token a refresh that runs loses half of its time."""
    monkeypatch.setattr(tokens, "_KEEP", KEEP_WHOEVER_HOLDS)
    assert 0 < await life_under_a_late_failure(connect, key) <= 30_000


async def test_a_failure_is_told_and_paused_after_though_the_token_cannot_be_kept(
    connect: Callable[[], Redis], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are away: this process leaves the source alone, and tells of the load's error."""
    monkeypatch.setattr(tokens, "_KEEP", OUT_OF_ORDER)
    source = Source("old")
    async with fleet(connect, retry_s=30.0) as both:
        await both.made_stale(key, source)
        source.error = LookupError("the database said no")
        await both.one.get(key, source.load)

        async def pauses() -> bool:
            return both.pauses.seen == [30.0]

        await until(pauses)
        assert ("refresh_failed", {"key": key, "error": source.error}) in both.events.seen


async def test_after_the_pause_a_refresh_is_tried_again(
    connect: Callable[[], Redis], key: str
) -> None:
    """The failure is not for ever, and the next success renews the value."""
    source = Source("old")
    async with fleet(connect, retry_s=0.001) as both:
        await both.made_stale(key, source)
        source.error = LookupError("the database said no")
        assert await both.one.get(key, source.load) == "old"

        async def has_failed() -> bool:
            return both.pauses.seen == [0.001] and not await both.redis.exists(f"{key}:t")

        await until(has_failed)
        source.error, source.value = None, "new"
        both.pauses.over.set()
        await spin()
        assert await both.one.get(key, source.load) == "old"
        await both.serves(key, "new")


async def test_the_hard_expiry_ends_the_patience(connect: Callable[[], Redis], key: str) -> None:
    """After both lives the value is not served any more, and the source's error is the answer."""
    source = Source("old")
    async with fleet(connect) as both:
        await both.one.get(key, source.load)
        assert 0 < await both.redis.pttl(f"{key}:s") <= 660_000
        both.clock.now_s += 659.9
        source.error = LookupError("the database said no")
        assert await both.two.get(key, source.load) == "old"
        both.clock.now_s += 0.1
        with pytest.raises(LookupError, match="said no"):
            await both.two.get(key, source.load)


async def test_both_lives_count_from_the_start_of_the_load(
    connect: Callable[[], Redis], key: str
) -> None:
    """What was written while the load ran may be missing from the value: it is older by that."""
    source = Source("old")
    async with fleet(connect) as both:
        source.hold()
        reader = asyncio.create_task(both.one.get(key, source.load))
        await source.started.wait()
        both.clock.now_s += 50
        source.gate.set()
        await reader
        assert await both.redis.pttl(f"{key}:s") <= 610_000
        both.clock.now_s += 9
        await both.one.get(key, source.load)
        assert both.events.counts["stale"] == 0
        both.clock.now_s += 1
        await both.one.get(key, source.load)
        assert both.events.counts["stale"] == 1


async def test_a_batch_is_one_look_and_one_load_of_each_kind(
    connect: Callable[[], Redis], key: str
) -> None:
    """Fresh and stale are served, the stale are renewed together, the missing loaded together."""
    source = Source("one")
    fresh, stale, missing = ([f"{key}:{kind}{i}" for i in range(2)] for kind in "fsm")
    async with fleet(connect) as both:
        await both.one.get_many(stale, source.load_many)
        both.clock.now_s += 61
        await both.one.get_many(fresh, source.load_many)
        source.value = "two"
        values = await both.one.get_many([*fresh, *stale, *missing], source.load_many)
        assert ["one"] * 4 + ["two"] * 2 == [value.split()[0] for value in values.values()]
        assert 2 == both.events.counts["stale"]
        for each in stale:
            await both.serves(each, f"two {each}")
        assert sorted([stale, fresh, stale, missing]) == sorted(source.asked)
        assert 2 == both.events.counts["refresh"]


@pytest.mark.parametrize(
    "raw", [b"", b"\xc1", b'{"id": 42, "title": "hello"}', b"\xc1" * 9 + b"\xff"]
)
async def test_bytes_that_are_not_ours_are_a_miss(
    connect: Callable[[], Redis], key: str, raw: bytes
) -> None:
    """Foreign or broken bytes are loaded over."""
    source = Source("ours")
    async with fleet(connect) as both:
        await both.redis.set(f"{key}:s", raw, px=60_000)
        assert await both.one.get(key, source.load) == "ours"
        assert await both.two.get(key, source.load) == "ours"
        assert source.loads == 1


def strict(raw: bytes) -> str:
    """Decode as a release does whose class has lost a field: what it raises is no ValueError."""
    if raw == b"old":
        raise TypeError("got an unexpected keyword argument 'karma'")
    return raw.decode()


async def test_whatever_the_decoder_raises_is_a_miss(
    connect: Callable[[], Redis], key: str
) -> None:
    """A value of the old release is loaded again and replaced, not an error until its TTL ends."""
    new = Source("new")
    async with fleet(connect, decode=strict) as both:
        assert await both.one.get(key, Source("old").load) == "old"
        assert await both.one.get(key, new.load) == "new"
        assert await both.two.get(key, new.load) == "new"
        assert new.loads == 1


async def test_a_hit_says_what_it_found(connect: Callable[[], Redis], key: str) -> None:
    """So that metering can tell a remembered absence."""
    source = Source("ours")
    async with fleet(connect) as both:
        await both.one.get(key, source.load)
        await both.two.get(key, source.load)
        assert [("miss", {"key": key}), ("hit", {"key": key, "value": "ours"})] == both.events.seen


async def test_a_refresh_belongs_to_no_request(connect: Callable[[], Redis], key: str) -> None:
    """It sees nothing of the context of the caller that happened to start it."""
    request = contextvars.ContextVar("request", default="none")
    seen: list[str] = []
    source = Source("old")

    async def load() -> str:
        seen.append(request.get())
        return "new"

    async with fleet(connect) as both:
        await both.made_stale(key, source)
        request.set("42")
        await both.one.get(key, load)
        await both.serves(key, "new")
    assert seen == ["none"]


async def test_closing_ends_the_refreshes(connect: Callable[[], Redis], key: str) -> None:
    """Closing cancels what is under way and returns when it has ended."""
    source = Source("old")
    async with fleet(connect) as both:
        await both.made_stale(key, source)
        source.hold()
        await both.one.get(key, source.load)
        await source.started.wait()
        await both.one.aclose()
        assert both.one._refreshes._tasks == {}


async def test_every_key_has_a_ttl_and_one_slot(connect: Callable[[], Redis], key: str) -> None:
    """Value and token expire by themselves, and share the hash tag of their logical key."""
    source = Source()
    async with fleet(connect) as both:
        source.hold()
        reader = asyncio.create_task(both.one.get(key, source.load))
        await source.started.wait()
        assert 0 < await both.redis.pttl(f"{key}:t") <= 60_000
        source.gate.set()
        await reader
        assert sorted(await both.redis.keys(f"{key}*")) == [f"{key}:s".encode()]
        assert 0 < await both.redis.pttl(f"{key}:s") <= 660_000


async def test_scripts_survive_being_forgotten(connect: Callable[[], Redis], key: str) -> None:
    """After SCRIPT FLUSH, as after a restart, every step works again."""
    source = Source("old")
    async with fleet(connect) as both:
        await both.made_stale(key, source)
        await both.redis.script_flush()
        source.value = "new"
        await both.one.get(key, source.load)
        await both.serves(key, "new")
