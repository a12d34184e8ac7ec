"""Counts of posts: a value that each change drops, or a hash that follows each step."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.changes import CountsStep
from service.feed.models import REACTIONS, Counts
from service.patterns.auto_batch import Merged
from service.patterns.native_counter import NativeCounter, Read
from service.patterns.single_flight import SingleFlight
from service.patterns.ttl import fixed
from service.queries import posts
from service.strategies.layers import Layer
from service.strategies.stack import Stack
from service.strategies.tools import Site, Tools

# Nothing renews it: above the bulkhead's queue (1 s) and the slowest load, else a slow database is
# asked again by everybody, and nothing that it answers is ever stored.
LEASE_S = 4.0
# In one script, which holds up the server for as long as it runs.
MOST_READ = 200
FIELDS = ("upvotes", "downvotes", "comments", "views", *REACTIONS)


class DroppedCounts:
    """One encoded value a post; every vote drops it, and the next reader loads."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._stack: Stack[Counts | None] = tools.stack(keys.COUNTS, Counts | None)

    async def get_many(self, post_ids: Sequence[int]) -> Mapping[int, Counts | None]:
        """Counts of each post; None for one that does not stand."""
        return await self._stack.get_many(post_ids, self._load)

    async def changed(self, post_id: int, step: CountsStep | None) -> None:
        """Forget them, whatever was added."""
        await self._stack.invalidate(post_id)

    async def _load(self, ids: Sequence[int]) -> Mapping[int, Counts | None]:
        found = await posts.counts_by_ids(self._engine, ids)
        return {post_id: found.get(post_id) for post_id in ids}


class SteppedCounts:
    """A native hash a post, made whole and moved step by step, so that a vote causes no load."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._tools = tools
        site = tools.site(keys.COUNTS, dict[str, int] | None)
        self._counter = _native(site)
        self._stack: Stack[dict[str, int] | None] = tools.stacked(
            site, shared=self._counter, flight=_flight(site)
        )

    async def get_many(self, post_ids: Sequence[int]) -> Mapping[int, Counts | None]:
        """Counts of each post; None for one that does not stand."""
        found = await self._stack.get_many(post_ids, self._load)
        return {post_id: None if of is None else _counts(of) for post_id, of in found.items()}

    async def changed(self, post_id: int, step: CountsStep | None) -> None:
        """Add the step, and let nobody join a load from before it, here or elsewhere."""
        key = keys.COUNTS.key(post_id)
        if step is None:
            await self._stack.invalidate(post_id)
            await self._tools.push.publish(key)
            return
        try:
            await self._counter.add(
                key,
                step.version,
                upvotes=step.upvotes,
                downvotes=step.downvotes,
                comments=step.comments,
                **dict(step.reactions),
            )
        finally:
            await self._stack.flight.invalidate(key)
        await self._tools.push.publish(key)

    async def _load(self, ids: Sequence[int]) -> Mapping[int, dict[str, int] | None]:
        found = await posts.versioned_counts_by_ids(self._engine, ids)
        return {post_id: _fields(*found[post_id]) if post_id in found else None for post_id in ids}


def _native(site: Site) -> NativeCounter:
    return NativeCounter(
        site.tools.redis,
        fields=FIELDS,
        ttl=_ends(site),
        lease_s=LEASE_S,
        merge=partial(_merged, site.tools),
        observe=site.observe("l2"),
    )


def _merged(tools: Tools, read: Read) -> Read:
    """The counts that requests of one turn ask for are one script; each times its own wait."""
    merged = tools.owned(Merged(read, most=MOST_READ))

    async def timed(wanted: Sequence[str]) -> Sequence[Any]:
        over = tools.observer.waits("redis")
        try:
            return await merged.get_many(wanted)
        finally:
            over()

    return timed


def _ends(site: Site) -> Callable[[Mapping[str, int] | None], float]:
    """What follows steps has a life under every plan: it ends whatever error versions miss."""
    always = site.tools.scaled(fixed(keys.COUNTS.ttl_s))

    def ttl_s(value: Mapping[str, int] | None) -> float:
        life_s = site.ttl(value)
        return cast("float", always(value) if life_s is None else life_s)

    return ttl_s


def _flight(site: Site) -> Layer[dict[str, int] | None]:
    flight = site.tools.plan.flight(site)
    if isinstance(flight, SingleFlight):
        # Steps drop no lease, so it is the other channel that tells of them.
        site.tools.push.on_drop(flight.forget)
    return flight


def _fields(counts: Counts, version: int) -> dict[str, int]:
    return {
        "upvotes": counts.upvotes,
        "downvotes": counts.downvotes,
        "comments": counts.comments,
        "views": counts.views,
        **{kind: counts.reactions.get(kind, 0) for kind in REACTIONS},
        "version": version,
    }


def _counts(fields: Mapping[str, int]) -> Counts:
    up, down = fields["upvotes"], fields["downvotes"]
    return Counts(
        score=up - down,
        upvotes=up,
        downvotes=down,
        comments=fields["comments"],
        views=fields["views"],
        reactions={kind: fields[kind] for kind in REACTIONS if fields[kind]},
    )
