"""A service of one strategy on its own copy of a database, with a way behind its back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from redis.asyncio import Redis

from service.embedded.servers import Servers
from tests.clients import Client, serving
from tests.world import Databases


@dataclass(frozen=True)
class Service:
    """The client, and the stores as the service sees them."""

    name: str
    client: Client
    database_url: str

    async def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Ask the database, without the service."""
        connection = await asyncpg.connect(self.database_url)
        try:
            found: list[asyncpg.Record] = await connection.fetch(query, *values)
        finally:
            await connection.close()
        return found

    async def ttls(self) -> dict[str, int | None]:
        """Every key in Redis, with its time to live in ms; None for none."""
        async with Redis.from_url(self.client.redis_url) as redis:
            found = [key async for key in redis.scan_iter(count=1000)]
            ttls = [await redis.pttl(key) for key in found]
        return {
            key.decode(): None if ttl == -1 else ttl
            for key, ttl in zip(found, ttls, strict=True)
            if ttl != -2
        }

    async def commands(self, name: str) -> int:
        """How many commands of one name Redis has carried out since it started."""
        async with Redis.from_url(self.client.redis_url) as redis:
            said = await redis.info("commandstats")
        return int(said.get(f"cmdstat_{name}", {"calls": 0})["calls"])

    @asynccontextmanager
    async def stopped(self, table: str) -> AsyncIterator[None]:
        """Make every statement on a table wait until the block ends: loads in slow motion."""
        connection = await asyncpg.connect(self.database_url)
        try:
            async with connection.transaction():
                await connection.execute(f"lock table {table} in access exclusive mode")
                yield
        finally:
            await connection.close()

    @asynccontextmanager
    async def held_row(self, table: str, row_id: int) -> AsyncIterator[None]:
        """Hold one row: whoever is to lock or change it waits until the block ends."""
        connection = await asyncpg.connect(self.database_url)
        try:
            async with connection.transaction():
                query = f"select from {table} where id = $1 for update"
                await connection.execute(query, row_id)
                yield
        finally:
            await connection.close()

    async def waiting(self) -> int:
        """How many statements wait for such a table or row."""
        found = await self.rows("select count(*) as n from pg_locks where not granted")
        return int(found[0]["n"])


def redis_of(name: str, servers: Servers) -> str:
    """A strategy's own cache; that of `layered` for what has none, one of these at a time."""
    return servers.redis_urls.get(name, servers.redis_urls["layered"])


@asynccontextmanager
async def on_copy(
    name: str, template: str, databases: Databases, servers: Servers, **settings: Any
) -> AsyncIterator[Service]:
    """Serve a copy of a database."""
    async with (
        databases.copy_of(template) as url,
        serving(name, url, redis_of(name, servers), **settings) as client,
    ):
        yield Service(name, client, url)
