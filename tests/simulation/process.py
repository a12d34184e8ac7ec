"""One process of the service: the production layers, stacked as in production."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from service.keys import POST
from service.metrics import Observer
from service.patterns.auto_batch import AutoBatch
from service.patterns.lease import Lease, Wake
from service.patterns.near_cache import NearCache, Push
from service.patterns.single_flight import SingleFlight
from service.strategies.stack import Layer, Passthrough, Stack
from tests.simulation.client import Client
from tests.simulation.database import Database
from tests.simulation.history import History, Read
from tests.simulation.plan import Plan
from tests.simulation.scheduler import Lane


class Process:
    """Its layers, and the reads and drops that go through them."""

    def __init__(
        self,
        lane: Lane,
        client: Client,
        database: Database,
        history: History,
        plan: Plan,
        *,
        near: type[NearCache[int]],
        push: type[Push],
        token: Callable[[], str],
        skew_s: float,
    ) -> None:
        self.lane = lane
        self.client = client
        self.history = history
        self._loop = client.loop
        self._database = database
        self._stale_at: dict[str, float] = {}
        self._floors: dict[str, int] = {}
        redis = cast("Redis", client)
        self.wake = Wake(redis)
        self.push = push(redis, clock=client.loop.time)
        self.batch = AutoBatch(redis)
        self.lease = Lease[int](
            redis,
            wake=self.wake,
            encode=lambda version: b"%d" % version,
            decode=int,
            ttl=lambda _: plan.ttl_s,
            fresh=lambda _: plan.fresh_s,
            reads=self.batch if plan.batches else None,
            wait_s=plan.wait_s,
            stale_for_s=plan.stale_for_s,
            clock=lambda: client.loop.time() + skew_s,
            token=token,
            observe=self._observe,
        )
        self._near = plan.near
        self.flight = SingleFlight[int]()
        self.wake.on_drop(self.flight.forget)
        self.wake.on_drop(self._hear)
        self.stack = self._stack(plan, near)

    def _stack(self, plan: Plan, near: type[NearCache[int]]) -> Stack[int]:
        kept: Layer[int] = Passthrough()
        if plan.near:
            kept = near(
                self.push,
                life=lambda key, _: self.lease.fresh_for_s(key),
                size=lambda _: 8,
                clock=self._loop.time,
            )
        return Stack(
            kind=POST,
            near=kept,
            flight=self.flight,
            shared=self.lease,
            limit=Passthrough(),
            absence=lambda version: version,
            observer=Observer("layered", clock=self._loop.time),
        )

    async def start(self) -> None:
        """Open the subscriptions."""
        await self.wake.start()
        if self._near:
            await self.push.start()

    async def read(self, post_id: int) -> None:
        """Read a post, and note what came."""
        loop = self._loop
        read = Read(self.lane.name, post_id, loop.time(), loop.steps, self._floor(post_id))
        self.history.reads.append(read)
        self._say(f"reads post {post_id}")

        async def load() -> int:
            return await self._database.read(self.lane, post_id)

        try:
            read.version = await self.stack.get(post_id, load)
        except (RedisError, OSError):
            # What fail_open.py does: a copy if one may be served, else the database.
            copy = self.lease.stale_copy(POST.key(post_id))
            read.marked = copy is not None
            read.version = copy[0] if copy else await load()
        read.ended_s = loop.time()
        read.marked |= self._stale_at.get(POST.key(post_id), 0.0) >= read.started_s
        self._say(f"has read version {read.version} of post {post_id}")

    async def read_many(self, post_ids: list[int]) -> None:
        """Read several at once."""
        loop = self._loop
        reads = {
            post_id: Read(self.lane.name, post_id, loop.time(), loop.steps, self._floor(post_id))
            for post_id in post_ids
        }
        self.history.reads.extend(reads.values())
        self._say(f"reads posts {post_ids}")

        async def load_many(ids: Any) -> dict[int, int]:
            found = await asyncio.gather(*(self._database.read(self.lane, each) for each in ids))
            return dict(zip(ids, found, strict=True))

        try:
            versions = await self.stack.get_many(post_ids, load_many)
        except (RedisError, OSError):
            versions = await load_many(post_ids)
        for post_id, read in reads.items():
            read.version, read.ended_s = versions[post_id], loop.time()
            read.marked = self._stale_at.get(POST.key(post_id), 0.0) >= read.started_s
        self._say(f"has read versions {[versions[post_id] for post_id in post_ids]}")

    async def drop(self, post_ids: list[int]) -> None:
        """Forget posts everywhere."""
        await self.stack.invalidate(*post_ids)

    async def aclose(self) -> None:
        """End what runs in the background."""
        await self.flight.aclose()
        await self.lease.aclose()
        await self.batch.aclose()
        await self.push.aclose()
        await self.wake.aclose()

    def _hear(self, key: str | None) -> None:
        if key is not None:
            self._floors[key] = self._database.at_drop.get(key, 0)

    def _say(self, what: str) -> None:
        self.client.server.trace(self.lane.name, lambda: what)

    def _floor(self, post_id: int) -> int:
        return self._floors.get(POST.key(post_id), 0)

    def _observe(self, event: str, **details: object) -> None:
        if event == "stale":
            self._stale_at[str(details["key"])] = self._loop.time()
