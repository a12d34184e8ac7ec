"""Bytes from a cache are untrusted: whatever lies under a key, every endpoint answers what is so.

A signature would be needed to notice bytes that are wrong and yet decode; whoever can write those
into Redis can write anything. What is held here is that nothing that *cannot* be read does harm.
"""

import contextlib
import os
import pickle
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from service import keys
from service.app import make_app
from service.patterns.lease import entries
from service.settings import Settings
from tests.clients import SECRET, Client
from tests.strategies.every_endpoint import READS, comments_of, post_of
from tests.strategies.normal import Names
from tests.strategies.poison import POISONS, trap
from tests.strategies.service import Service
from tests.strategies.test_keyspace import kind_of

Answers = dict[str, tuple[int, Any]]  # by what was asked
ROUNDS = 20 if os.environ.get("CORRAL_PROOF") else 1
# Where a cache that fails is a request that fails, so is a command that does not fit its key: the
# counters of `article` are hashes. They are left as they are, and fail under another type.
FAIL_ON_ANOTHER_TYPE = {"naive", "article"}
# What may still lie there. A lease writes only what it holds, so `layered` loads past a value of
# another type until its life ends or something is written; and bytes are another type to sorted
# sets. Ten megabytes may take longer to come than the cache is given: then it was not looked at.
ANOTHER_TYPE, LARGE = "another type", "ten megabytes"
STRUCTURES = {keys.RANKING, keys.VIEWED, keys.VIEWS}


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


async def things(client: Client) -> dict[str, int]:
    """What the reads are about."""
    post_id = await post_of(client)
    return {"post": post_id, "comment": (await comments_of(client, post_id))[0]}


async def answers(client: Client, about: Mapping[str, int]) -> Answers:
    """What every read is answered, twice: cold, then warm. Both have to be the same."""
    found: list[Answers] = [{}, {}]
    names = Names()
    for each in found:
        for read in READS:
            path = read.path.format(**about)
            answer = await client.send("GET", path, by=read.by)
            is_json = "json" in answer.headers.get("content-type", "")
            content = names.of(answer.json()) if is_json else answer.text
            each[f"{path} as {read.by}"] = answer.status_code, content
    assert found[0] == found[1]
    return found[0]


async def poisoned(service: Service, name: str, rand: random.Random) -> dict[bytes, bytes]:
    """Put something else under every key; returns what then lies there (a dump)."""
    async with Redis.from_url(service.client.redis_url) as redis:
        keys = sorted([key async for key in redis.scan_iter(count=1000)])
        if name != ANOTHER_TYPE and service.name in FAIL_ON_ANOTHER_TYPE:
            keys = [key for key in keys if await redis.type(key) == b"string"]
        if name in {LARGE, "a bomb"}:  # one key of each kind: it has to be in memory
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
    about = await things(service.client)
    for number in range(ROUNDS if name == "random bytes" else 1):
        async with restarted(service) as client:
            right = await answers(client, about)
        left = await poisoned(service, name, random.Random(number))
        async with restarted(service) as client:
            found = await answers(client, about)
        assert not trap(tmp_path).exists()
        if name == ANOTHER_TYPE and service.name in FAIL_ON_ANOTHER_TYPE:
            assert any(status == 500 for status, _ in found.values())
        else:
            assert found == right
            kept = {kind_of(key) for key in await remaining(service, left)}
            assert name in {ANOTHER_TYPE, LARGE} or kept <= STRUCTURES
        async with Redis.from_url(service.client.redis_url) as redis:
            await redis.flushdb()


@pytest.mark.parametrize("wrong", ["status", "body"])
def test_a_wrong_answer_is_told(wrong: str) -> None:
    """The comparison looks at both."""
    right = {"/v1/feed as ada": (200, {"id": 1})}
    assert right != {"/v1/feed as ada": (500, {"id": 1}) if wrong == "status" else (200, {"id": 2})}


@pytest.mark.parametrize("service", ["layered"], indirect=True)
async def test_a_codec_that_trusts_its_bytes_is_told(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the check of what was read, the trap goes off."""
    monkeypatch.setenv("CORRAL_TRAP", str(trap(tmp_path)))
    monkeypatch.setattr(entries, "unpack", pickle.loads)
    about = await things(service.client)
    async with restarted(service) as client:
        await answers(client, about)
    await poisoned(service, "a pickle", random.Random(0))
    async with restarted(service) as client:
        with contextlib.suppress(Exception):
            await answers(client, about)
    assert trap(tmp_path).exists()
