"""A service in this process over real stores, and a client that speaks the feed's verbs."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
from fastapi import FastAPI
from redis.asyncio import Redis

from service.app import make_app
from service.http.tokens import Tokens
from service.settings import Settings

ATTEMPTS = 4
SECRET = "the secret of the tests, of 32 bytes or more"


@asynccontextmanager
async def serving(
    strategy: str, database_url: str, redis_url: str, **settings: Any
) -> AsyncIterator["Client"]:
    """Run a service with an empty cache for as long as the block; without limits, unless told."""
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
    app = make_app(
        Settings(
            DATABASE_URL=database_url,
            REDIS_URL=redis_url,
            strategy=strategy,
            secret=SECRET,
            admin=True,
            **{"unlimited": "127.0.0.1/32", **settings},
        )
    )
    ids = await _ids(database_url)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://corral") as http,
    ):
        yield Client(http, app, ids, redis_url)


class Client:
    """Sends requests as somebody, or as nobody."""

    def __init__(
        self, http: httpx.AsyncClient, app: FastAPI, ids: Mapping[str, int], redis_url: str
    ) -> None:
        self.http = http
        self.app = app
        self.ids = ids
        self.redis_url = redis_url
        self._tokens = Tokens(SECRET.encode())

    async def send(
        self,
        method: str,
        path: str,
        *,
        by: str | None = None,
        admin: bool = False,
        operator: bool = False,
        **more: Any,
    ) -> httpx.Response:
        """Any request; `by` is the handle of who sends it."""
        headers = dict(more.pop("headers", {}))
        if by is not None:
            token = self._tokens.make(self.ids[by], by, is_admin=admin, is_operator=operator)
            headers["Authorization"] = f"Bearer {token}"
        return await self.http.request(method, path, headers=headers, **more)

    async def get(self, path: str, *, by: str | None = None) -> Any:
        """The body of a successful read."""
        answer = await self.send("GET", path, by=by)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def expire(self, entry: str) -> None:
        """Drop a cache entry everywhere."""
        answer = await self.send(
            "POST", "/v1/admin/cache/expire", by="ada", operator=True, json={"entry": entry}
        )
        assert answer.status_code == 204, answer.text

    async def statements(self, do: Callable[[], Awaitable[object]]) -> int:
        """How many statements the service needs for something that may be done repeatedly.

        The fewest of some attempts: a relay asks twice a second, whatever else goes on.
        """
        spent = []
        for _ in range(ATTEMPTS):
            before = (await self.stats())["sql_statements"]
            await do()
            spent.append((await self.stats())["sql_statements"] - before)
        return int(min(spent))

    async def stats(self) -> Any:
        """What the service counted."""
        return (await self.send("GET", "/v1/admin/stats", by="ada", operator=True)).json()


async def _ids(database_url: str) -> dict[str, int]:
    connection = await asyncpg.connect(database_url)
    found = await connection.fetch("select handle, id from users")
    await connection.close()
    return {row["handle"]: row["id"] for row in found}
