"""Decayed ranking: the order of exact arithmetic for ten years, and undo to the last bit."""

import math
import random
import struct
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import pytest
from redis.asyncio import Redis

from service.patterns.decayed_ranking import DecayedRanking, Event, decayed_ranking, scripts

from .contract import Clock

SEED = 42009
HALF_LIFE_S = 6 * 3600.0
ERA_S = 16 * HALF_LIFE_S
START_S = 5000 * ERA_S  # the first moment of an era, in 2024
YEAR_S = 365.25 * 86400

INEXACT_FACTOR = scripts.CHANGE.replace("HALVED = 1.52587890625e-05", "HALVED = 1e-05")
ONE_KEY_IS_ENOUGH = scripts.CHANGE.replace(
    "if not record ~= not redis.call('ZSCORE', KEYS[1], member)", "if false"
)


class Rankings(Protocol):
    """What makes a ranking for a test."""

    def __call__(self, **settings: Any) -> DecayedRanking:
        """Make one, with a connection of its own."""


@pytest.fixture
def clock() -> Clock:
    """A clock that stands in the middle of an era."""
    made = Clock()
    made.now_s = START_S + ERA_S / 2
    return made


@pytest.fixture
def rankings(connect: Callable[[], Redis], key: str, clock: Clock) -> Rankings:
    """Rankings at one key, of processes that share a clock."""
    return lambda **settings: DecayedRanking(
        connect(), key=key, clock=clock, **{"half_life_s": HALF_LIFE_S, **settings}
    )


async def stored(redis: Redis, key: str) -> dict[bytes, float]:
    """Read the scores as they are, without the marker, the best first."""
    found: Any = await redis.zrange(f"{key}:z", 0, -1, desc=True, withscores=True)
    return {member: score for member, score in found if score > -math.inf}


async def shown(ranking: DecayedRanking, n: int = 10) -> list[tuple[str, float]] | None:
    """Read the list as people see it."""
    top = await ranking.top(n)
    return None if top is None else [(each.member, round(each.score, 2)) for each in top]


def bits(scores: Iterable[float]) -> list[bytes]:
    """Give the 64 bits of each score."""
    return [struct.pack(">d", score) for score in scores]


def exact(events: Iterable[Event], now_s: float) -> dict[str, float]:
    """Add up decayed weights without rounding on the way."""
    parts = defaultdict(list)
    for event in events:
        parts[event.member].append(event.weight * 2 ** ((event.at_s - now_s) / HALF_LIFE_S))
    return {member: math.fsum(each) for member, each in parts.items()}


def drawn(count: int, since_s: float, until_s: float, *, seed: int = SEED) -> list[Event]:
    """Draw votes and comments on thirty posts, as times come."""
    dice = random.Random(seed)
    return [
        Event(f"post:{dice.randrange(30)}", dice.choice((1.0, 2.0)), dice.uniform(since_s, until_s))
        for _ in range(count)
    ]


class Plain:
    """The mutant: forward decay in floating point, its landmark set once and for all."""

    def __init__(self, redis: Redis, key: str, landmark_s: float) -> None:
        self._redis = redis
        self._key = f"{key}:z"
        self._landmark_s = landmark_s

    async def add(self, member: str, weight: float, at_s: float) -> None:
        """Add with ZINCRBY."""
        age = (at_s - self._landmark_s) / HALF_LIFE_S
        await self._redis.zincrby(self._key, weight * 2**age, member)

    async def undo(self, member: str, weight: float, at_s: float) -> None:
        """Subtract the same."""
        await self.add(member, -weight, at_s)


async def test_an_event_makes_no_ranking(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """Where there is none an event does nothing, and the list says that there is none."""
    hot = rankings()
    assert await hot.add("post:42", 1, clock.now_s) is False
    assert await hot.undo("post:42", 1, clock.now_s) is False
    assert await hot.top(10) is None
    assert await redis.keys(f"{key}*") == []


async def test_control_a_plain_increment_makes_a_ranking_of_one(
    rankings: Rankings, redis: Redis, key: str
) -> None:
    """The switch: with a bare ZINCRBY the first event after an eviction is the whole ranking."""
    await Plain(redis, key, START_S).add("post:42", 1, START_S)
    assert list(await stored(redis, key)) == [b"post:42"]
    await rankings().invalidate()


async def test_empty_is_not_absent(rankings: Rankings, clock: Clock) -> None:
    """A ranking is made on purpose, may be empty, and is not made twice."""
    hot = rankings()
    assert await hot.create() is True
    assert await hot.top(10) == []
    await hot.add("post:42", 1, clock.now_s)
    assert await hot.create() is False
    assert await shown(hot) == [("post:42", 1.0)]
    await hot.undo("post:42", 1, clock.now_s)
    assert await hot.top(10) == []


async def test_a_weight_halves_with_each_half_life(rankings: Rankings, clock: Clock) -> None:
    """What is shown is the sum of weights as they have decayed by now."""
    hot = rankings()
    await hot.create()
    await hot.add("post:1", 4, clock.now_s - 2 * HALF_LIFE_S)
    await hot.add("post:2", 2, clock.now_s)
    clock.now_s += HALF_LIFE_S
    assert await shown(hot) == [("post:2", 1.0), ("post:1", 0.5)]
    assert await shown(hot, 1) == [("post:2", 1.0)]


@pytest.mark.parametrize("n", [0, -1])
async def test_a_list_of_no_places_is_refused(rankings: Rankings, n: int) -> None:
    """Redis counts backwards below zero: the best 0 would be all, the best -1 all but one."""
    hot = rankings()
    await hot.create()
    with pytest.raises(ValueError, match="at least one place"):
        await hot.top(n)


async def test_undo_leaves_no_trace_of_many_events(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """400 events of three eras, half of them undone, in any order: the bits of the other half."""
    events = drawn(400, START_S - 2 * ERA_S, START_S + ERA_S / 2)
    kept, undone = events[::2], events[1::2]
    hot = rankings()
    await hot.create()
    for event in kept:
        await hot.add(*event)
    alone = await stored(redis, key)
    await hot.invalidate()
    await hot.create()
    dice = random.Random(SEED)
    jobs = [(dice.random(), hot.add, event) for event in kept]
    for event in undone:
        first, then = sorted((dice.random(), dice.random()))
        jobs += [(first, hot.add, event), (then, hot.undo, event)]
    for _when, change, event in sorted(jobs, key=lambda job: job[0]):
        assert await change(*event) is True
    assert alone == await stored(redis, key)
    assert bits(alone.values()) == bits((await stored(redis, key)).values())


async def test_control_floating_point_keeps_a_remainder(redis: Redis, key: str) -> None:
    """The switch: the same with plain floating-point sums ends with other bits."""
    events = drawn(400, START_S - 2 * ERA_S, START_S + ERA_S / 2)
    plain = Plain(redis, key, START_S - 2 * ERA_S)
    for event in events[::2]:
        await plain.add(*event)
    alone = await stored(redis, key)
    for event in events[1::2]:
        await plain.add(*event)
    for event in events[1::2]:
        await plain.undo(*event)
    after = await stored(redis, key)
    await redis.delete(f"{key}:z")
    assert sum(after[member] != alone[member] for member in alone) > 0


async def test_a_late_undo_takes_what_the_vote_has_become(rankings: Rankings, clock: Clock) -> None:
    """A vote of 30 half-lives ago leaves the score of others alone when it is taken back."""
    hot = rankings()
    await hot.create()
    then_s = clock.now_s
    await hot.add("post:42", 1, then_s)
    clock.now_s += 30 * HALF_LIFE_S
    await hot.add("post:42", 1, clock.now_s)
    assert await shown(hot) == [("post:42", 1.0)]
    assert await hot.undo("post:42", 1, then_s) is True
    assert await shown(hot) == [("post:42", 1.0)]
    assert await hot.undo("post:42", 1, clock.now_s) is True
    assert await shown(hot) == []


async def test_control_where_scores_decay_a_late_undo_goes_too_far(redis: Redis, key: str) -> None:
    """The switch: halve what is stored with each half-life, and the vote's 1 is long gone."""
    await redis.zincrby(key, 1.0, "post:42")
    await redis.zadd(key, {"post:42": 0.5})
    assert await redis.zincrby(key, -1.0, "post:42") == -0.5
    await redis.delete(key)


class Eras:
    """A ranking of thirty posts before and after the begin of eras, and after a touch of each."""

    def __init__(self, rankings: Rankings, redis: Redis, key: str, clock: Clock) -> None:
        self._hot = rankings()
        self._redis = redis
        self._key = key
        self._clock = clock

    async def pass_by(self, eras: int) -> None:
        """Fill the ranking, let eras begin, then add and undo an event of each member."""
        await self._hot.create()
        for event in drawn(300, START_S - 2 * ERA_S, self._clock.now_s):
            await self._hot.add(*event)
        self.before = await stored(self._redis, self._key)
        self._clock.now_s += eras * ERA_S
        await self._hot.add("newcomer", 1, self._clock.now_s)
        await self._hot.undo("newcomer", 1, self._clock.now_s)
        self.after = await stored(self._redis, self._key)
        for member in self.after:
            await self._hot.add(member.decode(), 1, self._clock.now_s)
            await self._hot.undo(member.decode(), 1, self._clock.now_s)
        self.touched = await stored(self._redis, self._key)


@pytest.mark.parametrize("eras", [1, 2, 3, 5])
async def test_a_new_era_is_an_exact_division(
    rankings: Rankings, redis: Redis, key: str, clock: Clock, eras: int
) -> None:
    """Every score times 2^-16, bit by bit, in the same order; also when made of its sums again."""
    ranking = Eras(rankings, redis, key, clock)
    await ranking.pass_by(eras)
    assert len(ranking.before) == 30
    assert list(ranking.before) == list(ranking.after)
    divided = [score * 2.0 ** (-16 * eras) for score in ranking.before.values()]
    assert bits(divided) == bits(ranking.after.values())
    assert bits(divided) == bits(ranking.touched.values())


async def test_control_another_factor_is_not_exact(
    rankings: Rankings, redis: Redis, key: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: divided by 100,000 the scores are not what their sums make of them."""
    monkeypatch.setattr(decayed_ranking, "CHANGE", INEXACT_FACTOR)
    ranking = Eras(rankings, redis, key, clock)
    await ranking.pass_by(3)
    assert bits(ranking.after.values()) != bits(ranking.touched.values())


async def test_a_straggler_of_the_old_era_counts_what_it_is_worth(
    rankings: Rankings, clock: Clock
) -> None:
    """An event that is added after a newer one has begun an era has its own, smaller weight."""
    one, two = rankings(), rankings()
    await one.create()
    before_s, after_s = START_S + ERA_S - 1, START_S + ERA_S + 1
    clock.now_s = after_s
    await one.add("post:1", 3, after_s)
    await two.add("post:2", 1, before_s)
    assert await shown(one) == [("post:1", 3.0), ("post:2", 1.0)]


async def test_control_a_landmark_in_the_process_puts_the_straggler_on_top(
    redis: Redis, key: str
) -> None:
    """The switch: who has not heard that the scores were divided adds 65,536 times too much."""
    one, two = Plain(redis, key, START_S), Plain(redis, key, START_S)
    await redis.zunionstore(f"{key}:z", {f"{key}:z": 2.0**-16})
    one._landmark_s += ERA_S
    await one.add("post:1", 3, START_S + ERA_S + 1)
    await two.add("post:2", 1, START_S + ERA_S - 1)
    assert list(await stored(redis, key)) == [b"post:2", b"post:1"]
    await redis.delete(f"{key}:z")


async def test_ten_years_keep_the_order_of_exact_arithmetic(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """913 eras, a burst of votes in each, every tenth taken back: order and values hold."""
    hot, dice = rankings(), random.Random(SEED)
    await hot.create()
    live: list[Event] = []
    for era in range(math.ceil(10 * YEAR_S / ERA_S)):
        burst_s = START_S + era * ERA_S + dice.uniform(0, ERA_S / 2)
        for event in drawn(6, burst_s, burst_s + ERA_S / 4, seed=era):
            clock.now_s = max(clock.now_s, event.at_s)
            await hot.add(*event)
            live.append(event)
            if dice.random() < 0.1:
                assert await hot.undo(*live.pop(-dice.randrange(1, 6))) is True
        live = live[-60:]  # older ones have lost 144 half-lives
        expected = exact(live, clock.now_s)
        top = await hot.top(5)
        assert top is not None
        best = sorted(expected, key=lambda member: -expected[member])[:5]
        assert best == [each.member for each in top]
        for each in top:
            assert each.score == pytest.approx(expected[each.member], rel=0.001)
    assert clock.now_s - START_S > 10 * YEAR_S - ERA_S
    scores = (await stored(redis, key)).values()
    assert all(2.0**-101 < score < 2.0**53 for score in scores)


async def test_control_without_eras_the_scores_end_in_infinity(redis: Redis, key: str) -> None:
    """The switch: with one landmark for ever a half-life of six hours is over after 256 days."""
    plain = Plain(redis, key, START_S)
    for day in (255, 256):
        await plain.add(f"post:{day}", 1, START_S + day * 86400 - 1)
    assert all(map(math.isfinite, (await stored(redis, key)).values()))
    await plain.add("post:255", 2, START_S + 256 * 86400 - 1)
    assert math.inf in (await stored(redis, key)).values()
    await redis.delete(f"{key}:z")


async def test_the_largest_sums_are_exact(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """A hundred million at the end of an era, and a single vote is still added and undone."""
    hot = rankings()
    await hot.create()
    clock.now_s = START_S + ERA_S - 1
    await hot.add("post:42", 1e8, clock.now_s)
    before = await stored(redis, key)
    await hot.add("post:42", 1, START_S)
    assert (await stored(redis, key))[b"post:42"] == before[b"post:42"] + 1024
    await hot.undo("post:42", 1, START_S)
    assert bits(before.values()) == bits((await stored(redis, key)).values())


@pytest.mark.parametrize("weight", [0.0, -1.0, 0.0001, 1e12])
async def test_a_weight_beyond_exactness_is_refused(
    rankings: Rankings, clock: Clock, weight: float
) -> None:
    """Too small to be a unit, too large for 53 bits: said, not rounded away."""
    with pytest.raises(ValueError, match="weight"):
        await rankings().add("post:42", weight, clock.now_s)


async def test_only_the_best_are_kept(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """Over its bound the lowest go, with their sums; an undo for one of them does nothing."""
    hot = rankings(most=3)
    await hot.create()
    for weight in (5, 1, 4, 2, 3):
        await hot.add(f"post:{weight}", weight, clock.now_s)
    assert await shown(hot) == [("post:5", 5.0), ("post:4", 4.0), ("post:3", 3.0)]
    assert sorted(await redis.hkeys(f"{key}:h")) == [b"post:3", b"post:4", b"post:5"]
    assert await hot.undo("post:2", 2, clock.now_s) is False
    assert len(await stored(redis, key)) == 3


async def test_what_has_all_but_vanished_is_forgotten(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """Below 2^-100 units a member goes, with its sums, before its score loses bits."""
    hot = rankings()
    await hot.create()
    await hot.add("post:old", 1, clock.now_s)
    clock.now_s += 110 * HALF_LIFE_S
    await hot.add("post:new", 1, clock.now_s)
    assert list(await stored(redis, key)) == [b"post:new", b"post:old"]
    clock.now_s += 32 * HALF_LIFE_S
    await hot.add("post:new", 1, clock.now_s)
    assert list(await stored(redis, key)) == [b"post:new"]
    assert await redis.hkeys(f"{key}:h") == [b"post:new"]


async def test_a_ranking_that_nobody_voted_in_for_long_begins_anew(
    rankings: Rankings, clock: Clock
) -> None:
    """However many eras have gone, also where a double has no power of two for so many."""
    hot = rankings()
    await hot.create()
    for eras in (1, 60, 63, 64, 66, 67, 68, 1000):
        await hot.add(f"post:{eras}", 1, clock.now_s)
        clock.now_s += eras * ERA_S
        await hot.add("post:42", 1, clock.now_s)
        assert await shown(hot, 1) == [("post:42", 1.0)]
        await hot.undo("post:42", 1, clock.now_s)
    assert await shown(hot) == []


async def test_an_event_of_long_ago_is_neither_added_nor_undone(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """From 48 half-lives on, at the latest, it has no sum of its own; its rest goes on halving."""
    hot = rankings()
    await hot.create()
    then_s = clock.now_s
    await hot.add("post:42", 1, then_s)
    clock.now_s += 48 * HALF_LIFE_S
    await hot.add("post:43", 1, clock.now_s)
    before = await stored(redis, key)
    assert await hot.undo("post:42", 1, then_s) is False
    assert await hot.add("post:44", 1, then_s) is False
    assert before == await stored(redis, key)


async def test_an_undo_begins_no_era(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """An event that was never counted, for want of a ranking or a member, is not taken back."""
    hot = rankings()
    await hot.create()
    await hot.add("post:42", 1, clock.now_s)
    before = await stored(redis, key)
    clock.now_s += ERA_S
    assert await hot.undo("post:42", 1, clock.now_s) is False
    assert await hot.undo("post:43", 1, clock.now_s - ERA_S) is False
    assert before == await stored(redis, key)


async def evict_the_sums(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> list[tuple[str, float]] | None:
    """Let Redis evict one of the two keys, count an event; read the list."""
    hot = rankings()
    await hot.create()
    await hot.add("post:1", 100, clock.now_s)
    await hot.add("post:2", 1, clock.now_s)
    await redis.delete(f"{key}:h")
    await hot.add("post:1", 1, clock.now_s)
    return await shown(hot)


async def test_a_ranking_without_its_sums_is_dropped(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """The first event that notices drops what is left: absent is better than wrong."""
    assert await evict_the_sums(rankings, redis, key, clock) is None
    assert await redis.keys(f"{key}*") == []


async def test_control_half_a_ranking_goes_on_with_wrong_sums(
    rankings: Rankings, redis: Redis, key: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without the look at both keys a post loses a hundred votes with its next one."""
    monkeypatch.setattr(decayed_ranking, "CHANGE", ONE_KEY_IS_ENOUGH)
    assert await evict_the_sums(rankings, redis, key, clock) == [("post:2", 1.0), ("post:1", 1.0)]


async def test_sums_without_a_ranking_make_none(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """When the other key is evicted events find no ranking, and a new one does not see old sums."""
    hot = rankings()
    await hot.create()
    await hot.add("post:1", 100, clock.now_s)
    await redis.delete(f"{key}:z")
    assert await hot.add("post:1", 1, clock.now_s) is False
    await hot.create()
    await hot.add("post:1", 1, clock.now_s)
    assert await shown(hot) == [("post:1", 1.0)]


async def test_a_time_in_the_future_is_refused(rankings: Rankings, clock: Clock) -> None:
    """Milliseconds taken for seconds would begin an era in which all others count for nothing."""
    hot = rankings()
    await hot.create()
    await hot.add("post:1", 1, clock.now_s + 60)
    with pytest.raises(ValueError, match="seconds since the epoch"):
        await hot.add("post:2", 1, clock.now_s * 1000)
    assert await shown(hot) == [("post:1", 1.0)]


@pytest.mark.parametrize("half_life_s", [60.0, 900.0, HALF_LIFE_S])
async def test_a_time_in_the_future_stops_no_ranking(
    rankings: Rankings, clock: Clock, half_life_s: float
) -> None:
    """However short the half-life: what is ahead and let through leaves room for what is now."""
    hot = rankings(half_life_s=half_life_s)
    await hot.create()
    with pytest.raises(ValueError, match="in the future"):
        await hot.add("post:1", 1, clock.now_s + 3601)
    with pytest.raises(ValueError, match="in the future"):
        await hot.add("post:1", 1, clock.now_s + half_life_s + 1)
    assert await hot.add("post:2", 1, clock.now_s + min(3600.0, half_life_s)) is True
    assert [await hot.add("post:3", 1, clock.now_s) for _ in range(3)] == [True] * 3
    assert (await shown(hot, 1) or [])[0] == ("post:3", 3.0)


async def test_control_a_time_in_the_future_empties_the_ranking(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """The switch: let such an event through, and it is alone."""
    hot = rankings()
    await hot.create()
    await hot.add("post:1", 1, clock.now_s)
    clock.now_s *= 1000
    await hot.add("post:2", 1, clock.now_s)
    assert list(await stored(redis, key)) == [b"post:2"]


async def test_a_member_that_looks_like_the_marker_is_refused(
    rankings: Rankings, clock: Clock
) -> None:
    """The one name that is taken."""
    with pytest.raises(ValueError, match="member"):
        await rankings().add("~5000", 1, clock.now_s)


async def test_every_key_has_a_ttl_that_events_prolong(
    rankings: Rankings, redis: Redis, key: str, clock: Clock
) -> None:
    """A maintained structure lives thirty days from the last event, also over a new era."""
    hot = rankings()
    await hot.create()
    assert [f"{key}:z".encode()] == await redis.keys(f"{key}*")
    assert 0 < await redis.pttl(f"{key}:z") <= 30 * 86_400_000
    await hot.add("post:1", 1, clock.now_s)
    for _ in range(2):
        for part in "zh":
            assert 29 * 86_400_000 < await redis.pttl(f"{key}:{part}") <= 30 * 86_400_000
            await redis.pexpire(f"{key}:{part}", 1000)
        clock.now_s += ERA_S
        await hot.add("post:1", 1, clock.now_s)
    assert len(await redis.keys(f"{key}*")) == 2


async def test_scripts_survive_being_forgotten(
    rankings: Rankings, redis: Redis, clock: Clock
) -> None:
    """After SCRIPT FLUSH, as after a restart, every step works again."""
    hot = rankings()
    await hot.create()
    await redis.script_flush()
    assert await hot.add("post:1", 1, clock.now_s) is True
    assert await shown(hot) == [("post:1", 1.0)]
