"""How long a start takes, and what hostile traffic costs: `python -m scripts.measure_safety`.

What the tests leave to a measurement: figures depend on the machine and its other work, so no test
asserts them. Servers are the embedded ones, the service is a process as `corral serve` starts it,
with a pool of its own.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from scripts.hostile import (
    broken_cursors,
    large_requests,
    wrong_fields,
    wrong_passwords,
    wrong_tokens,
)
from scripts.hostile_reads import poisoned_entries, random_ids
from scripts.served import service
from service.embedded.servers import Servers, running
from service.queries.migrate import migrate

HOME = Path(".corral/safety")
COLUMNS = 100
TICK_S = 2.0
STARTS = 5  # an odd number, so that the median is one of them


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


MEASUREMENTS: Mapping[str, Callable[[Servers], Awaitable[list[str]]]] = {
    "start": starts,
    "large": large_requests,
    "cursors": broken_cursors,
    "poisoned": poisoned_entries,
    "absent": random_ids,
    "passwords": wrong_passwords,
    "tokens": wrong_tokens,
    "fields": wrong_fields,
}


@asynccontextmanager
async def ticking(name: str) -> AsyncIterator[None]:
    """Say every two seconds that it goes on, for as long as the block takes; to a terminal only."""

    async def tick() -> None:
        began_s = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            say(f"{name}: {time.monotonic() - began_s:.0f} s …")

    task = asyncio.create_task(tick())
    try:
        yield
    finally:
        task.cancel()
        say("")


def say(text: str) -> None:
    """Show one line in the place of the last."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


async def measured(name: str, servers: Servers) -> None:
    """One part: its lines, and how busy the machine was before it began."""
    load = os.getloadavg()[0]
    async with ticking(name):
        lines = await MEASUREMENTS[name](servers)
    for line in [*lines, f"load of the machine before: {load:.1f} on {os.cpu_count()} cores"]:
        said = f"{name}: {line}"
        print(textwrap.fill(said, COLUMNS, subsequent_indent="    "), flush=True)


def seeded(servers: Servers) -> None:
    """A site of 1,000 users."""
    say("seeding a site of 1,000 users …")
    migrate(servers.database_url)
    stores = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_urls["default"]}
    seed = [sys.executable, "-m", "service.cli", "seed", "--size", "small", "--yes"]
    subprocess.run(seed, env={**os.environ, **stores}, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed
    say("")


def main() -> None:
    """Measure all, or those that are named."""
    options = argparse.ArgumentParser(
        prog="python -m scripts.measure_safety",
        description="Measure how long a start takes, and what hostile traffic costs.",
        epilog="All parts take about four minutes. Nothing else should run on the machine.",
    )
    options.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(MEASUREMENTS)}")
    parts = options.parse_args().parts
    if unknown := set(parts) - set(MEASUREMENTS):
        options.error(f"there is no part {sorted(unknown)[0]}")
    try:
        with running(HOME) as servers:
            seeded(servers)
            for name in parts or MEASUREMENTS:
                asyncio.run(measured(name, servers))
    except KeyboardInterrupt:
        say("")
        print("stopped; its servers and processes have ended", file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
