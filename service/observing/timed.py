"""Clients of Redis that say how long the current request waits for them."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline

from service.observing.metrics import Observer
from service.patterns.auto_batch import AutoBatch


class TimedRedis(Redis):
    """A client whose commands and pipelines are timed."""

    def __init__(self, pool: BlockingConnectionPool, observer: Observer) -> None:
        super().__init__(connection_pool=pool)
        self.auto_close_connection_pool = True  # as `from_pool` has it: the pool is ours
        self._observer = observer

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command."""
        over = self._observer.waits("redis")
        try:
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        finally:
            over()

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Commands that are sent together."""
        made = _TimedPipeline(
            self.connection_pool, self.response_callbacks, transaction, shard_hint
        )
        made.observer = self._observer
        return made


class _TimedPipeline(Pipeline):
    observer: Observer

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        over = self.observer.waits("redis")
        try:
            return await super().execute(raise_on_error)
        finally:
            over()


class TimedBatch(AutoBatch):
    """Merged reads: sent by a task of nobody's, so each asker times its own wait."""

    def __init__(self, redis: Redis, observer: Observer) -> None:
        super().__init__(redis)
        self._observer = observer

    async def get(self, key: str) -> bytes | None:
        """Return the bytes at ``key``."""
        over = self._observer.waits("redis")
        try:
            return await super().get(key)
        finally:
            over()

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the bytes at each of ``keys``, in order."""
        over = self._observer.waits("redis")
        try:
            return await super().get_many(keys)
        finally:
            over()
