# SPDX-License-Identifier: MIT
"""Bounded timeline: the newest ids of each reader's feed, pushed on write, read by keyset.

Closes: the feed query on every read, and the timeline that looks whole but holds one post.
Race (the push that comes while a timeline is rebuilt):
    1. reader R finds no timeline and reads the newest ids from the database: 41, 40, 39 ...
    2. post 42 is committed and pushed. R has no timeline: were one made now, it would hold 42
       alone; if nothing is done, 42 is missing from what comes next
    3. R stores 41, 40, 39 ...
  So from before the read until the store, what is pushed and removed is noted in a log as well,
  and the store, which is one script, plays the log.
Does not: keep more than ``most`` ids (a page says when to ask the database), heal a push that was
    lost before ``ttl_s`` (unless you ``prolong``, that is the bound), or order pushes: one that is
    delivered after the removal of its post brings it back. Push after the commit, load
    from the primary. Cost: a page is one ZRANGE, a push a script per reader, in round trips of
    500 ids. Up to ``most=120`` a timeline takes a seventh of the memory per id (listpack).
Use:
    >>> async def newest(limit: int) -> list[int]:
    ...     return [41, 40, 39][:limit]
    >>> async def main() -> Page | None:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         homes = BoundedTimeline(redis, ttl_s=3600)
    ...         await homes.rebuild("home:{7}", newest)
    ...         await homes.push(["home:{7}", "home:{8}"], 42)
    ...         return await homes.page("home:{7}", limit=2)
    >>> asyncio.run(main())
    Page(ids=[42, 41], older='here')

Source: R. Krikorian, "Timelines at Scale" (QCon 2012): 800 ids a reader, in Redis; Mastodon's
    FeedManager (push, unpush, merge, trim).
"""

import contextlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, NamedTuple, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from .scripts import Scripts

# Scores are doubles: from here on two neighbouring ids would share one score.
_END_OF_IDS = 2**53


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Page(NamedTuple):
    """Ids, newest first, and where older ones are to be found.

    ``here``: ask for the next page. ``database``: the timeline was cut off below these, so what
    the page lacks comes from there. ``nowhere``: these are the last.
    """

    ids: list[int]
    older: Literal["here", "database", "nowhere"]


class BoundedTimeline:
    """Timelines of the newest ``most`` ids; an owner is a key with a hash tag, as ``home:{42}``.

    Ids are whole numbers from 1 to 2^53 - 1 that grow with time; others raise ``ValueError``. A
    timeline lives ``ttl_s`` seconds from its rebuild, or from its last ``prolong``. A rebuild that
    takes longer than ``rebuild_s`` is not stored. ``observe`` gets ``hit`` or ``miss`` for a page,
    ``refused_fill`` for a rebuild not stored, with the owner as ``key``.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        ttl_s: float,
        most: int = 800,
        rebuild_s: float = 5.0,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        observe: Callable[..., None] = _silent,
    ) -> None:
        if most < 1:
            raise ValueError(f"A timeline keeps at least one id, not {most}.")
        self._redis = redis
        self._scripts = Scripts(redis, most=most)
        self._most = most
        self._ttl_s = ttl_s
        self._rebuild_s = rebuild_s
        self._token = token
        self._observe = observe

    async def page(self, owner: str, *, before: int | None = None, limit: int) -> Page | None:
        """Return up to ``limit`` ids below ``before``; ``None`` without a timeline: rebuild it."""
        # One more than asked for: an older id, or the marker that ends every timeline. So nothing
        # at all means that there is no timeline, and one command gives a consistent answer.
        try:
            found = await self._redis.zrange(
                f"{owner}:z",
                "+inf" if before is None else f"({before}",
                "-inf",
                desc=True,
                byscore=True,
                offset=0,
                num=limit + 1,
            )
        except ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            found = []  # another tool's value is no timeline; the rebuild takes its place
        members = cast("list[bytes]", found)
        self._observe("hit" if members else "miss", key=owner)
        if not members:
            return None
        if not members[-1].startswith(b"~"):
            return Page([int(member) for member in members[:limit]], "here")
        floor = int(members.pop()[1:])
        return Page([int(member) for member in members], "database" if floor else "nowhere")

    async def push(self, owners: Sequence[str], *ids: int) -> int:
        """Add ids to the timelines that exist, and make none; return how many exist."""
        return sum(await self._scripts.change(owners, _checked(ids), add=True))

    async def remove(self, owners: Sequence[str], *ids: int) -> int:
        """Take ids out of the timelines that exist; return how many exist."""
        return sum(await self._scripts.change(owners, _checked(ids), add=False))

    async def merge(self, owner: str, ids: Sequence[int]) -> bool:
        """Add what a newly followed author wrote: all of it, or the newest ``most + 1``.

        With fewer there would be a gap above the floor, or an end where something is cut off. Says
        whether there is a timeline.
        """
        return bool(await self.push([owner], *ids))

    async def rebuild(
        self, owner: str, load: Callable[[int], Awaitable[Sequence[int]]]
    ) -> list[int]:
        """Make the timeline of what ``load(limit)`` reads: the newest ids, at most so many.

        Returns these, newest first, without what was pushed meanwhile; also when nothing was
        stored, because an invalidation or another rebuild came first.
        """
        return await self._fill(
            owner, await self._scripts.begin(owner, self._token(), for_s=self._rebuild_s), load
        )

    async def rebuild_alone(
        self, owner: str, load: Callable[[int], Awaitable[Sequence[int]]]
    ) -> list[int] | None:
        """The same, but ``None``, and no load, while another one rebuilds: here or elsewhere.

        One that fails gives its place up; one that dies holds it for ``rebuild_s``.
        """
        ours = self._token()
        token = await self._scripts.begin(owner, ours, for_s=self._rebuild_s)
        if token != ours.encode():
            return None
        try:
            return await self._fill(owner, token, load)
        except BaseException:
            with contextlib.suppress(Exception):
                await self.invalidate(owner)
            raise

    async def prolong(self, owner: str) -> bool:
        """Let a timeline live ``ttl_s`` from now, because it is read; say whether there is one.

        Only where pushes are delivered at least once: what was lost is then lost for good.
        """
        return bool(await self._redis.pexpire(f"{owner}:z", max(1, round(self._ttl_s * 1000))))

    async def invalidate(self, *owners: str) -> None:
        """Drop timelines, and the right of rebuilds under way to store."""
        pipe = self._redis.pipeline(transaction=False)
        for owner in owners:
            pipe.delete(f"{owner}:z", f"{owner}:b")
        await pipe.execute()

    async def _fill(
        self, owner: str, token: bytes, load: Callable[[int], Awaitable[Sequence[int]]]
    ) -> list[int]:
        # One more than is kept: only if there is one, something lies below the floor.
        ids = sorted(set(_checked(await load(self._most + 1))), reverse=True)
        floor = ids[self._most] if len(ids) > self._most else 0
        kept = ids[: self._most]
        if not await self._scripts.store(owner, token, kept, floor=floor, ttl_s=self._ttl_s):
            self._observe("refused_fill", key=owner)
        return kept


def _checked(ids: Sequence[int]) -> Sequence[int]:
    for each in ids:
        if not 0 < each < _END_OF_IDS:
            raise ValueError(f"An id must be from 1 to 2^53 - 1, not {each}.")
    return ids
