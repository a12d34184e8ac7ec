"""How long a start takes, and what hostile traffic costs: `python -m scripts.measure_safety`.

What the tests leave to a measurement: figures depend on the machine and its other work, so no test
asserts them. Servers are the embedded ones, the service is a process as `corral serve` starts it,
with a pool of its own.
"""

import asyncio
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from redis.asyncio import Redis

from scripts.raw_http import Pool, offered, percentile
from service.demo.staying import free_port
from service.embedded.servers import Servers, running
from service.queries.migrate import migrate

HOME = Path(".corral/safety")
STARTS, PORT = 5, 8700
SECONDS = 30.0
ATTACKS_PER_S, READS_PER_S, SIGN_INS_PER_S = 500, 100, 50
LARGE_BYTES, SLOW_CLIENTS, SLOW_S = 50_000_000, 100, 15.0
JSON = "Content-Type: application/json\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@asynccontextmanager
async def service(servers: Servers, **settings: str) -> AsyncIterator[tuple[Pool, int, float]]:
    """The service as a process: connections to it, its pid, and how long its start took."""
    port = free_port(PORT)
    environment = {
        **os.environ,
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_urls["default"],
        "CORRAL_SECRET": "measured, measured, and measured again",
        **settings,
    }
    command = [
        sys.executable,
        "-m",
        "service.cli",
        "serve",
        "--end-with-parent",
        "--port",
        str(port),
    ]
    began_s = time.monotonic()
    process = subprocess.Popen(command, env=environment)  # noqa: ASYNC220, S603 - fixed
    pool = Pool(port)
    try:
        while True:
            try:
                if (await pool.ask("GET", "/readyz"))[0] == 200:
                    break
            except OSError:
                await asyncio.sleep(0.005)
        yield pool, process.pid, time.monotonic() - began_s
    finally:
        pool.close()
        process.send_signal(signal.SIGTERM)
        process.wait()


async def starts(servers: Servers) -> None:
    """Start it some times. What it works is told, too: on a busy machine it waits for its turn."""
    took_s, worked_s = [], []
    for _ in range(STARTS):
        async with service(servers) as (_, pid, start_s):
            took_s.append(start_s)
            worked_s.append(worked(pid))
    shown = ", ".join(f"{each:.2f}" for each in sorted(took_s))
    print(
        f"start to ready: median {statistics.median(took_s):.2f} s of {shown} (goal: 3 s); "
        f"{statistics.median(worked_s):.2f} s of CPU"
    )


async def large_requests(servers: Servers) -> None:
    """What is too large is refused early, and keeps no memory."""
    async with service(servers) as (pool, pid, _):
        for _ in range(200):
            await pool.ask("GET", "/v1/posts")
        before = resident(pid)
        body = b'{"title":"' + b"x" * LARGE_BYTES + b'"}'
        deep = b"[" * 5_000 + b"]" * 5_000
        requests: Mapping[str, tuple[str, str, str, bytes]] = {
            "50 MB body": ("POST", "/v1/posts", JSON, body),
            "1 MB header": ("GET", "/v1/posts", f"X-Large: {'x' * 1_000_000}\r\n", b""),
            "10,000 parameters": ("GET", "/v1/posts?" + "&".join(["a=1"] * 10_000), "", b""),
            "5,000 deep JSON": ("POST", "/v1/users", JSON, deep),
        }
        for name, (method, path, headers, content) in requests.items():
            said = {await pool.alone(method, path, headers, content) for _ in range(10)}
            shown = ", ".join(f"{status} with {size} bytes" for status, size in sorted(said))
            print(f"large: {name}: {shown}")
        slow = await asyncio.gather(*(pool.slowly(SLOW_S) for _ in range(SLOW_CLIENTS)))
        print(f"large: {SLOW_CLIENTS} bodies at 1 B/s: {sorted(set(slow))} within {SLOW_S:.0f} s")
        print(f"large: memory grew by {(resident(pid) - before) / 1e6:.1f} MB (goal: < 20)")


async def random_ids(servers: Servers) -> None:
    """Who asks for what is not there hurts nobody else, and fills no cache."""
    connection = await asyncpg.connect(servers.database_url)
    posts = [row["id"] for row in await connection.fetch("select id from posts limit 500")]
    await connection.close()
    rand = random.Random(7)

    def read() -> tuple[str, str, str, bytes]:
        return "GET", f"/v1/posts/{rand.choice(posts)}", "", b""

    def attack() -> tuple[str, str, str, bytes]:
        noise = f"?{rand.randbytes(4).hex()}={rand.randrange(10**9)}"
        return "GET", f"/v1/posts/{rand.randrange(1, 2**53)}{noise}", "", b""

    async with (
        service(servers, CORRAL_UNLIMITED="127.0.0.1/32") as (pool, _, _),
        Redis.from_url(servers.redis_urls["default"]) as redis,
    ):
        await offered(pool, read, READS_PER_S, 5.0)
        alone_s = await offered(pool, read, READS_PER_S, SECONDS / 3)
        keys = await redis.dbsize()
        counts: dict[int, int] = {}
        beside_s, _ = await asyncio.gather(
            offered(pool, read, READS_PER_S, SECONDS, counts),
            offered(pool, attack, ATTACKS_PER_S, SECONDS),
        )
        added = await redis.dbsize() - keys
    print(
        f"absent: {ATTACKS_PER_S} random ids a second for {SECONDS:.0f} s: others' p99 "
        f"{percentile(alone_s, 99) * 1000:.0f} -> {percentile(beside_s, 99) * 1000:.0f} ms, "
        f"{added:,} keys added of {ATTACKS_PER_S * SECONDS:,.0f} asked for, each for at most 30 s; "
        f"others were answered {counts}"
    )


async def wrong_passwords(servers: Servers) -> None:
    """A flood of sign-ins does not hold up the loop, nor who signs in elsewhere."""

    def flood() -> tuple[str, str, str, bytes]:
        return "POST", "/v1/auth/token", FORM, b"username=demo&password=wrong-password"

    def look() -> tuple[str, str, str, bytes]:
        return "GET", "/healthz", "", b""

    for name, settings in {
        "limited": {},
        "without limits": {"CORRAL_UNLIMITED": "127.0.0.1/32"},
    }.items():
        async with service(servers, **settings) as (pool, _, _):
            quiet_s = await offered(pool, look, 50, 3.0)
            counts: dict[int, int] = {}
            lag_s, flood_s = await asyncio.gather(
                offered(pool, look, 50, SECONDS / 3),
                offered(pool, flood, SIGN_INS_PER_S, SECONDS / 3, counts),
            )
        print(
            f"passwords: {SIGN_INS_PER_S} wrong sign-ins a second, {name}: {counts}, their p99 "
            f"{percentile(flood_s, 99):.2f} s; /healthz p99 "
            f"{percentile(quiet_s, 99) * 1000:.0f} -> {percentile(lag_s, 99) * 1000:.0f} ms"
        )


def worked(pid: int) -> float:
    """Seconds of CPU that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    [line] = [
        each
        for each in Path(f"/proc/{pid}/status").read_text().splitlines()
        if each.startswith("VmRSS:")
    ]
    return int(line.split()[1]) * 1024


MEASUREMENTS: Mapping[str, Callable[[Servers], Awaitable[None]]] = {
    "start": starts,
    "large": large_requests,
    "absent": random_ids,
    "passwords": wrong_passwords,
}


async def _measured(name: str, servers: Servers) -> None:
    await MEASUREMENTS[name](servers)


def main() -> None:
    """Measure all, or those that are named."""
    with running(HOME) as servers:
        migrate(servers.database_url)
        stores = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_urls["default"]}
        seed = [sys.executable, "-m", "service.cli", "seed", "--size", "small", "--yes"]
        subprocess.run(seed, env={**os.environ, **stores}, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed
        for name in sys.argv[1:] or MEASUREMENTS:
            asyncio.run(_measured(name, servers))


if __name__ == "__main__":
    main()
