"""A service on its own copy of the world for each search, and what a search needs to know."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from service.embedded.servers import Servers
from service.http.tokens import Tokens
from tests.clients import SECRET, Client, serving
from tests.schemathesis.searching import Found, listening, search, write_config
from tests.world import Databases

STILL_THERE = "select count(*) from users where handle = 'ada' and deleted_at is null"
Search = Callable[..., Awaitable[Found]]


@pytest.fixture
async def searched(databases: Databases, servers: Servers) -> AsyncIterator[tuple[Client, str]]:
    """The service, and the URL of its database."""
    redis_url = servers.redis_urls["layered"].removesuffix("/0") + "/3"
    async with (
        databases.copy_of("corral_test_world") as url,
        serving("layered", url, redis_url) as client,
    ):
        yield client, url


@pytest.fixture
def run(searched: tuple[Client, str], tmp_path: Path) -> Search:
    """Searches that service; takes a seed and arguments of `schemathesis run`."""
    client, url = searched
    tokens = Tokens(SECRET.encode())

    async def run(seed: int, *more: str) -> Found:
        connection = await asyncpg.connect(url)
        posts = await connection.fetch("select id from posts order by id limit 9")
        comments = await connection.fetch("select id from comments order by id limit 9")
        await connection.execute("update users set is_admin = true where handle = 'ada'")
        await connection.close()
        ids = {"POSTS": [row["id"] for row in posts], "COMMENTS": [row["id"] for row in comments]}
        # Administrators of their own: what a search changes may be who is signed in.
        async with listening(client.app) as address:
            found = await search(
                address,
                write_config(tmp_path, ids),
                seed=seed,
                more=more,
                CORRAL_TOKEN=tokens.make(client.ids["ada"], "ada", is_admin=True),
                CORRAL_SPARE=tokens.make(client.ids["leslie"], "leslie"),
            )
        # Somebody who had been deleted on the way would have been refused everywhere else.
        connection = await asyncpg.connect(url)
        assert await connection.fetchval(STILL_THERE) == 1
        await connection.close()
        return found

    return run
