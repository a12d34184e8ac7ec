"""Processes that cache entries: the production layers, stacked as in production."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, cast

from redis.asyncio import Redis

from service.keys import POST, Kind
from service.observing.metrics import Observer
from service.patterns.auto_batch import AutoBatch
from service.patterns.lease import Lease, Wake
from service.patterns.lease.envelope import unpack
from service.patterns.single_flight import SingleFlight
from service.strategies.layers import Layer, Passthrough
from service.strategies.outdated import Outdated
from service.strategies.stack import Stack
from tests.simulation.history import Read
from tests.simulation.keyspace import Keyspace
from tests.simulation.process import Reads, Site


class EntryProcess:
    """Near cache, flight and lease, and the reads and drops that go through them."""

    kind: ClassVar[Kind] = POST

    def __init__(self, site: Site) -> None:
        self.site = site
        self._loop = site.client.loop
        self._reads = Reads(site)
        self._stale_at: dict[str, float] = {}
        self._floors: dict[str, int] = {}
        redis = cast("Redis", site.client)
        self._wake = Wake(redis)
        self._push = site.pieces.push(redis, clock=self._loop.time, token=lambda: site.lane.name)
        self._batch = AutoBatch(redis)
        self._lease = self._new_lease(redis)
        self._flight = SingleFlight[int]()
        self._wake.on_drop(self._flight.forget)
        self._wake.on_drop(self._hear)
        self._stack = self._new_stack()

    def _new_lease(self, redis: Redis) -> Lease[int]:
        plan, site = self.site.plan, self.site
        return Lease(
            redis,
            wake=self._wake,
            encode=lambda version: b"%d" % version,
            decode=int,
            ttl=lambda _: plan.ttl_s,
            fresh=lambda _: plan.fresh_s,
            reads=self._batch if plan.batches else None,
            wait_s=plan.wait_s,
            stale_for_s=plan.stale_for_s,
            clock=lambda: self._loop.time() + site.skew_s,
            token=site.token,
            observe=self._observe,
        )

    def _new_stack(self) -> Stack[int]:
        near: Layer[int] = Passthrough()
        if self.site.plan.near:
            kept = self.site.pieces.near(
                self._push,
                life=lambda key, _: self._lease.fresh_for_s(key),
                size=lambda _: 8,
                clock=self._loop.time,
            )
            self._wake.on_drop(kept.forget)
            near = kept
        return Stack(
            kind=POST,
            near=near,
            flight=self._flight,
            shared=self._lease,
            limit=Passthrough(),
            absence=lambda version: version,
            observer=Observer("layered", clock=self._loop.time),
        )

    async def start(self) -> None:
        """Open the subscriptions."""
        await self._wake.start()
        if self.site.plan.near:
            await self._push.start()

    async def read(self, post_id: int, *, final: bool = False) -> None:
        """Read a post."""
        read = await self._reads.one(
            post_id,
            lambda: self._stack.get(post_id, lambda: self._reads.load(post_id)),
            stale=self._stale,
            floor=self._floor(post_id),
            final=final,
        )
        self._mark(read)

    async def read_many(self, post_ids: Sequence[int]) -> None:
        """Read several at once."""

        async def load_many(ids: Sequence[int]) -> dict[int, int]:
            found = await asyncio.gather(*map(self._reads.load, ids))
            return dict(zip(ids, found, strict=True))

        reads = await self._reads.many(
            post_ids, lambda: self._stack.get_many(post_ids, load_many), floor=self._floor
        )
        for read in reads:
            self._mark(read)

    async def follow(self, outdated: Outdated) -> None:
        """Drop the entry everywhere."""
        await self._stack.invalidate(outdated.entry)

    async def redo(self, changes: Sequence[tuple[int, int]]) -> None:
        """Drop the entries everywhere."""
        await self._stack.invalidate(*dict.fromkeys(post_id for post_id, _version in changes))

    @staticmethod
    def held(keyspace: Keyspace, post_id: int) -> int | None:
        """The version in the envelope."""
        raw = keyspace.call("GET", f"{POST.key(post_id)}:v")
        return int(unpack(raw).payload) if isinstance(raw, bytes) else None

    async def aclose(self) -> None:
        """End what runs in the background."""
        for layer in (self._flight, self._lease, self._batch, self._push, self._wake):
            await layer.aclose()

    def _stale(self, post_id: int) -> int | None:
        copy = self._lease.stale_copy(POST.key(post_id))
        return copy[0] if copy else None

    def _mark(self, read: Read) -> None:
        read.marked |= self._stale_at.get(POST.key(read.post_id), 0.0) >= read.started_s

    def _hear(self, key: str | None) -> None:
        if key is not None:
            self._floors[key] = self.site.database.at_drop.get(key, 0)

    def _floor(self, post_id: int) -> int:
        return self._floors.get(POST.key(post_id), 0)

    def _observe(self, event: str, **details: object) -> None:
        if event == "stale":
            self._stale_at[str(details["key"])] = self._loop.time()
