"""Parts of `measure_safety` that offer what is to be refused, and say what it cost."""

import asyncio
import random
import re
from collections.abc import Mapping

from scripts.costs import cost_of, p99_ms, shown
from scripts.raw_http import Request, offered
from scripts.served import SECRET, UNLIMITED, service
from service.embedded.servers import Servers
from service.http.tokens import Tokens

LARGE_BYTES = 50_000_000  # far over any bound, and far over the 20 MB that memory may grow by
WARM_REQUESTS = 200  # before memory is looked at: what a first request allocates stays
SLOW_CLIENTS = 100  # each holds a connection, and none of the places of those who are quick
SLOW_S = 15.0  # longer than the service waits for a body
RUN_S = 10.0  # of each flood of passwords: 500 sign-ins, of which a p99 can be told
QUIET_S = 3.0  # before it: what the same look costs while nobody signs in
SIGN_INS_PER_S = 50  # about what two cores can hash, at 35 ms each
LOOKS_PER_S = 50  # at what the loop answers at once when it is free
JSON = "Content-Type: application/json\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


async def large_requests(servers: Servers) -> list[str]:
    """What is too large is refused early, and keeps no memory."""
    async with service(servers) as served:
        pool, lines = served.pool, []
        for _ in range(WARM_REQUESTS):
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
            answers = ", ".join(f"{status} with {size} bytes" for status, size in sorted(said))
            lines.append(f"{name}: {answers}")
        slow = await asyncio.gather(*(pool.slowly(SLOW_S) for _ in range(SLOW_CLIENTS)))
        grown_mb = (served.resident_bytes() - before) / 1e6
    return [
        *lines,
        f"{SLOW_CLIENTS} bodies at 1 B/s: {sorted(set(slow))} within {SLOW_S:.0f} s",
        f"memory grew by {grown_mb:.1f} MB (goal: < 20)",
    ]


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

        return [await cost_of(served, request)]


async def wrong_tokens(servers: Servers) -> list[str]:
    """Signed with another key, expired, of algorithm none, with a wrong signature, or no JWT."""
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
        return [await cost_of(served, request)]


async def wrong_fields(servers: Servers) -> list[str]:
    """A sign-up that would like to be an administrator."""
    body = b'{"handle":"mallory","password":"long enough it is","is_admin":true,"version":7}'
    async with service(servers, **UNLIMITED) as served:
        return [await cost_of(served, lambda: ("POST", "/v1/users", JSON, body))]


async def wrong_passwords(servers: Servers) -> list[str]:
    """A flood of sign-ins does not hold up the loop, nor who signs in elsewhere."""

    def flood() -> Request:
        return "POST", "/v1/auth/token", FORM, b"username=demo&password=wrong-password"

    def look() -> Request:
        return "GET", "/healthz", "", b""

    lines = []
    for name, settings in {"limited": {}, "without limits": UNLIMITED}.items():
        async with service(servers, **settings) as served:
            quiet_s = await offered(served.pool, look, LOOKS_PER_S, QUIET_S)
            counts: dict[int, int] = {}
            lag_s, flood_s = await asyncio.gather(
                offered(served.pool, look, LOOKS_PER_S, RUN_S),
                offered(served.pool, flood, SIGN_INS_PER_S, RUN_S, counts),
            )
        lines.append(
            f"{SIGN_INS_PER_S} wrong ones a second, {name}: {shown(counts)}, their p99 "
            f"{p99_ms(flood_s)} ms; /healthz p99 {p99_ms(quiet_s)} -> {p99_ms(lag_s)} ms"
        )
    return lines
