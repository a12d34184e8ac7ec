"""What one process of a fleet is told, and what it does: reads and writes through its stack."""

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import asyncpg
import msgspec

from service.patterns.outbox import Row, Settling
from service.patterns.outbox.table import add
from service.strategies.stack import Stack
from tests.faults.items import LOAD, PASS, WRITE, Item


class Setup(msgspec.Struct, frozen=True):
    """Where a process finds its stores, and what stands in the slots of its stack.

    The first name of each slot is the right piece, but for `guard` and `net`, which a test asks
    for; a test that takes a protection away names another one.
    """

    space: str  # names the keys and channels of one test
    database_url: str
    redis_url: str
    push_url: str  # for the subscribers, so that their links can be cut alone
    near: Literal["near_cache", "trusting", "none"] = "near_cache"
    flight: Literal["single", "bare", "none"] = "single"
    shared: Literal["lease", "unfenced", "cache_aside"] = "lease"
    guard: Literal["none", "fail_open"] = "none"
    net: Literal["none", "outbox", "unread"] = "none"  # what catches a lost invalidation
    ttl_s: float = 60.0
    lease_s: float = 1.0
    wait_s: float = 2.0
    loads_at_once: int = 8
    load_s: float = 0.0  # a load takes a random time up to this after it has read its row
    trust_s: float = 2.0
    is_gated: bool = False  # whether loads stop at the test's gate


class Rig:
    """The stack, and what it did."""

    def __init__(self, setup: Setup, database: asyncpg.Pool) -> None:
        self.setup = setup
        self.events: Counter[str] = Counter()
        self.stack: Stack[Item]
        self.settling = Settling(observe=self.observe)
        self._database = database

    def observe(self, event: str, **details: object) -> None:
        """Count what a pattern reports; a wake-up, or a breaker that opened, by its cause."""
        cause = details.get("cause") or details.get("because")
        self.events[f"{event}:{cause}" if cause else event] += 1

    async def read(self, item: int) -> Item:
        """One item, from wherever it is found."""
        return await self.stack.get(item, lambda: self._load(item))

    async def write(self, item: int) -> tuple[int, bool]:
        """Change an item: commit, then invalidate, then answer with its new version.

        With an outbox a failed invalidation is the relay's to make good (the second half of the
        answer is then false); without one it is the writer's error.
        """
        version, rows = await self.commit(item)
        try:
            await self.stack.invalidate(item)
        except Exception:
            if not rows:
                raise
            self.observe("untold")
            return version, False
        self.settling.add(rows)
        return version, True

    async def commit(self, item: int) -> tuple[int, list[int]]:
        """Change an item and tell nobody; return its version, and its rows in the outbox."""
        async with self._database.acquire() as connection, connection.transaction():
            version: int = await connection.fetchval(WRITE, item)
            if self.setup.net == "none":
                return version, []
            return version, await add(connection, [("written", json.dumps(item))])

    async def drop(self, rows: Sequence[Row]) -> None:
        """Invalidate what rows of the outbox tell of."""
        await self.stack.invalidate(*{int(row.payload) for row in rows})

    async def _load(self, item: int) -> Item:
        setup = self.setup
        row = await self._database.fetchrow(LOAD, setup.space, item, os.getpid())
        if setup.is_gated:
            await self._database.execute(PASS, item)
        if setup.load_s:
            await asyncio.sleep(random.uniform(0, setup.load_s))
        return Item(**row)
