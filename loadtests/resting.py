"""A service at rest: what begins next is not charged with what was under way, nor the other way."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from loadtests.errors import LoadTestError
from loadtests.services import Service

QUIET_S = 0.05
QUIET_WITHIN_S = 60.0  # an unguarded herd, or a post that is pushed to everybody, takes that long

Owed = Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class Idle:
    """What services do while nobody asks: relays look into their outbox, listeners are heard of.

    `cpu`: cores in use. Redis commands are by the server's own count.
    """

    sql_per_s: float = 0.0
    commands_per_s: float = 0.0
    cpu: float = 0.0


class Work(NamedTuple):
    """Loads and reads so far, and what goes on at the moment."""

    so_far: int
    under_way: int


async def nothing_owed() -> int:
    """Nobody can tell, or there is no outbox."""
    return 0


async def at_rest(service: Service, *, quiet_s: float = QUIET_S, owed: Owed = nothing_owed) -> None:
    """Wait until nothing is under way, nothing ends any more, and no row of an outbox is `owed`.

    A client may have left before its answer, and a write is done when its fan-out is. Of a service
    that does not tell what is under way, what ends has to do.
    """
    before, rows = await _work(service), 0
    try:
        async with asyncio.timeout(QUIET_WITHIN_S):
            while True:
                await asyncio.sleep(quiet_s)
                now = await _work(service)
                if now == before and not now.under_way and not (rows := await owed()):
                    return
                before = now
    except TimeoutError:
        left = f"{rows} rows of its outbox are undone" if rows else "it works on abandoned requests"
        raise LoadTestError(
            f"The {service.strategy} service does not come to rest within {QUIET_WITHIN_S:.0f} s: "
            f"{left}, or somebody else sends it requests."
        ) from None


async def _work(service: Service) -> Work:
    """`bypass` is left out of what ended: asking for the counters is one."""
    every = await service.stats()
    reads = [{**stats["requests"], "bypass": 0} for stats in every]
    so_far = sum(stats["loads_total"] for stats in every) + sum(sum(one.values()) for one in reads)
    return Work(so_far, sum(sum(stats.get("in_flight", {}).values()) for stats in every))
