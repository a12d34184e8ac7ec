"""Pages that are put together once for all who ask at that moment."""

import asyncio
from collections import Counter

from service.embedded.servers import Servers
from tests.clients import serving

PATH = "/v1/posts?sort=top&window=day&limit=5"


async def test_who_waits_for_a_part_of_the_page_is_no_hit(
    world_database: str, servers: Servers
) -> None:
    """The list is warm, one post's counts are not: one loads them, the others waited for that."""
    async with serving("layered", world_database, servers.redis_urls["layered"]) as client:
        first = (await client.get(PATH))["items"][0]
        await client.expire(f"counts:{first['id']}")
        answers = await asyncio.gather(*(client.send("GET", PATH) for _ in range(3)))
        assert Counter(answer.headers["Cache-Status"] for answer in answers) == {
            "corral; fwd=miss": 1,
            "corral; fwd=miss; collapsed": 2,
        }
        again = await asyncio.gather(*(client.send("GET", PATH) for _ in range(3)))
        assert {answer.headers["Cache-Status"].partition("; ttl")[0] for answer in again} == {
            "corral; hit"
        }
