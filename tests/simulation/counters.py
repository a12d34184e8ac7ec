"""Processes that cache counters: a hash for each post, stepped by writes, exactly once."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, cast

from redis.asyncio import Redis

from service.keys import COUNTS, Kind
from service.patterns.native_counter import NativeCounter
from service.strategies.outdated import Outdated
from tests.simulation.keyspace import Keyspace
from tests.simulation.process import Reads, Site


class CounterProcess:
    """Each write is one vote: a post has as many votes as versions, never half, never twice."""

    kind: ClassVar[Kind] = COUNTS

    def __init__(self, site: Site) -> None:
        self.site = site
        self._reads = Reads(site)
        self._counter = NativeCounter(
            cast("Redis", site.client),
            fields=["upvotes"],
            ttl=lambda _: site.plan.ttl_s,
            wait_s=site.plan.wait_s,
            token=site.token,
        )

    async def start(self) -> None:
        """Nothing runs in the background."""

    async def read(self, post_id: int, *, final: bool = False) -> None:
        """Read the counters of a post."""

        async def get() -> int:
            async def load() -> dict[str, int]:
                return _counted(await self._reads.load(post_id))

            return _version(await self._counter.get(COUNTS.key(post_id), load))

        await self._reads.one(post_id, get, final=final)

    async def read_many(self, post_ids: Sequence[int]) -> None:
        """Read several at once."""
        ids = {COUNTS.key(post_id): post_id for post_id in post_ids}

        async def load_many(keys: Sequence[str]) -> dict[str, dict[str, int]]:
            found = await asyncio.gather(*(self._reads.load(ids[key]) for key in keys))
            return {key: _counted(version) for key, version in zip(keys, found, strict=True)}

        async def get_many() -> dict[int, int]:
            found = await self._counter.get_many(list(ids), load_many)
            return {ids[key]: _version(counts) for key, counts in found.items()}

        await self._reads.many(post_ids, get_many)

    async def follow(self, outdated: Outdated) -> None:
        """Step the counters."""
        assert outdated.step is not None
        step = outdated.step
        await self._counter.add(COUNTS.key(outdated.entry), step.version, upvotes=step.upvotes)

    async def redo(self, changes: Sequence[tuple[int, int]]) -> None:
        """Step them once more, if they were not."""
        for post_id, version in changes:
            await self._counter.add(COUNTS.key(post_id), version, upvotes=1)

    @staticmethod
    def held(keyspace: Keyspace, post_id: int) -> int | None:
        """The version in the hash."""
        key = f"{COUNTS.key(post_id)}:h"
        if not keyspace.call("EXISTS", key):
            return None
        found = cast("list[bytes | None]", keyspace.call("HMGET", key, "upvotes", "version"))
        votes, version = (int(count or b"-1") for count in found)
        return _version({"upvotes": votes, "version": version})

    async def aclose(self) -> None:
        """Nothing runs in the background."""


def _counted(version: int) -> dict[str, int]:
    return {"upvotes": version, "version": version}


def _version(counts: dict[str, int] | None) -> int:
    if counts is None or counts["upvotes"] != counts["version"]:
        raise ValueError(f"a step was lost, or taken twice: {counts}")
    return counts["version"]
