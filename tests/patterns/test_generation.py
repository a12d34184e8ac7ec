"""Generation: one bump and no page of before is ever read again."""

import asyncio
import itertools
from collections.abc import Callable
from typing import cast

import pytest
from redis.asyncio import Redis

from service.patterns.generation import Generation

from .contract import Source


class Counted(Generation):
    """The mutant: a number from the cache, which starts anew when it was lost."""

    async def current(self, name: str) -> str:
        """Return the number, 1 if there is none."""
        await self._redis.set(f"{name}:g", 1, nx=True, px=60_000)
        return cast("bytes", await self._redis.get(f"{name}:g")).decode()

    async def bump(self, name: str) -> str:
        """Raise the number."""
        raised = await self._redis.incr(f"{name}:g")
        await self._redis.pexpire(f"{name}:g", 60_000)
        return str(raised)


class Pages:
    """Pages of comments, cached as the pattern's users would: take the generation, then load."""

    def __init__(self, redis: Redis, generation: Generation, ttl_ms: int = 60_000) -> None:
        self.redis = redis
        self.generation = generation
        self.ttl_ms = ttl_ms

    async def read(self, name: str, page: int, source: Source) -> str:
        """Return one page."""
        key = f"{name}:{await self.generation.current(name)}:{page}"
        raw = cast("bytes | None", await self.redis.get(key))
        if raw is not None:
            return raw.decode()
        text = await source.load()
        await self.redis.set(key, text, px=self.ttl_ms)
        return text


class LoadsFirst(Pages):
    """The mutant: asks for the generation when it stores, not before it loads."""

    async def read(self, name: str, page: int, source: Source) -> str:
        """Return one page."""
        found = await self.redis.get(f"{name}:{await self.generation.current(name)}:{page}")
        if found is not None:
            return cast("bytes", found).decode()
        text = await source.load()
        key = f"{name}:{await self.generation.current(name)}:{page}"
        await self.redis.set(key, text, px=self.ttl_ms)
        return text


async def test_one_bump_invalidates_all_pages(redis: Redis, key: str) -> None:
    """However many there are; the pages of another group stay."""
    pages, source = Pages(redis, Generation(redis)), Source("old")
    other = f"{key}:other"
    for name, page in itertools.product((key, other), range(20)):
        await pages.read(name, page, source)
    source.value = "new"
    await pages.generation.bump(key)
    assert {await pages.read(key, page, source) for page in range(20)} == {"new"}
    assert {await pages.read(other, page, source) for page in range(20)} == {"old"}


async def test_all_clients_agree(connect: Callable[[], Redis], key: str) -> None:
    """Of many that find no generation at once, one sets it; after a bump all see the new one."""
    clients = [Generation(connect()) for _ in range(8)]
    [first] = {*await asyncio.gather(*(each.current(key) for each in clients))}
    second = await clients[0].bump(key)
    assert {second} == {*await asyncio.gather(*(each.current(key) for each in clients))}
    assert first != second


async def overtaken(pages: Pages, key: str) -> str:
    """Let a change overtake a reader's load; return what is read after it."""
    source = Source("old")
    source.hold()
    reader = asyncio.create_task(pages.read(key, 1, source))
    await source.started.wait()
    source.value = "new"
    await pages.generation.bump(key)
    source.gate.set()
    assert await reader == "old"  # it asked before the change was over
    return await pages.read(key, 1, source)


async def test_a_load_overtaken_by_a_bump_is_stored_where_nobody_looks(
    redis: Redis, key: str
) -> None:
    """Harmless without any fence: the old page has the old generation in its name."""
    assert await overtaken(Pages(redis, Generation(redis)), key) == "new"


async def test_control_the_generation_taken_after_the_load_is_no_help(
    redis: Redis, key: str
) -> None:
    """The switch: the old page is stored under the new generation."""
    assert await overtaken(LoadsFirst(redis, Generation(redis)), key) == "old"


@pytest.mark.parametrize("when", ["before", "after"])
async def test_the_bump_comes_after_the_commit(redis: Redis, key: str, when: str) -> None:
    """The switch is the order: a reader between bump and commit stores the old page for good."""
    pages, source = Pages(redis, Generation(redis)), Source("old")
    if when == "before":
        await pages.generation.bump(key)
    await pages.read(key, 1, source)
    source.value = "new"  # the commit
    if when == "after":
        await pages.generation.bump(key)
    assert await pages.read(key, 1, source) == {"before": "old", "after": "new"}[when]


async def lose_the_generation(redis: Redis, generation: Generation, key: str) -> str:
    """Evict the generation while a page of its first life lives on; return what is read then."""
    pages, source = Pages(redis, generation), Source("old")
    await pages.read(key, 1, source)
    source.value = "new"
    await generation.bump(key)
    await redis.delete(f"{key}:g")
    return await pages.read(key, 1, source)


async def test_a_lost_generation_meets_no_old_page(redis: Redis, key: str) -> None:
    """Evicted, expired or lost in a failover: the next one is random."""
    assert await lose_the_generation(redis, Generation(redis), key) == "new"


async def test_control_a_counter_meets_its_old_pages(redis: Redis, key: str) -> None:
    """The switch: a counter starts anew at 1, where the oldest page still stands."""
    assert await lose_the_generation(redis, Counted(redis), key) == "old"


async def flush_during_a_load(redis: Redis, generation: Generation, key: str) -> str:
    """Flush all that we have while a reader loads the old page; return what is read at last."""
    pages, source = Pages(redis, generation), Source("old")
    source.hold()
    reader = asyncio.create_task(pages.read(key, 1, source))
    await source.started.wait()
    await redis.delete(*[each async for each in redis.scan_iter(match=f"{key}*")])
    source.value = "new"
    await generation.bump(key)
    source.gate.set()
    await reader
    return await pages.read(key, 1, source)


async def test_a_flush_during_a_load_does_no_harm(redis: Redis, key: str) -> None:
    """The late page is stored under a generation that no longer is, and never will be again."""
    assert await flush_during_a_load(redis, Generation(redis), key) == "new"


async def test_control_after_a_flush_a_counter_matches_again(redis: Redis, key: str) -> None:
    """The switch: the late page is of generation 1, and so is the bump that came after it."""
    assert await flush_during_a_load(redis, Counted(redis), key) == "old"


async def test_old_pages_go_by_their_ttl_and_nothing_lives_for_ever(redis: Redis, key: str) -> None:
    """A bump deletes nothing: what it leaves behind has a life, and so has the generation."""
    pages, source = Pages(redis, Generation(redis, ttl_s=3_600), ttl_ms=600_000), Source()
    for _ in range(3):
        await pages.read(key, 1, source)
        await pages.generation.bump(key)
    lives = [await redis.pttl(each) async for each in redis.scan_iter(match=f"{key}*")]
    assert len(lives) == 4
    assert all(0 < life <= 3_600_000 for life in lives)
    assert sum(life <= 600_000 for life in lives) == 3


async def test_a_name_in_use_lives_on(redis: Redis, key: str) -> None:
    """A share of the reads prolongs it, and a bump too; the rest of the reads are plain GETs."""
    chance = iter([0.02, 0.0, 0.02])
    generation = Generation(redis, ttl_s=60, rand=lambda: next(chance))
    first = await generation.current(key)
    assert 59_000 < await redis.pttl(f"{key}:g") <= 60_000
    await redis.pexpire(f"{key}:g", 5_000)
    assert await generation.current(key) == first
    assert await redis.pttl(f"{key}:g") <= 5_000
    assert await generation.current(key) == first
    assert 59_000 < await redis.pttl(f"{key}:g") <= 60_000
    await redis.pexpire(f"{key}:g", 5_000)
    await generation.bump(key)
    assert 59_000 < await redis.pttl(f"{key}:g") <= 60_000


@pytest.mark.parametrize("content", [b"", b"7f3a:1", b"\xff\xfe", b"*"])
async def test_foreign_bytes_are_replaced(redis: Redis, key: str, content: bytes) -> None:
    """What is no generation of ours becomes part of no key."""
    await redis.set(f"{key}:g", content, px=60_000)
    generation = Generation(redis)
    current = await generation.current(key)
    assert current.isalnum()
    assert current == await generation.current(key)


async def test_reads_go_where_they_are_told(redis: Redis, key: str) -> None:
    """Such as to an AutoBatch, which merges the GETs of a turn."""
    asked: list[str] = []

    class Reads:
        async def get(self, name: str) -> bytes | None:
            asked.append(name)
            return cast("bytes | None", await redis.get(name))

    generation = Generation(redis, reads=Reads())
    assert await generation.current(key) == await generation.current(key)
    assert asked == [f"{key}:g"] * 2
