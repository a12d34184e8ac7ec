"""A worker that is killed by SIGKILL in the middle of its work.

`python -m tests.jobs.dying_fan_out DATABASE_URL REDIS_URL [marks-first]` says when it is ready, and
works when it is told. It dies at its second push; with `marks-first`, which is the wrong order, it
has marked its rows done before.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence

from service.queries.engine import connect
from service.queries.outbox import FEEDS, SqlOutbox
from service.strategies.home_timelines import HomeTimelines
from tests.jobs.fanning import ToldTimelines, Worker, working


class Fatal:
    """The second push is the last."""

    def __init__(self) -> None:
        self._pushes = 0

    def push_of(self) -> Callable[..., Awaitable[int]]:
        """A method that pushes, or is killed."""

        async def push(timelines: HomeTimelines, readers: Sequence[int], *post_ids: int) -> int:
            self._pushes += 1
            if self._pushes == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return await HomeTimelines.push(timelines, readers, *post_ids)

        return push


async def mark_and_work(database_url: str, worker: Worker) -> None:
    """Note that everything is done, then do it."""
    engine = connect(database_url)
    async with SqlOutbox(engine, FEEDS).take(100, older_s=0, but=[]) as taken:
        await taken.settle([row.id for row in taken.rows])
    await engine.dispose()
    await worker.work(taken.rows)


async def main(database_url: str, redis_url: str, *order: str) -> None:
    """Take all rows there are, and die over them."""
    fatal = Fatal()

    async with working(database_url, redis_url) as worker:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        setattr(ToldTimelines, "push", fatal.push_of())  # noqa: B010 - mypy minds the other way
        await (mark_and_work(database_url, worker) if order else worker.look())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
