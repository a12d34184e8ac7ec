"""What is trending: computed from the rows, or a ranking that follows each vote and comment.

A ranking adds what an event weighs, and cannot tell one event from another: told twice, it counts
twice. So it is told once, by the writer, after the commit. Who does not know whether it was told (a
relay that makes good what a writer could not, or goes back after a failover; a writer of another
version) drops the ranking whole, and it is made anew from the rows.
"""

import asyncio
from collections.abc import Sequence

from service import keys
from service.feed.changes import Warmed
from service.feed.models import Ranked
from service.patterns.decayed_ranking import DecayedRanking, Event
from service.patterns.ttl import fixed
from service.queries import trending
from service.queries.lists import RANKING_KEPT
from service.strategies.outdated import FeedsOfFollowers, Outdated
from service.strategies.tools import Tools

ENTRY = "posts"
DIGITS = 16  # of an id: equal scores go by member, and so by id


class ComputedTrending:
    """One query over what happened lately."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def posts(self) -> list[Ranked]:
        """The hottest posts, hottest first."""
        return await trending.posts(self._tools.engine, self._tools.now())

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Nothing is kept here."""


class MaintainedTrending:
    """A sorted set that follows events; while there is none, the query, and one is made."""

    def __init__(self, tools: Tools) -> None:
        self._computed = ComputedTrending(tools)
        lives = tools.scaled(fixed(keys.RANKING.ttl_s))(None)
        self._ranking = DecayedRanking(
            tools.redis,
            key=keys.RANKING.key(ENTRY),
            half_life_s=trending.HALF_LIFE_S,
            ttl_s=lives or keys.RANKING.ttl_s,
        )
        self._rebuilds = tools.owned(_Rebuilds(tools, self._ranking))
        # Both, or who expires the list to see it cold would be shown it made of the ranking.
        for kind in (keys.RANKING, keys.TRENDING):
            tools.holds(kind, self._forget)

    async def posts(self) -> list[Ranked]:
        """The hottest posts, hottest first."""
        try:
            best = await self._ranking.top(RANKING_KEPT)
        except Exception:  # noqa: BLE001 - whatever a client raises, the cache is not there
            return await self._computed.posts()
        if best is None:
            self._rebuilds.begin()
            return await self._computed.posts()
        return [Ranked(int(each.member), round(each.score * 1000)) for each in best]

    async def drop(self, entries: Sequence[Outdated | FeedsOfFollowers]) -> None:
        """Follow what happened; where that is not known, forget the ranking."""
        told = [entry.warmed for entry in entries if isinstance(entry, Outdated)]
        if None in told:
            await self._ranking.invalidate()
            return
        for warmed in filter(None, told):
            await self._follow(warmed)

    async def _follow(self, warmed: Warmed) -> None:
        member = f"{warmed.post_id:0{DIGITS}}"
        for step in warmed.steps:
            if step.weight > 0:
                await self._ranking.add(member, step.weight, step.at_s)
            else:
                await self._ranking.undo(member, -step.weight, step.at_s)

    async def _forget(self, _entry: int | str) -> None:
        await self._ranking.invalidate()


class _Rebuilds:
    """Makes the ranking of the rows: one at a time in the fleet, beside the requests."""

    def __init__(self, tools: Tools, ranking: DecayedRanking) -> None:
        self._tools = tools
        self._ranking = ranking
        self._limit = tools.plan.limit(tools.site(keys.RANKING, None))
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin one, if this process has none under way. Whoever reads next tries again."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def aclose(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self._ranking.rebuild(self._load)
        except Exception as error:  # noqa: BLE001 - the query answers meanwhile
            self._tools.observer.event("rebuild_failed", error=error)

    async def _load(self, _since_s: float, until_s: float) -> list[Event]:
        key, observer = keys.RANKING.key(ENTRY), self._tools.observer

        async def read() -> list[Event]:
            return [
                Event(f"{post_id:0{DIGITS}}", weight, at_s)
                for post_id, weight, at_s in await trending.sums(self._tools.engine, until_s)
            ]

        found: list[Event] = await self._limit.get(
            key, lambda: observer.load(keys.RANKING.name, key, read)
        )
        return found
