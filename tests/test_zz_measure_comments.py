import io, time, statistics
import asyncpg
from datetime import UTC, datetime
from rich.console import Console
from redis.asyncio import Redis
from service.seeding import Generated
from service.seeding.loading import seed
from service.seeding.sources import SMALL
from tests.clients import serving
from tests.http.discussing import new_post

async def test_measure(empty_database, servers):
    import inspect
    print(inspect.signature(seed))
    kw = {}
    await run_seed(empty_database)
    c = await asyncpg.connect(empty_database)
    posts = [r["id"] for r in await c.fetch("select id from posts order by comment_count desc limit 200")] + [r["id"] for r in await c.fetch("select id from posts order by random() limit 200")]
    print("max comments", await c.fetch("select comment_count from posts order by 1 desc limit 3"), await c.fetchval("select avg(comment_count) from posts"))
    url = servers.redis_urls["layered"]
    for name in ("layered", "article", "no_cache", "naive"):
        async with serving(name, empty_database, servers.redis_urls[name]) as client:
            client.ids = {**client.ids, "ada": 1}
            async def timed(path, n=200):
                ts = []
                for _ in range(n):
                    t = time.perf_counter(); await client.get(path); ts.append((time.perf_counter()-t)*1000)
                return round(statistics.median(ts), 2)
            for p in posts[200:]:
                await client.get(f"/v1/posts/{p}/comments")
            for p in posts[:3]:
                cold=[]
                for _ in range(5):
                    await client.expire(f"comments:{p}")
                    t=time.perf_counter(); await client.get(f"/v1/posts/{p}/comments"); cold.append((time.perf_counter()-t)*1000)
                print(name, p, "warm", await timed(f"/v1/posts/{p}/comments"), "cold", round(statistics.median(cold),2))
            async with Redis.from_url(servers.redis_urls[name]) as redis:
                for prefix in ("comments:", "comment:", "post:*comments"):
                    sizes = [await redis.memory_usage(k) async for k in redis.scan_iter(f"{prefix}*")]
                    if sizes: print(name, prefix, len(sizes), round(sum(sizes)/len(sizes)), max(sizes))
    from service.feed.threads import Knot, skeleton_of, walk, Thread
    import random
    for n in (1000, 5000):
        r = random.Random(1); knots=[]
        for i in range(1, n+1): knots.append(Knot(i*4096, r.choice([None]+[k.id for k in knots[-50:]]), r.randrange(5), r.randrange(3)))
        for sort in ("new","best"):
            t=time.perf_counter(); s=skeleton_of(knots, sort); a=time.perf_counter(); walk(s, Thread(1,sort), None, 21); b=time.perf_counter()
            last = walk(s, Thread(1,sort), None, n)[-30][0]; cc=time.perf_counter(); walk(s, Thread(1,sort), last, 21); d=time.perf_counter()
            print(n, sort, "build ms", round((a-t)*1000,2), "first page", round((b-a)*1000,3), "last page", round((d-cc)*1000,2))

async def run_seed(url):
    import asyncio
    from service.seeding import loading
    facts = await seed(url, Generated(SMALL), seed=1, now=datetime.now(UTC), console=Console(file=io.StringIO())) if False else await call(url)

async def call(url):
    import inspect
    sig = inspect.signature(seed)
    names = list(sig.parameters)
    given = {"database_url": url, "url": url, "source": Generated(SMALL), "seed": 1, "now": datetime.now(UTC), "console": Console(file=io.StringIO()), "rng_seed": 1, "replace": True}
    return await seed(**{n: given[n] for n in names if n in given})
