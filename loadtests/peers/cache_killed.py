"""The cache is killed under load, and comes back empty."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from loadtests.arrivals import steady
from loadtests.errors import LoadTestError
from loadtests.peers.asking import Answered
from loadtests.peers.contenders import Contender
from loadtests.peers.database import Database
from loadtests.peers.lab import CONNECTIONS, Lab, Sizes, hosts_of
from loadtests.peers.result import OneOutage
from loadtests.peers.together import combined
from loadtests.peers.trial import at_least, errors_of, late_of, lateness_ms
from loadtests.peers.work import SpoiltError, Work
from loadtests.services import Server

RATE_PER_S = 200.0
LOOK_S = 0.01


@asynccontextmanager
async def _one_process(lab: Lab, one: Contender) -> AsyncIterator[Sequence[Server]]:
    """With the cheap query, and nothing cached."""
    await lab.valkey.flush()
    async with lab.serving(one, 1) as servers:
        yield servers


async def _outage(lab: Lab, _one: Contender, servers: Sequence[Server], _number: int) -> OneOutage:
    ids = lab.ids[: lab.sizes.warm_posts]
    await lab.client.touch(servers[0].host, ids, connections=CONNECTIONS)
    sizes, rng = lab.sizes, random.Random("peers: outage")
    warm = await lab.database.begun()
    times = steady(RATE_PER_S, sizes.before_s + sizes.outage_s + sizes.after_s, rng)
    began: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    load = asyncio.create_task(
        lab.client.shoot(
            hosts_of(servers),
            [(at_s, 0, rng.choice(ids)) for at_s in times],
            prepare=8,
            timeout_s=sizes.patience_s,
            began=began,
        )
    )
    await asyncio.wait((began, load), return_when=asyncio.FIRST_COMPLETED)
    if not began.done():
        await load  # it could not begin, and says why
    await asyncio.sleep(sizes.before_s)
    try:
        down = await _down(lab, began)
    except LoadTestError:
        await load  # the client takes its next order only after this one
        raise
    return _summary(await load, down, warm, await lab.database.begun(), sizes.patience_s)


@dataclass(frozen=True, slots=True)
class Down:
    """An outage: from when to when since the first request, and the loads that had begun then."""

    since_s: float
    until_s: float
    loads_at_begin: int
    loads_at_end: int
    most_at_work: int
    refused: bool


async def _down(lab: Lab, began: "asyncio.Future[float]") -> Down:
    """Kill the cache, look on, and start it again. Raises SpoiltError if it did not go away."""
    at_begin, since_s = await lab.database.begun(), time.time() - began.result()
    await lab.valkey.kill()
    over = asyncio.Event()
    watch = asyncio.create_task(_most_at_work(lab.database, over))
    await asyncio.sleep(lab.sizes.outage_s / 2)
    refused = not await lab.valkey.is_up()
    await asyncio.sleep(lab.sizes.outage_s / 2)
    over.set()
    most = await watch
    if not refused:
        raise SpoiltError("the cache was killed, and somebody answered on its port")
    at_end = await lab.database.begun()
    await lab.valkey.start()
    return Down(since_s, time.time() - began.result(), at_begin, at_end, most, refused)


async def _most_at_work(database: Database, over: asyncio.Event) -> int:
    most = 0
    while not over.is_set():
        most = max(most, await database.at_work())
        await asyncio.sleep(LOOK_S)
    return most


def _summary(
    answers: Sequence[Answered], down: Down, warm: int, end: int, patience_s: float
) -> OneOutage:
    meanwhile = [one for one in answers if down.since_s <= one.at_s < down.until_s]
    after = [one for one in answers if one.at_s >= down.until_s]
    late, late_after = late_of(meanwhile, patience_s), late_of(after, patience_s)
    return {
        "down_s": down.until_s - down.since_s,
        "requests": len(answers),
        "down_requests": len(meanwhile),
        "down_errors": sum(not one.is_good for one in meanwhile),
        "down_p50_ms": late.quantile_ms(0.50),
        "down_p99_ms": late.quantile_ms(0.99),
        "after_errors": sum(not one.is_good for one in after),
        "after_p99_ms": late_after.quantile_ms(0.99),
        "at_least": [
            *at_least(late, down_p50_ms=0.50, down_p99_ms=0.99),
            *at_least(late_after, after_p99_ms=0.99),
        ],
        "lateness_ms": lateness_ms(answers),
        "loads_before": down.loads_at_begin - warm,
        "loads_down": down.loads_at_end - down.loads_at_begin,
        "loads_after": end - down.loads_at_end,
        "most_at_work": down.most_at_work,
        "refused": down.refused,
        "errors": errors_of(answers),
    }


def _expected_s(sizes: Sizes, _one: Contender) -> float:
    return sizes.before_s + sizes.outage_s + sizes.after_s + 4.0


CACHE_KILLED = Work(
    "cache_killed",
    "cache killed",
    _one_process,
    _outage,
    partial(
        combined,
        summed=("requests", "down_requests", "down_errors", "after_errors"),
        worst=("most_at_work",),
    ),
    repeats=lambda sizes, _: sizes.repeats,
    expected_s=_expected_s,
    late_ms=lambda one: one["lateness_ms"],
)
