"""The native counter: never half, never double, never without a life."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from service.patterns.native_counter import NativeCounter, hashes, scripts

from .contract import Events, Source, check_cache, check_fenced, check_layer

Value = dict[str, int] | None

ADD_THAT_LEAVES_THE_LEASE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 'not_cached' end
redis.call('HINCRBY', KEYS[1], ARGV[2], ARGV[3])
redis.call('HSET', KEYS[1], 'version', ARGV[1])
return 'added'
"""
BARE_HINCRBY = """
redis.call('HINCRBY', KEYS[1], ARGV[2], ARGV[3])
return 'added'
"""
CREATE_WITHOUT_THE_TOKEN = """
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
CREATE_WITHOUT_A_LIFE = """
redis.call('DEL', KEYS[1], KEYS[2])
return redis.call('HSET', KEYS[1], unpack(ARGV, 3))
"""
DROP_THE_HASH_ONLY = """
return redis.call('DEL', KEYS[1])
"""
CLAIM_THAT_LEAVES_WHAT_IS_BROKEN = scripts.CLAIM.replace("redis.call('DEL', KEYS[1])\n", "")
CREATE_OVER_WHATEVER_STANDS = scripts.CREATE.replace("KEYS[1], KEYS[2]", "KEYS[2]")
RELEASE_WHOEVER_HOLDS = "return redis.call('DEL', KEYS[2])"
LEAVE_ALL_AS_IT_IS = "return 1"
OUT_OF_ORDER = "return redis.error_reply('ERR out of order')"


class Texts:
    """A counter seen as a layer of texts, for the contract: each text is numbered and counted."""

    def __init__(self, counter: NativeCounter) -> None:
        self._counter = counter
        self._texts: list[str] = []

    async def get(self, key: str, load: Callable[[], Awaitable[str]]) -> str:
        """Return the text of one key."""

        async def load_number() -> Value:
            return self._number(await load())

        return self._text(await self._counter.get(key, load_number))

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, str]]],
    ) -> dict[str, str]:
        """Return the texts of many keys."""

        async def load_numbers(asked: Sequence[str]) -> dict[str, Value]:
            return {key: self._number(text) for key, text in (await load_many(asked)).items()}

        values = await self._counter.get_many(keys, load_numbers)
        return {key: self._text(value) for key, value in values.items()}

    async def invalidate(self, *keys: str) -> None:
        """Drop keys."""
        await self._counter.invalidate(*keys)

    def _number(self, text: str) -> Value:
        self._texts.append(text)
        return {"likes": len(self._texts) - 1, "shares": 0, "version": 1}

    def _text(self, value: Value) -> str:
        assert value is not None
        return self._texts[value["likes"]]


class Row:
    """A row of the database, whose load can be held in the middle."""

    def __init__(self, likes: int = 0, shares: int = 0, version: int = 1) -> None:
        self.value: Value = {"likes": likes, "shares": shares, "version": version}
        self.loads = 0
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    def like(self) -> int:
        """Commit one like; return the version that it made."""
        assert self.value is not None
        self.value = {
            **self.value,
            "likes": self.value["likes"] + 1,
            "version": self.value["version"] + 1,
        }
        return self.value["version"]

    async def load(self) -> Value:
        """Read the row now, give it back once the gate is open."""
        self.loads += 1
        value = self.value
        self.started.set()
        await self.gate.wait()
        return value

    def hold(self) -> None:
        """Make the next loads wait for ``gate``."""
        self.started.clear()
        self.gate.clear()


def make(redis: Redis, observe: Events | None = None, **settings: Any) -> NativeCounter:
    """Build a counter of likes and shares."""
    return NativeCounter(
        redis,
        observe=observe or Events(),
        **{"fields": ["likes", "shares"], "ttl": lambda _: 60.0, "lease_s": 60.0, **settings},
    )


async def stored(redis: Redis, key: str) -> dict[bytes, bytes]:
    """Return what stands in the hash."""
    return cast("dict[bytes, bytes]", await redis.hgetall(f"{key}:h"))


async def test_keeps_the_contract(redis: Redis, key: str) -> None:
    """It is a layer, a cache, and fenced."""
    texts = Texts(make(redis))
    await check_layer(texts, key)
    await check_cache(texts, key)
    await check_fenced(texts, key)


async def test_a_step_is_added_to_what_stands(redis: Redis, key: str, events: Events) -> None:
    """Several counters in one change, in both directions; the next read does not load."""
    counts, row = make(redis, events), Row(likes=5, shares=2, version=7)
    assert await counts.get(key, row.load) == {"likes": 5, "shares": 2, "version": 7}
    assert await counts.add(key, 8, likes=1, shares=-2)
    assert await counts.get(key, row.load) == {"likes": 6, "shares": 0, "version": 8}
    assert await counts.add(key, 9, likes=-1, shares=2)  # undo: the original steps, negated
    assert await counts.get(key, row.load) == {"likes": 5, "shares": 2, "version": 9}
    assert await counts.add(key, 10)  # a change of the row that touched no counter
    assert await counts.get(key, row.load) == {"likes": 5, "shares": 2, "version": 10}
    assert row.loads == 1
    assert events.counts == {"miss": 1, "load": 1, "added": 3, "hit": 3}


async def test_a_repeated_step_does_nothing(redis: Redis, key: str, events: Events) -> None:
    """Now, later, or one that the loaded row had already: delivery may be at least once."""
    counts, row = make(redis, events), Row(likes=5, version=7)
    await counts.get(key, row.load)
    assert await counts.add(key, 7, likes=1)
    for _ in range(3):
        assert await counts.add(key, 8, likes=1)
    await counts.add(key, 9, likes=1)
    assert await counts.add(key, 8, likes=1)
    assert await counts.get(key, row.load) == {"likes": 7, "shares": 0, "version": 9}
    assert events.counts["repeated"] == 4


async def test_control_without_the_version_a_repeated_step_counts_twice(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: plain HINCRBY, as an at-least-once relay would repeat it."""
    monkeypatch.setattr(hashes, "ADD", BARE_HINCRBY)
    counts, row = make(redis), Row(likes=5, version=7)
    await counts.get(key, row.load)
    for _ in range(2):
        await counts.add(key, 8, likes=1)
    assert await counts.get(key, row.load) == {"likes": 7, "shares": 0, "version": 7}


async def test_a_lost_step_is_healed_by_the_next(redis: Redis, key: str, events: Events) -> None:
    """A gap in the versions drops the hash; the next reader loads what is true."""
    counts, row = make(redis, events), Row(likes=5, version=7)
    await counts.get(key, row.load)
    row.like()  # and its step is lost
    assert not await counts.add(key, row.like(), likes=1)
    assert await stored(redis, key) == {}
    assert await counts.get(key, row.load) == {"likes": 7, "shares": 0, "version": 9}
    assert events.counts["step_lost"] == 1


async def test_a_step_on_an_absent_hash_leaves_nothing(
    redis: Redis, key: str, events: Events
) -> None:
    """No hash of one field, no life without end, no lease."""
    counts = make(redis, events)
    assert not await counts.add(key, 8, likes=1)
    assert await redis.exists(f"{key}:h", f"{key}:l") == 0
    assert events.counts == {"not_cached": 1}


async def test_control_a_bare_hincrby_leaves_half_a_hash_for_ever(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: the article's way, on a counter that was evicted."""
    monkeypatch.setattr(hashes, "ADD", BARE_HINCRBY)
    await make(redis).add(key, 8, likes=1)
    assert await stored(redis, key) == {b"likes": b"1"}
    assert await redis.pttl(f"{key}:h") == -1
    await redis.delete(f"{key}:h")


async def step_during_load(connect: Callable[[], Redis], key: str) -> Value:
    """Let one client load the old row while another commits and steps; read what stayed."""
    one, two, row = make(connect()), make(connect()), Row(likes=5, version=7)
    row.hold()
    reader = asyncio.create_task(one.get(key, row.load))
    await row.started.wait()
    await two.add(key, row.like(), likes=1)
    row.gate.set()
    assert await reader == {"likes": 5, "shares": 0, "version": 7}  # it asked before the step
    return await two.get(key, row.load)


async def test_a_step_overtakes_a_load(connect: Callable[[], Redis], key: str) -> None:
    """The load that read the row before the step is not stored."""
    assert await step_during_load(connect, key) == {"likes": 6, "shares": 0, "version": 8}


@pytest.mark.parametrize(
    ("name", "script"),
    [("ADD", ADD_THAT_LEAVES_THE_LEASE), ("CREATE", CREATE_WITHOUT_THE_TOKEN)],
)
async def test_control_without_the_fence_a_step_is_lost(
    connect: Callable[[], Redis], key: str, name: str, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switches: a step that leaves the lease, a fill that does not ask for it."""
    monkeypatch.setattr(hashes, name, script)
    assert await step_during_load(connect, key) == {"likes": 5, "shares": 0, "version": 7}


async def step_over_a_broken_hash(connect: Callable[[], Redis], key: str) -> Value:
    """The same where a hash stands that cannot be read, but stepped."""
    broken: dict[Any, Any] = {"likes": 5, "shares": "many", "version": 7}
    await cast("Any", connect().hset(f"{key}:h", mapping=broken))
    return await step_during_load(connect, key)


async def test_a_step_finds_no_broken_hash_beside_a_lease(
    connect: Callable[[], Redis], key: str
) -> None:
    """Who wins the lease drops what is broken: a step must end the lease, not be lost in that."""
    value = await step_over_a_broken_hash(connect, key)
    assert value == {"likes": 6, "shares": 0, "version": 8}


async def test_control_a_broken_hash_beside_a_lease_takes_a_step_with_it(
    connect: Callable[[], Redis], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: the step is added to what the load replaces."""
    monkeypatch.setattr(hashes, "CLAIM", CLAIM_THAT_LEAVES_WHAT_IS_BROKEN)
    value = await step_over_a_broken_hash(connect, key)
    assert value == {"likes": 5, "shares": 0, "version": 7}


async def test_control_dropping_the_hash_alone_is_not_enough(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: an invalidation that leaves the lease lets the late fill through."""
    monkeypatch.setattr(hashes, "DROP", DROP_THE_HASH_ONLY)
    with pytest.raises(AssertionError):
        await check_fenced(Texts(make(redis)), key)


async def test_a_fill_whose_token_is_gone_is_refused(
    redis: Redis, key: str, events: Events
) -> None:
    """After eviction, flush or expiry of the lease nothing is stored; the caller is answered."""
    counts, row = make(redis, events), Row(likes=5)
    row.hold()
    reader = asyncio.create_task(counts.get(key, row.load))
    await row.started.wait()
    await redis.delete(f"{key}:l")
    row.gate.set()
    assert await reader == {"likes": 5, "shares": 0, "version": 1}
    assert await stored(redis, key) == {}
    assert events.counts["refused_fill"] == 1


async def test_absence_is_remembered_until_the_row_is_made(
    redis: Redis, key: str, events: Events
) -> None:
    """A marker with its own life; the first step ends it, and it is no row of zeros."""
    counts = make(redis, events, ttl=lambda value: 30.0 if value is None else 60.0)
    row = Row()
    row.value = None
    assert await counts.get(key, row.load) is None
    assert await counts.get(key, row.load) is None
    assert row.loads == 1
    assert await stored(redis, key) == {b"version": b"absent"}
    assert 0 < await redis.pttl(f"{key}:h") <= 30_000
    row.value = {"likes": 1, "shares": 0, "version": 1}
    assert not await counts.add(key, 1, likes=1)
    assert await redis.exists(f"{key}:h", f"{key}:l") == 0
    assert await counts.get(key, row.load) == row.value


async def test_a_hit_says_what_it_found(redis: Redis, key: str, events: Events) -> None:
    """So that metering can tell a remembered absence."""
    counts, row = make(redis, events), Row(likes=5)
    for value in (row.value, None):
        row.value = value
        await counts.get(key, row.load)
        await counts.get(key, row.load)
        assert events.seen[-1] == ("hit", {"key": key, "value": value})
        await counts.invalidate(key)


async def test_every_hash_has_its_life_and_steps_do_not_prolong_it(redis: Redis, key: str) -> None:
    """Whatever versions cannot see ends with the life; so a busy hash must not live for ever."""
    counts = make(redis, ttl=lambda value: 60.0 + (value or {})["likes"])
    await counts.get(key, Row(likes=40).load)
    assert 60_000 < await redis.pttl(f"{key}:h") <= 100_000
    await redis.pexpire(f"{key}:h", 5_000)
    await counts.add(key, 2, likes=1)
    assert 0 < await redis.pttl(f"{key}:h") <= 5_000
    endless = make(redis, ttl=lambda _: float("inf"))
    await endless.invalidate(key)
    await endless.get(key, Row().load)
    assert 0 < await redis.pttl(f"{key}:h")


async def test_control_a_client_that_dies_before_pexpire_leaves_a_hash_for_ever(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: HSET and PEXPIRE as two commands, of which the second was never sent."""
    monkeypatch.setattr(hashes, "CREATE", CREATE_WITHOUT_A_LIFE)
    await make(redis).get(key, Row().load)
    assert await redis.pttl(f"{key}:h") == -1
    await redis.delete(f"{key}:h")


@pytest.mark.parametrize(
    "content",
    [
        {"likes": "5", "version": "7"},
        {"likes": "5", "shares": "many", "version": "7"},
        {"likes": "5", "shares": "1.5", "version": "7"},
        {"likes": "5", "shares": "2"},
        {"likes": "5", "shares": "2", "version": ""},
        {"likes": "9" * 5000, "shares": "2", "version": "7"},
        {"other": "1"},
    ],
)
async def test_a_hash_of_other_content_is_a_miss(
    redis: Redis, key: str, content: dict[Any, Any]
) -> None:
    """Of another release, or broken: it is loaded and replaced, and no step makes it look whole."""
    counts, row = make(redis), Row(likes=3, version=7)

    async def put() -> None:
        await counts.invalidate(key)
        await redis.hset(f"{key}:h", mapping=content)

    await put()
    assert await counts.get(key, row.load) == row.value
    assert await stored(redis, key) == {b"likes": b"3", b"shares": b"0", b"version": b"7"}
    await put()
    await counts.add(key, 8, shares=1)
    assert await counts.get(key, row.load) == row.value


async def test_control_a_step_that_looks_for_no_field_makes_half_a_hash_look_whole(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: another release knows no shares; a step on them is then all of them."""
    monkeypatch.setattr(
        hashes, "ADD", scripts.ADD.replace("== 0 then return drop", "< 0 then return drop")
    )
    counts, row = make(redis), Row(likes=5, shares=9, version=8)
    await cast("Any", redis.hset(f"{key}:h", mapping={"likes": 5, "version": 7}))
    await redis.pexpire(f"{key}:h", 60_000)
    await counts.add(key, 8, shares=1)
    assert await counts.get(key, row.load) == {"likes": 5, "shares": 1, "version": 8}


async def test_a_key_of_another_type_is_a_miss(redis: Redis, key: str) -> None:
    """The same for a text, or a list, in the place of the hash."""
    counts, row = make(redis), Row(likes=3)
    await redis.set(f"{key}:h", '{"likes": 3}', px=60_000)
    assert await counts.get(key, row.load) == row.value
    assert await counts.get(key, row.load) == row.value
    assert row.loads == 1
    await redis.delete(f"{key}:h")
    await redis.set(f"{key}:h", '{"likes": 3}', px=60_000)
    assert not await counts.add(key, 2, likes=1)
    assert await redis.exists(f"{key}:h") == 0


async def overwritten_during_a_load(redis: Redis, key: str) -> Value:
    """Let something else write a text to the key while the row is loaded; return the answer."""
    counts, row = make(redis), Row(likes=3)

    async def load() -> Value:
        await redis.set(f"{key}:h", '{"likes": 3}', px=60_000)
        return await row.load()

    await counts.get(key, load)
    return await counts.get(key, row.load)


async def test_what_comes_during_a_load_is_replaced(redis: Redis, key: str) -> None:
    """A hash is created in the place of whatever stands there."""
    assert await overwritten_during_a_load(redis, key) == Row(likes=3).value


async def test_control_what_stands_there_is_in_the_way(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: the fill fails, and with it the request whose load went well."""
    monkeypatch.setattr(hashes, "CREATE", CREATE_OVER_WHATEVER_STANDS)
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await overwritten_during_a_load(redis, key)


async def test_a_step_that_cannot_be_taken_whole_is_not_taken(redis: Redis, key: str) -> None:
    """The second counter overflows: the first must not stay stepped, so the hash goes."""
    counts, row = make(redis), Row(likes=1, shares=2**63 - 1)
    await counts.get(key, row.load)
    assert not await counts.add(key, 2, likes=1, shares=1)
    assert await stored(redis, key) == {}


async def test_control_a_script_that_fails_half_way_keeps_what_it_did(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: the error is raised, one counter is stepped, and the version says it is not."""
    monkeypatch.setattr(hashes, "ADD", scripts.ADD.replace("redis.pcall", "redis.call"))
    counts, row = make(redis), Row(likes=1, shares=2**63 - 1)
    await counts.get(key, row.load)
    with pytest.raises(ResponseError, match="overflow"):
        await counts.add(key, 2, likes=1, shares=1)
    assert await counts.get(key, row.load) == {"likes": 2, "shares": 2**63 - 1, "version": 1}


async def test_unknown_fields_are_refused(redis: Redis, key: str) -> None:
    """Before anything is sent: a step on them would be lost, a load of them never stored."""
    counts = make(redis)
    await counts.get(key, Row(likes=1).load)
    with pytest.raises(ValueError, match=r"no fields.*'wows'"):
        await counts.add(key, 2, likes=1, wows=1)
    assert (await stored(redis, key))[b"likes"] == b"1"
    await counts.invalidate(key)
    for value in ({"likes": 1, "version": 1}, {"likes": 1, "shares": 1}):

        async def load(value: Value = value) -> Value:
            return value

        with pytest.raises(ValueError, match="must give"):
            await counts.get(key, load)
        assert await redis.exists(f"{key}:h", f"{key}:l") == 0
    for fields in ([], ["likes", "version"], ["key"]):
        with pytest.raises(ValueError, match="Fields are needed"):
            make(redis, fields=fields)


@pytest.mark.parametrize("count", [1.5, True, "1", None, 2**63])
async def test_a_count_that_redis_cannot_step_is_refused(
    redis: Redis, key: str, count: Any
) -> None:
    """Stored, it would be a miss for ever: the loader is told, and nothing is stored."""

    async def load() -> Value:
        return {"likes": count, "shares": 1, "version": 1}

    with pytest.raises(ValueError, match="whole numbers"):
        await make(redis).get(key, load)
    assert await redis.exists(f"{key}:h", f"{key}:l") == 0


async def test_a_herd_makes_one_load(connect: Callable[[], Redis], key: str) -> None:
    """Who finds the lease taken waits, looks again, and gets the value of the one load."""
    row, paused = Row(likes=5), asyncio.Semaphore(0)

    async def pause(_seconds: float) -> None:
        paused.release()
        await row.gate.wait()

    events = Events()
    clients = [make(connect(), events, sleep=pause) for _ in range(4)]
    row.hold()
    herd = [asyncio.create_task(each.get(key, row.load)) for each in clients * 3]
    for _ in range(11):
        await paused.acquire()
    row.gate.set()
    assert await asyncio.gather(*herd) == [row.value] * 12
    assert row.loads == 1
    assert events.counts == {"miss": 12, "load": 1, "waited": 11}


@pytest.mark.parametrize("exists", [True, False])
async def test_who_comes_late_looks_again_with_its_claim(
    connect: Callable[[], Redis], key: str, exists: bool
) -> None:
    """Another client filled between our look and our claim: no second load, no lease on a hash."""
    other, row = make(connect()), Row(likes=5)
    row.value = row.value if exists else None

    class Overtaken(hashes.Hashes):
        async def read(self, keys: Sequence[str]) -> dict[str, Value]:
            found = await super().read(keys)
            await other.get(key, row.load)
            return found

    late = make(connect())
    late._hashes = Overtaken(connect(), ["likes", "shares"])
    assert await late.get(key, row.load) == row.value
    assert row.loads == 1
    assert await connect().exists(f"{key}:l") == 0


async def test_what_is_won_is_loaded_before_the_rest_is_waited_for(redis: Redis, key: str) -> None:
    """Two batches that each hold what the other waits for must not wait in a circle."""
    row, taken, filled = Row(likes=5), f"{key}:taken", []
    await redis.set(f"{taken}:l", "other", px=60_000)

    async def pause(_seconds: float) -> None:
        filled.append(await redis.exists(f"{key}:h"))
        await redis.delete(f"{taken}:l")

    async def load_many(keys: Sequence[str]) -> dict[str, Value]:
        return dict.fromkeys(keys, row.value)

    counts = make(redis, sleep=pause)
    assert await counts.get_many([key, taken], load_many) == {key: row.value, taken: row.value}
    assert filled == [1]


async def test_pauses_grow_and_end_in_a_load_that_is_not_stored(
    redis: Redis, key: str, events: Events
) -> None:
    """The holder is silent for the whole wait: the caller loads for itself, stores nothing."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    await redis.set(f"{key}:l", "dead", px=60_000)
    counts = make(redis, events, pause_s=(0.25, 1.0), wait_s=2.0, sleep=pause)
    assert await counts.get(key, Row(likes=5).load) == {"likes": 5, "shares": 0, "version": 1}
    assert pauses == [0.25, 0.5, 1.0, 0.25]
    assert await stored(redis, key) == {}
    assert await redis.get(f"{key}:l") == b"dead"
    assert events.counts == {"miss": 1, "unguarded_load": 1}


@pytest.mark.parametrize("how", ["error", "cancelled"])
async def test_a_failed_load_gives_up_the_lease(
    redis: Redis, key: str, events: Events, how: str
) -> None:
    """The next caller loads at once and does not wait for the lease to end."""
    counts, source = make(redis, events), Source()
    source.hold()
    holder = asyncio.create_task(Texts(counts).get(key, source.load))
    await source.started.wait()
    assert 0 < await redis.pttl(f"{key}:l") <= 60_000
    if how == "error":
        source.error = LookupError("the database said no")
        source.gate.set()
    else:
        holder.cancel()
    with pytest.raises((LookupError, asyncio.CancelledError)):
        await holder
    assert await redis.exists(f"{key}:l") == 0
    assert events.counts == {"miss": 1, "load_failed": 1}


async def test_a_link_that_is_cut_does_not_hide_the_error_of_the_load(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under uvloop a command on a cut link raises RuntimeError: not the caller's affair."""
    counts = make(redis)

    async def cut(_won: object) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>")

    async def load() -> Value:
        raise LookupError("the database said no")

    monkeypatch.setattr(counts._hashes, "release", cut)
    with pytest.raises(LookupError):
        await counts.get(key, load)


async def test_control_a_lease_that_is_kept_after_a_failure_stops_the_next(
    redis: Redis, key: str, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: the next caller waits for nobody, and what it loads is not stored."""
    monkeypatch.setattr(hashes, "RELEASE", LEAVE_ALL_AS_IT_IS)
    counts, row = make(redis, events, wait_s=0.001), Row(likes=5)
    with pytest.raises(LookupError):
        await counts.get(key, failing)
    assert await counts.get(key, row.load) == row.value
    assert events.counts == {"miss": 2, "load_failed": 1, "unguarded_load": 1}
    assert await stored(redis, key) == {}


async def failing() -> Value:
    """Load nothing."""
    raise LookupError("the database said no")


async def test_a_failed_load_is_told_though_the_lease_cannot_be_given_up(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are away: what the caller sees is the error of the load."""
    monkeypatch.setattr(hashes, "RELEASE", OUT_OF_ORDER)
    with pytest.raises(LookupError, match="said no"):
        await make(redis).get(key, failing)


async def leases_after_a_late_failure(redis: Redis, key: str) -> int:
    """Let a load fail when its lease is over and another is loading; return what leases stand."""
    late, row = make(redis), Row()

    async def fail_late() -> Value:
        await redis.delete(f"{key}:l")  # as its end would
        row.hold()
        tasks.append(asyncio.create_task(make(redis).get(key, row.load)))
        await row.started.wait()
        raise LookupError("the database said no")

    tasks: list[asyncio.Task[Value]] = []
    with pytest.raises(LookupError):
        await late.get(key, fail_late)
    standing = int(await redis.exists(f"{key}:l"))
    row.gate.set()
    assert await tasks[0] == row.value
    return standing


async def test_a_late_failure_leaves_the_lease_of_another(redis: Redis, key: str) -> None:
    """It gives up its own, which is gone already."""
    assert await leases_after_a_late_failure(redis, key) == 1


async def test_control_a_lease_given_up_for_another_refuses_its_fill(
    redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without the look at the token."""
    monkeypatch.setattr(hashes, "RELEASE", RELEASE_WHOEVER_HOLDS)
    assert await leases_after_a_late_failure(redis, key) == 0
    assert await stored(redis, key) == {}


async def test_a_batch_is_one_look_one_load_one_fill(redis: Redis, key: str) -> None:
    """What is missing of many keys is loaded together; each key is filled under its own lease."""
    counts, asked = make(redis), []

    async def load_many(keys: Sequence[str]) -> dict[str, Value]:
        asked.append(list(keys))
        await counts.add(keys[0], 2, likes=1)  # a step overtakes the load of the first
        return {key: {"likes": 1, "shares": 0, "version": 1} for key in keys}

    keys = [f"{key}:{i}" for i in range(4)]
    await counts.get_many(keys[:2], load_many)
    assert set(await counts.get_many([*keys, keys[0]], load_many)) == set(keys)
    assert asked == [keys[:2], [keys[0], *keys[2:]]]
    assert [await redis.exists(f"{each}:h") for each in keys] == [0, 1, 1, 1]


async def test_the_server_may_forget_the_scripts(redis: Redis, key: str) -> None:
    """After a restart or SCRIPT FLUSH each script is sent once more."""
    counts, row = make(redis), Row(likes=1)
    await redis.script_flush()
    await counts.get(key, row.load)
    await redis.script_flush()
    assert await counts.add(key, 2, likes=1)
    assert await counts.get(key, row.load) == {"likes": 2, "shares": 0, "version": 2}
