"""A lab for tests: the sides that need no other library, on some hundred posts."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
from redis.asyncio import Redis

from loadtests.errors import LoadTestError
from loadtests.peers.asking import asking
from loadtests.peers.contenders import CONTENDERS, Contender
from loadtests.peers.database import database
from loadtests.peers.lab import TINY, Lab
from loadtests.peers.valkey import valkey

POSTS = 2_500
LOAD_MS = 150.0
BY_KEY = {one.key: one for one in CONTENDERS}
SIZES = replace(TINY, herd=24, waiters=12, expiry_s=4.2, before_s=0.3, outage_s=1.0, after_s=0.3)
# As long a text as it takes for the expensive query to have something to do.
ROWS = f"""
    insert into posts (author_id, title, body)
    select (select min(id) from users), 'Of boats and lakes ' || n,
           (select string_agg(md5((n * 1000 + word)::text), ' ') from generate_series(1, 60) word)
    from generate_series(1, {POSTS}) n
"""


class Silent:
    """Shows nothing."""

    def begin(self, title: str, expected_s: float) -> None:
        """Nothing."""

    def moment(self, moment: object) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""

    def more(self, expected_s: float) -> None:
        """Nothing."""


def own_python(one: Contender) -> str:
    """Our own environment has no peer."""
    if one.is_peer:
        raise LoadTestError(f"{one.title} is not installed: this is a test")
    return sys.executable


@asynccontextmanager
async def opened(database_url: str, redis_url: str, work: Path) -> AsyncIterator[Lab]:
    """Everything that a run has, on a database with a small world."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(ROWS)
    await connection.close()
    redis: Any = Redis.from_url(redis_url)
    async with redis:
        executable = (await redis.info("server"))["executable"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    async with AsyncExitStack() as stack:
        counting = await stack.enter_async_context(database(database_url))
        lab = Lab(
            database=counting,
            valkey=await stack.enter_async_context(valkey(executable, env, work)),
            client=await stack.enter_async_context(asking(env, work)),
            show=Silent(),
            sizes=SIZES,
            work=work,
            env=env,
            python=own_python,
            ids=await counting.ids(),
        )
        lab.newest, lab.load_ms = await counting.tuned(lab.hot_id, wanted_ms=LOAD_MS)
        yield lab
