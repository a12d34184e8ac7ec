"""Whose word counts for where a request comes from: nobody's, unless it is said whose."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from service.embedded.servers import Servers
from tests.clients import SECRET

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def serving(
    database_url: str, redis_url: str, place: Path, **environment: str
) -> AsyncIterator[httpx.AsyncClient]:
    """`corral serve` as a process, which lets everybody read twice."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service.cli", "serve", "--port", "0", "--end-with-parent",
        cwd=place, stdout=asyncio.subprocess.PIPE,
        env={
            **os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": database_url,
            "REDIS_URL": redis_url, "CORRAL_SECRET": SECRET, "CORRAL_LIMIT_READS": "2/9000s",
            **environment,
        },
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found is not None, line
        async with httpx.AsyncClient(base_url=found[0]) as http:
            yield http
    finally:
        process.terminate()
        await process.wait()


async def reads(http: httpx.AsyncClient) -> list[int]:
    """The statuses of four reads that are said to come from four addresses."""
    return [
        (await http.get("/v1/users/ada", headers={"X-Forwarded-For": f"192.0.2.{n}"})).status_code
        for n in range(4)
    ]


async def test_a_client_cannot_say_where_it_is(
    world_database: str, servers: Servers, tmp_path: Path
) -> None:
    """Uvicorn's own default would believe everybody on this machine, and a variable of its own."""
    redis_url, believed = servers.redis_urls["layered"], {"FORWARDED_ALLOW_IPS": "*"}
    async with serving(world_database, redis_url, tmp_path, **believed) as http:
        assert [200, 200, 429, 429] == await reads(http)


async def test_a_proxy_that_is_named_is_believed(
    world_database: str, servers: Servers, tmp_path: Path
) -> None:
    """Or all who come through it would be one person."""
    redis_url, proxies = servers.redis_urls["layered"], {"CORRAL_PROXIES": "127.0.0.0/8"}
    async with serving(world_database, redis_url, tmp_path, **proxies) as http:
        assert [200] * 4 == await reads(http)
        # What a client wrote before the proxy's own word is not taken.
        lies = {"X-Forwarded-For": "10.9.8.7, 192.0.2.0"}
        seen = [(await http.get("/v1/users/ada", headers=lies)).status_code for _ in range(2)]
        assert [200, 429] == seen


async def test_what_is_exempt_is_named_by_the_environment(
    world_database: str, servers: Servers, tmp_path: Path
) -> None:
    """As the load tests do."""
    redis_url, exempt = servers.redis_urls["layered"], {"CORRAL_UNLIMITED": "127.0.0.1/32"}
    async with serving(world_database, redis_url, tmp_path, **exempt) as http:
        assert [200] * 4 == await reads(http)
