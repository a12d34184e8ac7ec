"""Rebuilding a decayed ranking: each event counted once, whenever it comes."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from redis.asyncio import Redis

from service.patterns.decayed_ranking import DecayedRanking, Event, decayed_ranking, scripts

from .contract import Clock, Events

HALF_LIFE_S = 3600.0
ERA_S = 16 * HALF_LIFE_S
NOW_S = 30_000.5 * ERA_S  # in the middle of an era
UNTIL_S = NOW_S + 1  # where a rebuild that begins now cuts time in two

WITHOUT_THE_LOG = scripts.CHANGE.replace(
    "redis.call('HINCRBY', KEYS[3], ARGV[4] .. ':' .. ARGV[3], ARGV[5])", ""
)
WITHOUT_GIVING_UP = scripts.CHANGE.replace("redis.call('DEL', KEYS[3])", "")


class Rankings(Protocol):
    """What makes a ranking for a test."""

    def __call__(self, **settings: Any) -> DecayedRanking:
        """Make one, with a connection of its own."""


class Held:
    """A step of a rebuild that begins, and goes on when it is told to."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.gate = asyncio.Event()

    async def __call__(self, _seconds: float = 0.0) -> None:
        """Wait for the gate."""
        self.started.set()
        await self.gate.wait()


class Votes:
    """The table of votes: what is in it when it is read, and a gate after the read."""

    def __init__(self, *votes: Event) -> None:
        self.votes = list(votes)
        self.held = Held()
        self.held.gate.set()
        self.asked: list[tuple[float, float]] = []
        self.error: Exception | None = None

    async def load(self, since_s: float, until_s: float) -> list[Event]:
        """Read the votes in between now, give them back once the gate is open."""
        self.asked.append((since_s, until_s))
        found = [vote for vote in self.votes if since_s <= vote.at_s < until_s]
        await self.held()
        if self.error:
            raise self.error
        return found


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    made = Clock()
    made.now_s = NOW_S
    return made


@pytest.fixture
def settling() -> Held:
    """The pause before the load, over at once unless a test holds it."""
    made = Held()
    made.gate.set()
    return made


@pytest.fixture
def rankings(connect: Callable[[], Redis], key: str, clock: Clock, settling: Held) -> Rankings:
    """Rankings at one key, of processes that share a clock."""
    return lambda **settings: DecayedRanking(
        connect(),
        key=key,
        half_life_s=HALF_LIFE_S,
        clock=clock,
        sleep=settling,
        **settings,
    )


def vote(post: int, at_s: float = NOW_S, weight: float = 1.0) -> Event:
    """Vote for a post."""
    return Event(f"post:{post}", weight, at_s)


async def shown(ranking: DecayedRanking) -> list[tuple[str, float]] | None:
    """Read the list as people see it."""
    top = await ranking.top(10)
    return None if top is None else [(each.member, round(each.score, 1)) for each in top]


async def test_a_rebuilt_ranking_is_the_one_that_events_made(
    rankings: Rankings, redis: Redis, key: str
) -> None:
    """Scores and sums are the same, to the last bit, and take events as if they had never gone."""
    past = [vote(i % 7, NOW_S - i * 900) for i in range(150)]
    hot = rankings()
    await hot.create()
    for event in past:
        await hot.add(*event)
    scores = await redis.zrange(f"{key}:z", 0, -1, withscores=True)
    await hot.invalidate()
    assert await hot.rebuild(Votes(*past).load) is True
    assert scores == await redis.zrange(f"{key}:z", 0, -1, withscores=True)
    for event in past:
        assert await hot.undo(*event) is True
    assert await hot.top(10) == []


async def test_the_load_is_asked_for_what_still_counts(rankings: Rankings) -> None:
    """From two eras before this one, 32 half-lives at least, up to the cut a second ahead."""
    votes = Votes()
    assert await rankings().rebuild(votes.load) is True
    assert [(29_998 * ERA_S, UNTIL_S)] == votes.asked
    assert await rankings().top(10) == []


async def test_only_the_best_are_rebuilt(rankings: Rankings, redis: Redis, key: str) -> None:
    """Of more members than the ranking keeps the lowest are left out, with their sums."""
    hot = rankings(most=1500)
    votes = Votes(*(vote(i, weight=1 + i / 100) for i in range(2000)))
    assert await hot.rebuild(votes.load) is True
    assert await redis.zcard(f"{key}:z") == 1501
    assert await redis.hlen(f"{key}:h") == 1500
    assert [each.member for each in await hot.top(2) or []] == ["post:1999", "post:1998"]


async def rebuild_under_votes(
    rankings: Rankings, clock: Clock, settling: Held
) -> list[tuple[str, float]] | None:
    """Vote before the load and during it, in front of the cut and behind it; read the list."""
    hot, other, votes = rankings(), rankings(), Votes(vote(1))
    settling.gate.clear()
    votes.held.gate.clear()
    rebuild = asyncio.create_task(hot.rebuild(votes.load))
    await settling.started.wait()
    early = vote(2, NOW_S + 0.5)  # committed, then added: the load will see it
    votes.votes.append(early)
    await other.add(*early)
    settling.gate.set()
    await votes.held.started.wait()
    clock.now_s = UNTIL_S + 1
    late, undone = vote(3, UNTIL_S), vote(4, UNTIL_S + 0.5)
    for event in (late, undone):
        votes.votes.append(event)  # after the read, and beyond its bound as well
        await other.add(*event)
    await other.undo(*undone)
    votes.held.gate.set()
    assert await rebuild is True
    return sorted(await shown(hot) or [])


async def test_votes_during_a_rebuild_are_counted_once(
    rankings: Rankings, clock: Clock, settling: Held
) -> None:
    """In front of the cut the load finds them, behind it the log has them; an undo is one too."""
    expected = [("post:1", 1.0), ("post:2", 1.0), ("post:3", 1.0)]
    assert await rebuild_under_votes(rankings, clock, settling) == expected


async def test_control_without_the_log_they_are_lost(
    rankings: Rankings, clock: Clock, settling: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: an event that only looks for a ranking misses the one that is being made."""
    monkeypatch.setattr(decayed_ranking, "CHANGE", WITHOUT_THE_LOG)
    expected = [("post:1", 1.0), ("post:2", 1.0)]
    assert await rebuild_under_votes(rankings, clock, settling) == expected


async def undo_during_the_load(rankings: Rankings) -> tuple[bool, list[tuple[str, float]] | None]:
    """Take back an old vote after the load has read it."""
    hot, votes = rankings(), Votes(vote(1), vote(2))
    votes.held.gate.clear()
    rebuild = asyncio.create_task(hot.rebuild(votes.load))
    await votes.held.started.wait()
    await rankings().undo(*votes.votes.pop())
    votes.held.gate.set()
    return await rebuild, await shown(hot)


async def test_a_rebuild_that_cannot_know_is_given_up(rankings: Rankings) -> None:
    """Was the vote taken back before the read or after it? So nothing is stored, and told."""
    assert await undo_during_the_load(rankings) == (False, None)


async def test_control_a_guess_would_rank_what_nobody_voted_for(
    rankings: Rankings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: stored all the same, the ranking keeps the vote that is gone."""
    monkeypatch.setattr(decayed_ranking, "CHANGE", WITHOUT_GIVING_UP)
    assert await undo_during_the_load(rankings) == (True, [("post:2", 1.0), ("post:1", 1.0)])


async def test_a_ranking_serves_while_it_is_rebuilt(rankings: Rankings) -> None:
    """What exists is read and counted in until the new one takes its place, whole."""
    hot, votes = rankings(), Votes(vote(1))
    await hot.create()
    await hot.add(*vote(9, weight=5))
    votes.held.gate.clear()
    rebuild = asyncio.create_task(hot.rebuild(votes.load))
    await votes.held.started.wait()
    assert await hot.add(*vote(2, UNTIL_S)) is True
    assert await shown(hot) == [("post:9", 5.0), ("post:2", 1.0)]
    votes.held.gate.set()
    assert await rebuild is True
    assert sorted(await shown(hot) or []) == [("post:1", 1.0), ("post:2", 1.0)]


async def test_one_rebuild_at_a_time(rankings: Rankings) -> None:
    """The second is refused before it loads anything."""
    one, two = Votes(vote(1)), Votes(vote(2))
    one.held.gate.clear()
    rebuild = asyncio.create_task(rankings().rebuild(one.load))
    await one.held.started.wait()
    assert await rankings().rebuild(two.load) is False
    assert two.asked == []
    one.held.gate.set()
    assert await rebuild is True
    assert await shown(rankings()) == [("post:1", 1.0)]


@pytest.mark.parametrize("cancelled", [True, False])
async def test_a_rebuild_that_ends_early_is_not_in_the_way(
    rankings: Rankings, redis: Redis, key: str, cancelled: bool
) -> None:
    """A failed or cancelled load stores nothing, and the next rebuild begins at once."""
    hot, votes = rankings(), Votes(vote(1))
    votes.held.gate.clear()
    rebuild = asyncio.create_task(hot.rebuild(votes.load))
    await votes.held.started.wait()
    if cancelled:
        rebuild.cancel()
    else:
        votes.error = LookupError("the database said no")
        votes.held.gate.set()
    await asyncio.wait([rebuild])
    assert rebuild.cancelled() or isinstance(rebuild.exception(), LookupError)
    assert await redis.keys(f"{key}*") == []
    assert await hot.rebuild(Votes(vote(2)).load) is True


async def test_an_invalidated_rebuild_is_not_stored(rankings: Rankings) -> None:
    """Its log is gone, so it cannot know what it missed."""
    hot, votes = rankings(), Votes(vote(1))
    votes.held.gate.clear()
    rebuild = asyncio.create_task(hot.rebuild(votes.load))
    await votes.held.started.wait()
    await rankings().invalidate()
    votes.held.gate.set()
    assert await rebuild is False
    assert await hot.top(10) is None


async def test_lists_are_counted(rankings: Rankings, key: str, events: Events) -> None:
    """A list is a hit or a miss; a rebuild that is not stored is told."""
    hot, votes = rankings(observe=events), Votes(vote(1))

    async def overtaken(since_s: float, until_s: float) -> list[Event]:
        await hot.invalidate()
        return await votes.load(since_s, until_s)

    await hot.top(9)
    await hot.rebuild(overtaken)
    await hot.rebuild(votes.load)
    await hot.top(9)
    expected = ["miss", "refused_fill", "hit"]
    assert [(event, {"key": key}) for event in expected] == events.seen


async def test_the_log_has_a_ttl(rankings: Rankings, redis: Redis, key: str) -> None:
    """A rebuild that dies leaves nothing for ever."""
    votes = Votes(vote(1))
    votes.held.gate.clear()
    rebuild = asyncio.create_task(rankings().rebuild(votes.load))
    await votes.held.started.wait()
    await rankings().add(*vote(2, UNTIL_S))
    assert 0 < await redis.pttl(f"{key}:b") <= 62_000
    votes.held.gate.set()
    assert await rebuild is True
    assert await redis.exists(f"{key}:b") == 0
