"""Counts of posts as Redis hashes: the article's fifth fix, with the TTL that it forgot."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

from redis.typing import EncodableT, FieldT
from sqlalchemy.ext.asyncio import AsyncEngine

from service import keys
from service.feed.changes import CountsStep
from service.feed.models import Counts
from service.queries import posts
from service.strategies.tools import Tools


class NativeCounts:
    """One small hash per post, written whole and read whole."""

    def __init__(self, tools: Tools) -> None:
        self._engine: AsyncEngine = tools.engine
        self._redis = tools.redis
        self._observer = tools.observer
        self._ttl = tools.ttl(keys.COUNTS)
        tools.holds(keys.COUNTS, lambda post_id: self.changed(keys.numbered(post_id), None))

    async def get_many(self, post_ids: Sequence[int]) -> Mapping[int, Counts]:
        """Counts by post id; posts that do not stand are left out."""
        if not post_ids:
            return {}
        pipe = self._redis.pipeline(transaction=False)
        for post_id in post_ids:
            pipe.hgetall(keys.COUNTS.key(post_id))
        hashes = cast("list[dict[bytes, bytes]]", await pipe.execute())
        found = {
            post_id: _counts(fields)
            for post_id, fields in zip(post_ids, hashes, strict=True)
            if fields
        }
        missing = [post_id for post_id in post_ids if post_id not in found]
        return {**found, **await self._fill(missing)} if missing else found

    async def changed(self, post_id: int, step: CountsStep | None) -> None:
        """Forget them, whatever was added."""
        await self._redis.delete(keys.COUNTS.key(post_id))

    async def _fill(self, missing: Sequence[int]) -> Mapping[int, Counts]:
        loaded = await self._observer.load(
            keys.COUNTS.name,
            keys.COUNTS.key(missing[0]),
            lambda: posts.counts_by_ids(self._engine, missing),
        )
        pipe = self._redis.pipeline(transaction=False)
        for post_id, counts in loaded.items():
            key = keys.COUNTS.key(post_id)
            pipe.hset(key, mapping=_fields(counts))
            ttl_s = self._ttl(counts)
            if ttl_s is not None:
                pipe.pexpire(key, round(ttl_s * 1000))
        await pipe.execute()
        return loaded


def _fields(counts: Counts) -> dict[FieldT, EncodableT]:
    return {
        "up": counts.upvotes,
        "down": counts.downvotes,
        "comments": counts.comments,
        "views": counts.views,
        "reactions": json.dumps(counts.reactions),
    }


def _counts(fields: Mapping[bytes, bytes]) -> Counts:
    up, down = int(fields[b"up"]), int(fields[b"down"])
    return Counts(
        score=up - down,
        upvotes=up,
        downvotes=down,
        comments=int(fields[b"comments"]),
        views=int(fields[b"views"]),
        reactions=json.loads(fields[b"reactions"]),
    )
