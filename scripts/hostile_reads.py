"""Parts of `measure_safety` that read posts: entries that are noise, and ids that are nobody's."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import asyncpg
from redis.asyncio import Redis

from scripts.costs import cost_of, p99_ms, shown
from scripts.raw_http import Request, offered
from scripts.served import UNLIMITED, Served, service
from service.embedded.servers import Servers

POSTS = 500  # what the readers who mean well read: few enough that all of it is cached
RUN_S = 30.0  # how long ids at random are sent; as long as an id that is absent is remembered
ALONE_S = 10.0  # the readers before that: 1,000 reads, of which a p99 can be told
ATTACKS_PER_S = 500  # five strangers' ids for each read of somebody who means well
READS_PER_S = 100
BY_ITSELF = 2_000  # requests for each kind of id, which cost up to some ms


async def poisoned_entries(servers: Servers) -> list[str]:
    """What a stranger wrote into the cache is a miss, and is replaced."""
    rand = random.Random(6)
    posts = await _newest(servers)
    async with (
        service(servers, **UNLIMITED) as served,
        Redis.from_url(servers.redis_urls["default"]) as redis,
    ):
        await _warm(served, posts)
        keys = [key async for key in redis.scan_iter("post:*:v", count=1000)]
        for key in keys:
            await redis.set(key, rand.randbytes(rand.randrange(1, 400)), keepttl=True)
    told: Counter[int] = Counter()
    took_s: list[float] = []
    async with service(servers, **UNLIMITED) as served:  # another one, which holds no copies
        for post_id in posts:
            began_s = time.monotonic()
            told[(await served.pool.ask("GET", f"/v1/posts/{post_id}"))[0]] += 1
            took_s.append(time.monotonic() - began_s)
    return [f"{len(keys)} keys overwritten; reads {shown(told)}, p99 {p99_ms(took_s)} ms"]


async def random_ids(servers: Servers) -> list[str]:
    """Who asks for what is not there hurts nobody else, and fills no cache."""
    posts = await _newest(servers)
    rand, newest = random.Random(7), max(posts)

    def there() -> Request:
        return _read(rand.choice(posts))

    asked: Mapping[str, Callable[[], Request]] = {
        "there": there,
        "absent": lambda: _read(rand.randrange(1, newest)),
        "impossible": lambda: _read(rand.randrange(2 * newest, 2**53)),
    }
    async with (
        service(servers, **UNLIMITED) as served,
        Redis.from_url(servers.redis_urls["default"]) as redis,
    ):
        await _warm(served, posts)
        return [
            *await _beside(served, redis, there, rand),
            *[
                f"{name}, asked for alone: {await cost_of(served, request, BY_ITSELF)}"
                for name, request in asked.items()
            ],
        ]


async def _beside(
    served: Served, redis: Redis, there: Callable[[], Request], rand: random.Random
) -> list[str]:
    """Readers alone, then beside ids at random: what that does to them, and to the cache."""

    def attack() -> Request:
        noise = f"?{rand.randbytes(4).hex()}={rand.randrange(10**9)}"
        return _read(rand.randrange(1, 2**53), noise)

    alone_s = await offered(served.pool, there, READS_PER_S, ALONE_S)
    keys, worked_s = await redis.dbsize(), served.worked_s()
    told: dict[int, int] = {}
    beside_s, _ = await asyncio.gather(
        offered(served.pool, there, READS_PER_S, RUN_S, told),
        offered(served.pool, attack, ATTACKS_PER_S, RUN_S),
    )
    added, worked_s = await redis.dbsize() - keys, served.worked_s() - worked_s
    return [
        f"{ATTACKS_PER_S} random ids a second for {RUN_S:.0f} s: others' p99 "
        f"{p99_ms(alone_s)} -> {p99_ms(beside_s)} ms; they were answered {shown(told)}",
        f"{added:,} keys added of {ATTACKS_PER_S * RUN_S:,.0f} ids, each for at most 30 s; "
        f"{worked_s / RUN_S:.2f} of a core",
    ]


def _read(post_id: int, query: str = "") -> Request:
    return "GET", f"/v1/posts/{post_id}{query}", "", b""


async def _warm(served: Served, posts: Sequence[int]) -> None:
    for post_id in posts:
        await served.pool.ask(*_read(post_id))


async def _newest(servers: Servers) -> list[int]:
    connection = await asyncpg.connect(servers.database_url)
    found = await connection.fetch("select id from posts order by id desc limit $1", POSTS)
    await connection.close()
    return [row["id"] for row in found]
