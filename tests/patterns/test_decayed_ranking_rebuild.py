"""Rebuilding a decayed ranking: each event counted once, whenever it comes."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from redis.asyncio import Redis

from service.patterns.decayed_ranking import DecayedRanking, Event, decayed_ranking, scripts
from service.patterns.decayed_ranking import rebuild as rebuilding

from .contract import Clock, Events

HALF_LIFE_S = 3600.0
ERA_S = 16 * HALF_LIFE_S
NOW_S = 30_000.5 * ERA_S  # in the middle of an era
UNTIL_S = NOW_S + 1  # where a rebuild that begins now cuts time in two

WITHOUT_THE_LOG = scripts.CHANGE.replace(
    "redis.call('HINCRBY', KEYS[3], ARGV[4] .. ':' .. ARGV[3], ARGV[5])", ""
)
WITHOUT_THE_CUT = scripts.CHANGE.replace("tonumber(ARGV[6]) < cut", "false")
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

    async def begun(self) -> None:
        """Wait until it has; fail after 5 s."""
        async with asyncio.timeout(5):
            await self.started.wait()


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
        **{"sleep": settling, **settings},
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
    scores = await redis.zrange(f"{key}:z", 1, -1, withscores=True)
    await hot.invalidate()
    assert await hot.rebuild(Votes(*past).load) is True
    assert scores == await redis.zrange(f"{key}:z", 1, -1, withscores=True)
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
    await settling.begun()
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


async def tell_late(
    rankings: Rankings, clock: Clock
) -> tuple[bool, list[tuple[str, float]] | None]:
    """Load a committed vote whose writer died; its add comes from a relay, an era later."""
    hot, late = rankings(), vote(1)
    assert await hot.rebuild(Votes(late).load) is True
    clock.now_s += ERA_S
    assert await hot.add(*vote(2, clock.now_s)) is True
    told = await hot.add(*late)
    clock.now_s = NOW_S
    return told, [each for each in await shown(hot) or [] if each[0] == "post:1"]


async def test_a_vote_that_is_told_late_is_counted_once(rankings: Rankings, clock: Clock) -> None:
    """The load has found it; the ranking knows its cut, and refuses what is older."""
    assert await tell_late(rankings, clock) == (False, [("post:1", 1.0)])


async def test_control_without_the_cut_it_counts_twice(
    rankings: Rankings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: a ranking that does not know what it was made of adds the vote again."""
    monkeypatch.setattr(decayed_ranking, "CHANGE", WITHOUT_THE_CUT)
    assert await tell_late(rankings, clock) == (True, [("post:1", 2.0)])


async def undo_told_late(
    rankings: Rankings, settled: bool
) -> tuple[bool, list[tuple[str, float]] | None]:
    """Take back a vote before the load reads, tell it before or after the pause behind the load."""
    gone, votes = vote(1), Votes(vote(1))

    async def pause(_seconds: float) -> None:
        if votes.asked and not settled:
            assert await rankings().undo(*gone) is False

    hot = rankings(sleep=pause)
    stored = await hot.rebuild(votes.load)
    if settled:
        await hot.undo(*gone)
    return stored, await shown(hot)


async def test_an_undo_that_is_told_late_is_waited_for(rankings: Rankings) -> None:
    """It arrives behind the load, within ``settle_s``: did that see the vote? Nothing is stored."""
    assert await undo_told_late(rankings, settled=False) == (False, None)


async def test_open_an_undo_that_is_told_too_late_takes_what_others_gave(
    rankings: Rankings,
) -> None:
    """The limit: later than ``settle_s`` it looks like the undo of a vote that was loaded."""
    assert await undo_told_late(rankings, settled=True) == (True, [])


async def test_what_a_load_finds_beyond_its_bound_is_not_counted(
    rankings: Rankings, clock: Clock
) -> None:
    """It is in the log as well; a query without an upper bound must not count it twice."""
    hot, other, new = rankings(), rankings(), vote(2, UNTIL_S)

    async def load_all(_since_s: float, _until_s: float) -> list[Event]:
        clock.now_s = UNTIL_S
        await other.add(*new)
        return [vote(1), new]

    assert await hot.rebuild(load_all) is True
    assert sorted(await shown(hot) or []) == [("post:1", 1.0), ("post:2", 1.0)]


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


async def test_a_link_that_is_cut_does_not_hide_the_error_of_the_load(
    rankings: Rankings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under uvloop a command on a cut link raises RuntimeError: not the caller's affair."""
    hot = rankings()

    async def cut(*_command: object) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>")

    async def load(_since_s: float, _until_s: float) -> list[Event]:
        monkeypatch.setattr(hot._scripts, "run", cut)
        raise LookupError("the database said no")

    with pytest.raises(LookupError):
        await hot.rebuild(load)


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


async def test_a_failed_load_is_told_though_the_log_cannot_be_ended(
    rankings: Rankings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are away: what the caller sees is the error of the load."""
    monkeypatch.setattr(rebuilding, "_END", "return redis.error_reply('ERR out of order')")
    votes = Votes()
    votes.error = LookupError("the database said no")
    with pytest.raises(LookupError, match="said no"):
        await rankings().rebuild(votes.load)


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


async def test_a_rebuild_without_its_log_does_not_load(
    rankings: Rankings, redis: Redis, key: str, settling: Held
) -> None:
    """It says no before it asks the database, and leaves nothing behind: the next one can begin."""
    hot, votes = rankings(), Votes(vote(1))
    settling.gate.clear()
    rebuild = asyncio.create_task(hot.rebuild(votes.load))
    await settling.begun()
    await rankings().invalidate()
    settling.gate.set()
    assert await rebuild is False
    assert votes.asked == []
    assert await redis.keys(f"{key}*") == []


async def overtaken_rebuild(rankings: Rankings, redis: Redis, key: str) -> bool:
    """Let a rebuild whose time is over fail under the next one; say whether that was stored."""
    late, votes = Votes(vote(1)), Votes(vote(2))
    late.error = LookupError("the database said no")
    rebuilds = []
    for each in (late, votes):
        each.held.gate.clear()
        rebuilds.append(asyncio.create_task(rankings().rebuild(each.load)))
        await each.held.started.wait()
        if each is late:
            await redis.delete(f"{key}:b")  # as the end of its life would
    late.held.gate.set()
    await asyncio.wait(rebuilds[:1])
    votes.held.gate.set()
    with pytest.raises(LookupError):
        await rebuilds[0]
    return await rebuilds[1]


async def test_a_late_rebuild_leaves_the_log_of_the_next(
    rankings: Rankings, redis: Redis, key: str
) -> None:
    """It ends its own, which is gone already."""
    assert await overtaken_rebuild(rankings, redis, key) is True


async def test_control_a_log_that_anybody_ends_stops_the_next(
    rankings: Rankings, redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without the look at the token the next rebuild is not stored."""
    monkeypatch.setattr(rebuilding, "_END", "return redis.call('DEL', KEYS[3])")
    assert await overtaken_rebuild(rankings, redis, key) is False


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
    assert 0 < await redis.pttl(f"{key}:b") <= 63_000
    votes.held.gate.set()
    assert await rebuild is True
    assert await redis.exists(f"{key}:b") == 0
