"""How often one may ask: by user, else by address; and what is not counted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from service import keys
from service.embedded.servers import Servers
from service.feed.households import household
from service.http.tokens import Tokens
from service.limiting.buckets import OwnBuckets, SharedBuckets
from service.limiting.rate import Rate
from tests.clients import SECRET, Client, serving
from tests.http.problems import problem
from tests.waiting import until
from tests.world import Databases

# They do not fill again while a test runs.
LIMITS = {"limit_reads": "5/9000s", "limit_writes": "3/9000s", "limit_sign_in": "2/9000s"}


@pytest.fixture(scope="module")
async def world(databases: Databases) -> AsyncIterator[str]:
    """URL of the database of this module."""
    async with databases.copy_of("corral_test_world") as url:
        yield url


@pytest.fixture
async def limited(world: str, servers: Servers) -> AsyncIterator[Client]:
    """A service that counts what comes from anywhere but 10.0.0.0/8."""
    redis_url = servers.redis_urls["layered"]
    async with serving("layered", world, redis_url, unlimited="10.0.0.0/8", **LIMITS) as client:
        yield client


async def send(
    client: Client, address: str, method: str, path: str, *, by: str | None = None, **more: Any
) -> httpx.Response:
    """A request from an address."""
    headers = dict(more.pop("headers", {}))
    if by is not None:
        token = Tokens(SECRET.encode()).make(client.ids[by], by)
        headers["Authorization"] = f"Bearer {token}"
    transport = httpx.ASGITransport(client.app, client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://corral") as http:
        return await http.request(method, path, headers=headers, **more)


async def reads(client: Client, address: str, times: int, **more: Any) -> list[int]:
    """The statuses of so many reads."""
    return [
        (await send(client, address, "GET", "/v1/users/ada", **more)).status_code
        for _ in range(times)
    ]


async def test_a_read_too_many_is_429(limited: Client) -> None:
    """A problem, with the seconds until the next one, and the headers of every answer."""
    assert [200] * 5 == await reads(limited, "192.0.2.1", 5)
    answer = await send(limited, "192.0.2.1", "GET", "/v1/users/ada")
    assert answer.status_code == 429
    problem(answer)
    assert 1700 < int(answer.headers["retry-after"]) <= 1800
    assert answer.headers["cache-status"] == "corral; fwd=bypass"
    assert [200] == await reads(limited, "192.0.2.2", 1)


async def test_what_is_refused_is_counted(limited: Client) -> None:
    """For Prometheus, by class; each series stands there before its first event."""
    said = (await send(limited, "10.0.0.1", "GET", "/metrics")).text
    assert 'corral_limits_total{outcome="reads_refused"} 0' in said
    await reads(limited, "192.0.2.1", 7)
    said = (await send(limited, "10.0.0.1", "GET", "/metrics")).text
    assert 'corral_limits_total{outcome="reads_refused"} 2' in said
    assert 'corral_limits_total{outcome="writes_open"} 0' in said


async def test_a_user_is_one_person_everywhere(limited: Client) -> None:
    """And several people behind one address are several."""
    assert [200] * 3 == await reads(limited, "192.0.2.1", 3, by="ada")
    assert [200, 200, 429] == await reads(limited, "192.0.2.2", 3, by="ada")
    assert [200] == await reads(limited, "192.0.2.1", 1, by="barbara")


@pytest.mark.parametrize("before", ["Bearer  ", "bearer ", "BEARER   "])
async def test_a_token_is_read_as_the_route_reads_it(limited: Client, before: str) -> None:
    """Spaces and case: whom the route knows is not counted as an address."""
    token = Tokens(SECRET.encode()).make(limited.ids["ada"], "ada")
    headers = {"Authorization": f"{before}{token}"}
    for _ in range(5):
        answer = await send(limited, "192.0.2.1", "GET", "/v1/me", headers=headers)
        assert answer.status_code == 200
    assert [429] == await reads(limited, "192.0.2.2", 1, by="ada")
    assert [200] == await reads(limited, "192.0.2.1", 1)


async def test_a_token_that_does_not_hold_is_no_person(limited: Client) -> None:
    """Or each invented token would bring a bucket of its own."""
    for number in range(5):
        headers = {"Authorization": f"Bearer invented-{number}"}
        answer = await send(limited, "192.0.2.1", "GET", "/v1/feed", headers=headers)
        assert answer.status_code == 401
    assert [429] == await reads(limited, "192.0.2.1", 1)


async def test_a_write_too_many_is_429(limited: Client) -> None:
    """Of whatever kind; reads are counted apart."""
    post = {"title": "Title", "body": "Text"}
    vote = f"/v1/posts/{await some_post(limited)}/vote"
    answers = [
        await send(limited, "192.0.2.1", "POST", "/v1/posts", by="ada", json=post),
        await send(limited, "192.0.2.1", "PUT", vote, by="ada", json={"value": 1}),
        await send(limited, "192.0.2.1", "PUT", "/v1/users/ada/follow", by="ada"),
        await send(limited, "192.0.2.1", "PUT", vote, by="ada", json={"value": 1}),
    ]
    assert [201, 200, 422, 429] == [answer.status_code for answer in answers]
    assert 2900 < int(answers[3].headers["retry-after"]) <= 3000
    problem(answers[3])
    assert [200] == await reads(limited, "192.0.2.1", 1, by="ada")


async def some_post(client: Client) -> int:
    """A post to vote on, found from an address that is not counted."""
    page = (await send(client, "10.0.0.1", "GET", "/v1/users/barbara/posts?limit=1")).json()
    found: int = page["items"][0]["id"]
    return found


async def test_writes_are_counted_by_all_processes_together(
    limited: Client, world: str, servers: Servers
) -> None:
    """Unlike reads, of which each process counts its own."""
    redis_url = servers.redis_urls["layered"]
    vote, body = f"/v1/posts/{await some_post(limited)}/vote", {"json": {"value": 1}}
    async with serving("layered", world, redis_url, unlimited="", **LIMITS) as other:
        seen = [
            (await send(process, "192.0.2.1", "PUT", vote, by="ada", **body)).status_code
            for process in (limited, other, limited, other, limited)
        ]
        assert [200, 200, 200, 429, 429] == seen
        assert [200] * 5 == await reads(limited, "192.0.2.1", 5)
        assert [200] * 5 == await reads(other, "192.0.2.1", 5)


async def test_what_is_exempt_is_not_counted(limited: Client) -> None:
    """Networks of the setting; and nothing of them is written to Redis."""
    assert [200] * 20 == await reads(limited, "10.1.2.3", 20)
    vote = f"/v1/posts/{await some_post(limited)}/vote"
    for _ in range(10):
        answer = await send(limited, "10.1.2.3", "PUT", vote, by="ada", json={"value": 1})
        assert answer.status_code == 200
    assert await limit_keys(limited) == {}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/"])
async def test_what_is_not_the_api_is_not_limited(limited: Client, path: str) -> None:
    """A probe that is refused would end the process."""
    await reads(limited, "192.0.2.1", 6)
    assert (await send(limited, "192.0.2.1", "GET", path)).status_code == 200


async def limit_keys(client: Client) -> dict[str, int]:
    """Keys of limits in Redis, and how many ms each has to live."""
    async with Redis.from_url(client.redis_url) as redis:
        names = [name async for name in redis.scan_iter("limit:*", count=1000)]
        return {name.decode(): await redis.pttl(name) for name in names}


async def test_every_key_is_known_and_has_its_life(limited: Client) -> None:
    """Four kinds; none outlives the time in which its bucket fills."""
    new = {"handle": "keyed", "password": "correct horse"}
    made = await send(limited, "10.0.0.1", "POST", "/v1/users", json=new)
    assert made.status_code == 201, made.text
    form = {"username": "keyed", "password": "correct horse"}
    answer = await send(limited, "192.0.2.1", "POST", "/v1/auth/token", data=form)
    assert answer.status_code == 200, answer.text
    await send(limited, "192.0.2.1", "PUT", "/v1/users/ada/follow", by="barbara")
    found = await limit_keys(limited)
    assert {name.rpartition(":")[2] for name in found} == {
        kind.pattern.rpartition(":")[2] for kind in keys.LIMITS.values()
    }
    for name, life_ms in found.items():
        assert name.count("{") == name.count("}") == 1
        longest_s = keys.LIMIT_KNOWN.ttl_s if name.endswith("known") else 9000 / 2
        assert 0 < life_ms <= longest_s * 1000
        assert "keyed" not in name  # who signs in from where is nobody's business


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nowhere", "nowhere"),
    ],
)
def test_an_address_is_counted_as_its_household(address: str, counted: str) -> None:
    """Of IPv6 everybody has 2^64."""
    assert counted == household(address)


async def test_one_household_is_one_person(limited: Client) -> None:
    """Through HTTP."""
    for host in range(5):
        assert [200] == await reads(limited, f"2001:db8::{host}", 1)
    assert [429] == await reads(limited, "2001:db8::ffff", 1)
    assert [200] == await reads(limited, "2001:db8:0:1::1", 1)


def test_a_bucket_fills_again() -> None:
    """All at once, then one an interval; a refusal costs nothing, a pause fills it and no more."""
    now_s = [100.0]
    buckets = OwnBuckets(Rate(3, 60), clock=lambda: now_s[0])
    assert [0, 0, 0] == [buckets.take("ada") for _ in range(3)]
    assert [20, 20] == [round(buckets.take("ada"), 6) for _ in range(2)]
    now_s[0] += 19
    assert round(buckets.take("ada"), 6) == 1
    now_s[0] += 1
    assert [0, 20] == [round(buckets.take("ada"), 6) for _ in range(2)]
    now_s[0] += 10_000
    assert [0, 0, 0, 20] == [round(buckets.take("ada"), 6) for _ in range(4)]


def test_memory_is_bounded() -> None:
    """The one who asked longest ago is forgotten first."""
    buckets = OwnBuckets(Rate(1, 60), most=3, clock=lambda: 0.0)
    assert [0, 0, 0, 0] == [buckets.take(who) for who in "abcd"]
    assert [60, 60, 60, 0] == [buckets.take(who) for who in "bcda"]


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    """A client of a database of our own."""
    async with Redis.from_url(servers.redis_urls["layered"].removesuffix("/0") + "/7") as redis:
        await redis.flushdb()
        yield redis


async def passed(buckets: Any, times: int) -> int:
    """How many of so many at once get through."""
    return (await asyncio.gather(*(buckets.take("ada") for _ in range(times)))).count(0)


async def test_two_at_once_cannot_take_the_last(redis: Redis) -> None:
    """Fifty at a time on connections of their own: as many as there are, and no more."""
    buckets = SharedBuckets(redis, keys.LIMIT_WRITES, Rate(10, 9000))
    assert await passed(buckets, 50) == 10


class InTwoSteps:
    """The switch: the same, read and then written."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def take(self, who: str) -> float:
        """Take one."""
        key = keys.LIMIT_WRITES.key(who)
        taken = int(await self._redis.get(key) or 0)
        if taken >= 10:
            return 1.0
        await self._redis.set(key, taken + 1)
        return 0.0


async def test_control_in_two_steps_too_many_pass(redis: Redis) -> None:
    """All read before the first has written."""
    assert await passed(InTwoSteps(redis), 50) > 10


async def test_a_clock_that_was_put_back_locks_nobody_out(redis: Redis) -> None:
    """A bucket that is to be full in a year was filled by another clock."""
    await redis.set(keys.LIMIT_WRITES.key("ada"), str(4 * 10**15))
    assert await SharedBuckets(redis, keys.LIMIT_WRITES, Rate(1, 60)).take("ada") == 0


async def clock_s(redis: Redis) -> float:
    """What the server says it is."""
    seconds, microseconds = await redis.time()
    return float(seconds + microseconds / 1e6)


async def test_a_shared_bucket_fills_again(redis: Redis) -> None:
    """By the server's clock; the wait that it names is enough."""
    buckets = SharedBuckets(redis, keys.LIMIT_WRITES, Rate(20, 1))
    assert [0] * 20 == [await buckets.take("ada") for _ in range(20)]
    wait_s = 0.0
    while not wait_s:
        wait_s = await buckets.take("ada")
    assert 0 < wait_s <= 0.05
    refused_s = await clock_s(redis)

    async def the_wait_is_over() -> bool:
        return await clock_s(redis) > refused_s + wait_s

    await until(the_wait_is_over)
    assert await buckets.take("ada") == 0
