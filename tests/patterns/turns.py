"""A seeded schedule over a real server: one actor moves at a time, and chance says which.

Each round trip of a paced client is two turns: before the command reaches the server, and before
its answer reaches the caller. The same seed gives the same interleaving.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline


class Turns:
    """Hands out turns; actors call ``turn`` wherever the others may come in between."""

    def __init__(self, seed: int) -> None:
        self.rand = random.Random(seed)
        self._waiting: list[asyncio.Future[None]] = []
        self._moved = asyncio.Event()

    async def turn(self) -> None:
        """Wait until it is this actor's turn."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        self._moved.set()
        await mine

    async def pause(self, _seconds: float) -> None:
        """Sleep for as long as chance wants: a ``sleep`` for patterns."""
        await self.turn()

    async def run(self, *actors: Coroutine[Any, Any, object]) -> None:
        """Run the actors to their end; raises what the first of them raises."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(actor) for actor in actors]
            for task in tasks:
                task.add_done_callback(lambda _done: self._moved.set())
            while alive := sum(not task.done() for task in tasks):
                if len(self._waiting) == alive:
                    chosen = self.rand.randrange(alive)
                    self._waiting.pop(chosen).set_result(None)
                self._moved.clear()
                await self._moved.wait()

    def paced(self, redis: Redis, dies: Callable[[], bool] = lambda: False) -> Redis:
        """Give a client whose round trips take turns.

        Each turn asks ``dies``; once it says so, the client's process is dead: ``Died`` is raised
        there, and at whatever it tries to do after it.
        """
        return cast("Redis", _Paced(redis, _Life(self, dies)))


class Died(Exception):
    """The process of this client is no more."""


class _Life:
    def __init__(self, turns: Turns, dies: Callable[[], bool]) -> None:
        self._turns = turns
        self._dies = dies
        self._dead = False

    async def turn(self) -> None:
        self._dead = self._dead or self._dies()
        if self._dead:
            raise Died
        await self._turns.turn()


class _Paced:
    """Every command, or the execution of a pipeline, between two turns."""

    def __init__(self, redis: Redis, life: _Life) -> None:
        self._redis = redis
        self._life = life

    def pipeline(self, *, transaction: bool) -> "_PacedPipeline":
        return _PacedPipeline(self._redis.pipeline(transaction=transaction), self._life)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        return _between_turns(getattr(self._redis, name), self._life)


class _PacedPipeline:
    def __init__(self, pipe: Pipeline, life: _Life) -> None:
        self._pipe = pipe
        self.execute = _between_turns(pipe.execute, life)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipe, name)


def _between_turns(
    command: Callable[..., Awaitable[Any]], life: _Life
) -> Callable[..., Awaitable[Any]]:
    async def run(*args: Any, **options: Any) -> Any:
        await life.turn()
        answer = await command(*args, **options)
        await life.turn()
        return answer

    return run
