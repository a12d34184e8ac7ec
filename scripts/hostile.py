"""The parts of `measure_safety`: each offers something hostile, and says what it cost."""

import asyncio
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import asyncpg
from redis.asyncio import Redis

from scripts.raw_http import Request, offered, percentile
from scripts.served import SECRET, UNLIMITED, Served, service
from service.embedded.servers import Servers
from service.http.tokens import Tokens

STARTS, SECONDS = 5, 30.0
ATTACKS_PER_S, READS_PER_S, SIGN_INS_PER_S = 500, 100, 50
LARGE_BYTES, SLOW_CLIENTS, SLOW_S = 50_000_000, 100, 15.0
MANY, FEW, AT_ONCE = 10_000, 2_000, 4
JSON = "Content-Type: application/json\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


async def starts(servers: Servers) -> list[str]:
    """Start it some times. What it works is told, too: on a busy machine it waits for its turn."""
    took_s, worked_s = [], []
    for _ in range(STARTS):
        async with service(servers) as served:
            took_s.append(served.start_s)
            worked_s.append(served.worked_s())
    shown = ", ".join(f"{each:.2f}" for each in sorted(took_s))
    return [
        f"until ready median {statistics.median(took_s):.2f} s of {shown} (goal: 3 s); "
        f"{statistics.median(worked_s):.2f} s of CPU"
    ]


async def large_requests(servers: Servers) -> list[str]:
    """What is too large is refused early, and keeps no memory."""
    async with service(servers) as served:
        pool, lines = served.pool, []
        for _ in range(200):
            await pool.ask("GET", "/v1/posts")
        before = served.resident_bytes()
        requests: Mapping[str, Request] = {
            "50 MB body": ("POST", "/v1/posts", JSON, b'{"title":"' + b"x" * LARGE_BYTES),
            "1 MB header": ("GET", "/v1/posts", f"X-Large: {'x' * 1_000_000}\r\n", b""),
            "10,000 parameters": ("GET", "/v1/posts?" + "&".join(["a=1"] * 10_000), "", b""),
            "5,000 deep JSON": ("POST", "/v1/users", JSON, b"[" * 5_000 + b"]" * 5_000),
        }
        for name, request in requests.items():
            said = {await pool.alone(*request) for _ in range(10)}
            shown = ", ".join(f"{status} with {size} bytes" for status, size in sorted(said))
            lines.append(f"{name}: {shown}")
        slow = await asyncio.gather(*(pool.slowly(SLOW_S) for _ in range(SLOW_CLIENTS)))
        grown_mb = (served.resident_bytes() - before) / 1e6
    return [
        *lines,
        f"{SLOW_CLIENTS} bodies at 1 B/s: {sorted(set(slow))} within {SLOW_S:.0f} s",
        f"memory grew by {grown_mb:.1f} MB (goal: < 20)",
    ]


async def many(served: Served, request: Callable[[], Request], times: int = MANY) -> str:
    """Send as many, a few at once, as fast as they go: what they were told, and what each cost."""
    told: Counter[int] = Counter()
    took_s: list[float] = []

    async def one_after_the_other() -> None:
        for _ in range(times // AT_ONCE):
            began_s = time.monotonic()
            told[(await served.pool.ask(*request()))[0]] += 1
            took_s.append(time.monotonic() - began_s)

    worked_s, began_s = served.worked_s(), time.monotonic()
    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    spent_s = time.monotonic() - began_s
    return (
        f"{_shown(told)}; {times / spent_s:,.0f} a second, p99 {_ms(took_s)} ms, "
        f"{(served.worked_s() - worked_s) / times * 1000:.2f} ms of CPU each"
    )


async def broken_cursors(servers: Servers) -> list[str]:
    """A cursor of which one character is another."""
    rand = random.Random(5)
    async with service(servers, **UNLIMITED) as served:
        body = await served.pool.body("/v1/posts?limit=1")
        [cursor] = re.findall(r'"next":"([^"]+)"', body)

        def request() -> Request:
            place = rand.randrange(len(cursor) - 1)  # the bits of the last one may mean nothing
            other = rand.choice([each for each in "abcXYZ019" if each != cursor[place]])
            return "GET", f"/v1/posts?cursor={cursor[:place]}{other}{cursor[place + 1 :]}", "", b""

        return [await many(served, request)]


async def wrong_tokens(servers: Servers) -> list[str]:
    """Signed with another key, over already, of no algorithm, or no token at all."""
    other = Tokens(b"another secret, which nobody here has").make(1, "demo")
    head, claims, signature = Tokens(SECRET.encode()).make(1, "demo").split(".")
    bare = f"eyJhbGciOiJub25lIn0.{claims}."
    wrong = [
        other,
        Tokens(SECRET.encode()).make(1, "demo", ttl_s=-60),
        bare,
        f"{head}.{claims}.{signature[::-1]}",
        "nonsense",
    ]
    rand = random.Random(9)

    def request() -> Request:
        return "GET", "/v1/me", f"Authorization: Bearer {rand.choice(wrong)}\r\n", b""

    async with service(servers, **UNLIMITED) as served:
        return [await many(served, request)]


async def wrong_fields(servers: Servers) -> list[str]:
    """A sign-up that would like to be an administrator."""
    body = b'{"handle":"mallory","password":"long enough it is","is_admin":true,"version":7}'
    async with service(servers, **UNLIMITED) as served:
        return [await many(served, lambda: ("POST", "/v1/users", JSON, body))]


async def poisoned_entries(servers: Servers) -> list[str]:
    """What a stranger wrote into the cache is a miss, and is replaced."""
    rand = random.Random(6)
    posts = await _posts(servers, 500)
    async with (
        service(servers, **UNLIMITED) as served,
        Redis.from_url(servers.redis_urls["default"]) as redis,
    ):
        for post_id in posts:
            await served.pool.ask("GET", f"/v1/posts/{post_id}")
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
    return [f"{len(keys)} keys overwritten; reads {_shown(told)}, p99 {_ms(took_s)} ms"]


async def random_ids(servers: Servers) -> list[str]:
    """Who asks for what is not there hurts nobody else, and fills no cache."""
    posts = await _posts(servers, 500)
    rand = random.Random(7)
    newest = max(posts)

    def read() -> Request:
        return "GET", f"/v1/posts/{rand.choice(posts)}", "", b""

    def attack() -> Request:
        noise = f"?{rand.randbytes(4).hex()}={rand.randrange(10**9)}"
        return "GET", f"/v1/posts/{rand.randrange(1, 2**53)}{noise}", "", b""

    def absent() -> Request:
        return "GET", f"/v1/posts/{rand.randrange(1, newest)}", "", b""

    def impossible() -> Request:
        return "GET", f"/v1/posts/{rand.randrange(2 * newest, 2**53)}", "", b""

    async with (
        service(servers, **UNLIMITED) as served,
        Redis.from_url(servers.redis_urls["default"]) as redis,
    ):
        for post_id in posts:
            await served.pool.ask("GET", f"/v1/posts/{post_id}")
        alone_s = await offered(served.pool, read, READS_PER_S, SECONDS / 3)
        keys, worked_s = await redis.dbsize(), served.worked_s()
        counts: dict[int, int] = {}
        beside_s, _ = await asyncio.gather(
            offered(served.pool, read, READS_PER_S, SECONDS, counts),
            offered(served.pool, attack, ATTACKS_PER_S, SECONDS),
        )
        added, worked_s = await redis.dbsize() - keys, served.worked_s() - worked_s
        each = [
            f"{name}, asked for alone: {await many(served, request, FEW)}"
            for name, request in (("there", read), ("absent", absent), ("impossible", impossible))
        ]
    return [
        f"{ATTACKS_PER_S} random ids a second for {SECONDS:.0f} s: others' p99 "
        f"{_ms(alone_s)} -> {_ms(beside_s)} ms; they were answered {_shown(counts)}",
        f"{added:,} keys added of {ATTACKS_PER_S * SECONDS:,.0f} ids, each for at most 30 s; "
        f"{worked_s / SECONDS:.2f} of a core",
        *each,
    ]


async def wrong_passwords(servers: Servers) -> list[str]:
    """A flood of sign-ins does not hold up the loop, nor who signs in elsewhere."""

    def flood() -> Request:
        return "POST", "/v1/auth/token", FORM, b"username=demo&password=wrong-password"

    def look() -> Request:
        return "GET", "/healthz", "", b""

    lines = []
    for name, settings in {"limited": {}, "without limits": UNLIMITED}.items():
        async with service(servers, **settings) as served:
            quiet_s = await offered(served.pool, look, 50, 3.0)
            counts: dict[int, int] = {}
            lag_s, flood_s = await asyncio.gather(
                offered(served.pool, look, 50, SECONDS / 3),
                offered(served.pool, flood, SIGN_INS_PER_S, SECONDS / 3, counts),
            )
        lines.append(
            f"{SIGN_INS_PER_S} wrong ones a second, {name}: {_shown(counts)}, their p99 "
            f"{_ms(flood_s)} ms; /healthz p99 {_ms(quiet_s)} -> {_ms(lag_s)} ms"
        )
    return lines


async def _posts(servers: Servers, most: int) -> list[int]:
    connection = await asyncpg.connect(servers.database_url)
    found = await connection.fetch("select id from posts order by id desc limit $1", most)
    await connection.close()
    return [row["id"] for row in found]


def _ms(took_s: Sequence[float]) -> str:
    return f"{percentile(took_s, 99) * 1000:,.0f}"


def _shown(told: Mapping[int, int]) -> str:
    return ", ".join(f"{status}: {times:,}" for status, times in sorted(told.items()))
