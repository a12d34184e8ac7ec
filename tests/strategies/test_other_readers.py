"""Whatever is cancelled, nobody is given what another asked for."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from redis.asyncio import Connection

from service.embedded.servers import Servers
from tests.clients import Client, serving
from tests.faults.proxy import Proxy
from tests.faults.sizes import size
from tests.world import Databases

READS = size(500, 2_000)
UNTIL_FOUND = 4_000  # a mutant lives no longer
AT_ONCE = 20
SLOW_S = (0.0, 0.02)  # each way
# Each follows one author, whose posts are marked with his name.
FOLLOWS = {"ada": "barbara", "claude": "donald"}
ROWS = """
delete from follows;
insert into follows (follower_id, followee_id)
select a.id, b.id from users a, users b
where (a.handle, b.handle) in (('ada', 'barbara'), ('claude', 'donald'));
"""


@asynccontextmanager
async def reading(strategy: str, databases: Databases, servers: Servers) -> AsyncIterator[Client]:
    """A service that reaches its cache slowly; both readers' feeds are in it."""
    redis_url = servers.redis_urls[strategy]
    port = int(redis_url.rpartition(":")[2].partition("/")[0])
    async with databases.copy_of("corral_test_world") as url:
        connection = await asyncpg.connect(url)
        await connection.execute(ROWS)
        await connection.close()
        with Proxy(port, seed=1) as proxy:
            slow = redis_url.replace(f":{port}/", f":{proxy.port}/")
            async with serving(strategy, url, slow) as client:
                for by in FOLLOWS:
                    await client.get("/v1/feed", by=by)
                proxy.slow(*SLOW_S)
                yield client
                proxy.heal()


async def leaks(client: Client, reads: int) -> tuple[int, int]:
    """Answers, and those among them with the other's mark: of so many reads, some given up.

    The first that is found ends it.
    """
    rng = random.Random(1)
    turn = asyncio.Semaphore(AT_ONCE)
    foreign = {by: set(FOLLOWS.values()) - {author} for by, author in FOLLOWS.items()}
    seen = [0, 0]

    async def read(by: str, patience_s: float) -> None:
        async with turn:
            if seen[1]:
                return
            try:
                answer: httpx.Response = await asyncio.wait_for(
                    client.send("GET", "/v1/feed", by=by), patience_s
                )
            except TimeoutError:
                return
            except Exception:  # noqa: BLE001 - a strategy that fails with its cache tells nothing
                return
        seen[0] += answer.status_code == 200
        seen[1] += any(f"{author} on" in answer.text for author in foreign[by])

    async with asyncio.TaskGroup() as group:
        for number in range(reads):
            by = ("ada", "claude")[number % 2]
            group.create_task(read(by, rng.choice((0.01, 0.03, 0.06, 0.1, 5.0, 5.0))))
    return seen[0], seen[1]


@pytest.mark.parametrize("strategy", ["article", "layered"])
async def test_nobody_reads_anothers_feed(
    strategy: str, databases: Databases, servers: Servers
) -> None:
    """Two thousand reads of two readers in turns, many of them given up on the way."""
    async with reading(strategy, databases, servers) as client:
        answered, leaked = await leaks(client, READS)
    assert leaked == 0
    assert READS / 4 < answered < READS


async def test_a_client_that_leaves_replies_behind_is_found(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutant: who is cancelled leaves a reply in the socket, and the next one takes it."""
    plain = Connection.read_response

    async def leave(connection: Connection, *args: Any, **options: Any) -> Any:
        return await plain(connection, *args, **options | {"disconnect_on_error": False})

    monkeypatch.setattr(Connection, "read_response", leave)
    async with reading("article", databases, servers) as client:
        _, leaked = await leaks(client, UNTIL_FOUND)
    assert leaked > 0
