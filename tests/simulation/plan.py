"""What the processes of one schedule are like, and which pieces they are made of."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from service.patterns.near_cache import NearCache, Push
from service.strategies.invalidation import AfterCommit, InsideTransaction
from tests.simulation.scheduler import Scheduler
from tests.simulation.server import Server


@dataclass(frozen=True)
class Plan:
    """As the seed wants it; seconds."""

    near: bool
    ttl_s: float
    fresh_s: float
    wait_s: float
    stale_for_s: float
    batches: bool


def draw_plan(draw: random.Random) -> Plan:
    """Lives that end within the schedule or not; waits that are longer than a load or not."""
    ttl_s = draw.choice((60.0, 60.0, 2.0))
    return Plan(
        near=draw.random() < 0.5,
        ttl_s=ttl_s,
        fresh_s=draw.choice((ttl_s, 0.3)),
        wait_s=draw.choice((2.0, 0.3, 0.1)),
        stale_for_s=draw.choice((0.0, 10.0)),
        batches=draw.random() < 0.5,
    )


def random_tokens(loop: Scheduler, _server: Server) -> Callable[[], str]:
    """128 random bits, as in production, of the seed."""
    return lambda: f"{loop.random.getrandbits(128):032x}"


@dataclass(frozen=True)
class Pieces:
    """What a mutant replaces; `AfterCommit` has an outbox behind it wherever there is a relay."""

    near: type[NearCache[int]] = NearCache
    push: type[Push] = Push
    announce: type[AfterCommit] | type[InsideTransaction] = AfterCommit
    tokens: Callable[[Scheduler, Server], Callable[[], str]] = random_tokens
    plan: Plan | None = None  # in place of one that is drawn
    counters: bool = False
    relay: bool = True
    replays: bool = True
