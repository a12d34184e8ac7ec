"""Bytes from a cache are untrusted: whatever lies under a key, every endpoint answers what is so.

A signature would be needed to notice bytes that are wrong and yet decode; whoever can write those
into Redis can write anything. What is held here is that nothing that *cannot* be read does harm.
"""

import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from service.app import make_app
from service.settings import Settings
from tests.clients import SECRET, Client
from tests.strategies.every_endpoint import READS, Request, post_of
from tests.strategies.normal import Names
from tests.strategies.poison import POISONS, trap
from tests.strategies.service import Service
from tests.strategies.test_keyspace import kind_of

Answers = dict[Request, tuple[int, Any]]
ROUNDS = 20 if os.environ.get("CORRAL_PROOF") else 2
# An error that Redis itself answers is a failed request where a cache that fails is one.
FAIL_ON_ANOTHER_TYPE = {"naive", "article"}


@asynccontextmanager
async def restarted(service: Service) -> AsyncIterator[Client]:
    """Another process on the same stores, which has nothing in its own memory."""
    settings = Settings(
        DATABASE_URL=service.database_url,
        REDIS_URL=service.client.redis_url,
        strategy=service.name,
        secret=SECRET,
        unlimited="127.0.0.1/32",
    )
    app = make_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://corral") as http,
    ):
        yield Client(http, app, service.client.ids, service.client.redis_url)


async def answers(client: Client, post_id: int) -> Answers:
    """What every read is answered, twice: cold, then warm. Both have to be the same."""
    found: list[Answers] = [{}, {}]
    names = Names()
    for each in found:
        for read in READS:
            answer = await client.send("GET", read.path.format(post=post_id), by=read.by)
            is_json = "json" in answer.headers.get("content-type", "")
            content = names.of(answer.json()) if is_json else answer.text
            each[read] = answer.status_code, content
    assert found[0] == found[1]
    return found[0]


async def poisoned(service: Service, name: str, rand: random.Random) -> dict[bytes, bytes]:
    """Put something else under every key; returns what then lies there (a dump)."""
    async with Redis.from_url(service.client.redis_url) as redis:
        keys = sorted([key async for key in redis.scan_iter(count=1000)])
        if name == "ten megabytes":  # of one key of each kind: they all have to be in memory
            keys = list({kind_of(key.decode()).name: key for key in keys}.values())
        for key in keys:
            await POISONS[name](redis, key, rand)
        return {key: await redis.dump(key) or b"" for key in keys}


async def remaining(service: Service, left: dict[bytes, bytes]) -> set[str]:
    """Keys under which the poison still lies."""
    async with Redis.from_url(service.client.redis_url) as redis:
        return {key.decode() for key, dump in left.items() if await redis.dump(key) == dump}


@pytest.mark.parametrize("name", POISONS)
async def test_what_cannot_be_read_does_no_harm(
    service: Service, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right answers, nothing run, and what was asked for is written anew."""
    monkeypatch.setenv("CORRAL_TRAP", str(trap(tmp_path)))
    post_id = await post_of(service.client)
    for number in range(ROUNDS if name == "random bytes" else 1):
        async with restarted(service) as client:
            right = await answers(client, post_id)
        left = await poisoned(service, name, random.Random(number))
        async with restarted(service) as client:
            found = await answers(client, post_id)
        assert not trap(tmp_path).exists()
        if name == "another type" and service.name in FAIL_ON_ANOTHER_TYPE:
            assert any(status == 500 for status, _ in found.values())
        else:
            assert found == right
            assert await remaining(service, left) == set()
        async with Redis.from_url(service.client.redis_url) as redis:
            await redis.flushdb()
