"""A hot value that expires every 2 s, and is expensive to load, under 200 requests a second."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from loadtests.arrivals import steady
from loadtests.peers.asking import Answered
from loadtests.peers.contenders import Contender
from loadtests.peers.database import Database
from loadtests.peers.lab import PROCESSES, Lab, hosts_of
from loadtests.peers.result import OneExpiry
from loadtests.peers.stampede import warmed
from loadtests.peers.together import combined
from loadtests.peers.trial import at_least, errors_of, late_of, lateness_ms
from loadtests.peers.work import Work
from loadtests.services import Server

RATE_PER_S = 200.0
FRESH_S = 2
SLOW_MS = 100.0
LOOK_S = 0.02


@asynccontextmanager
async def _two_processes(lab: Lab, one: Contender) -> AsyncIterator[Sequence[Server]]:
    """Whose values are fresh for 2 s, and expensive to load."""
    await lab.valkey.flush()
    async with lab.serving(one, PROCESSES, fresh_s=FRESH_S, expensive=True) as servers:
        await warmed(lab, servers)
        yield servers


async def _expiry(lab: Lab, _one: Contender, servers: Sequence[Server], _number: int) -> OneExpiry:
    await lab.client.touch(servers[0].host, [lab.hot_id], connections=1)
    times = steady(RATE_PER_S, lab.sizes.expiry_s, random.Random("peers: expiry"))
    over = asyncio.Event()
    watch = asyncio.create_task(load_times(lab.database, over))
    try:
        answers = await lab.client.shoot(
            hosts_of(servers),
            [(at_s, turn % len(servers), lab.hot_id) for turn, at_s in enumerate(times)],
            prepare=8,
            timeout_s=lab.sizes.patience_s,
        )
    finally:
        over.set()
    return _summary(answers, await watch, lab)


async def load_times(database: Database, over: asyncio.Event) -> list[float]:
    """When loads began, to within one look, until it is `over`."""
    begun: list[float] = []
    seen = await database.begun()
    while not over.is_set():
        await asyncio.sleep(LOOK_S)
        now = await database.begun()
        begun += [time.monotonic()] * (now - seen)
        seen = now
    return begun


def windows(begun: Sequence[float], fresh_s: float, load_s: float) -> list[int]:
    """How many loads each expiry cost: those are one's that begin before half of the life is over.

    A life begins when the load that fills it ends.
    """
    found: list[int] = []
    last = float("-inf")
    for at in begun:
        if at - last < load_s + fresh_s / 2:
            found[-1] += 1
        else:
            found.append(1)
        last = at
    return found


def _summary(answers: Sequence[Answered], begun: Sequence[float], lab: Lab) -> OneExpiry:
    by_expiry = windows(begun, FRESH_S, lab.load_ms / 1_000)
    late = late_of(answers, lab.sizes.patience_s)
    ages = [one.age_s for one in answers if one.age_s is not None]
    return {
        "requests": len(answers),
        "fresh_s": FRESH_S,
        "loads": len(begun),
        "windows": len(by_expiry),
        "most_loads_a_window": max(by_expiry, default=0),
        "loads_a_life": len(begun) * FRESH_S / lab.sizes.expiry_s,
        "p50_ms": late.quantile_ms(0.50),
        "p99_ms": late.quantile_ms(0.99),
        "max_ms": late.max_ms,
        "slow": sum(not one.is_good or 1_000 * one.latency_s > SLOW_MS for one in answers),
        "stale_ms": max(0.0, 1_000 * (max(ages) - FRESH_S)) if ages else None,
        "at_least": at_least(late, p50_ms=0.50, p99_ms=0.99, max_ms=1.0),
        "lateness_ms": lateness_ms(answers),
        "errors": errors_of(answers),
    }


EXPIRY = Work(
    "expiry",
    "expiry",
    _two_processes,
    _expiry,
    partial(
        combined,
        summed=("requests", "loads", "windows", "slow"),
        worst=("most_loads_a_window", "max_ms", "stale_ms"),
    ),
    repeats=lambda sizes, _: sizes.repeats,
    expected_s=lambda sizes, _: sizes.expiry_s + 4.0,
    late_ms=lambda one: one["lateness_ms"],
)
