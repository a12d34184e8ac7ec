"""What a cache that is down, slow or in doubt does to whoever asks it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import BlockingConnectionPool

from service.patterns.bulkhead import Overloaded
from service.patterns.fail_open import Breaker, FailOpen, prompt_pool
from service.patterns.lease import Lease
from service.strategies.layers import Layer
from service.strategies.quick_pool import QuickPool
from service.strategies.tools import Site

# A pool that raises when it is empty, redis-py's default, would turn a burst into errors that have
# nothing to do with caching.
CONNECTIONS = 64
WAIT_S = 20
# How long Redis is left alone once it is known to be down: at first shortly, as a stall of 60 ms
# can look like that. With the relay's longest pause, 2 s, behind it, what was outdated in an outage
# is dropped within 5 s of its end: the published bound.
OPEN_S = (0.5, 2.5)
# Calls that fail one after the other, with 3 ms for each but the first: together with the 50 ms of
# that one, a stall of some 100 ms is no outage. Machines with neighbours have such.
FAILURES = 20


@dataclass(frozen=True, slots=True)
class OnError:
    """`pool` makes the connections for commands, `wrap` stands round each shared cache."""

    pool: Callable[[str, Breaker], BlockingConnectionPool]
    wrap: Callable[[Site, Layer[Any]], Layer[Any]]


def _patient(url: str, _: Breaker) -> BlockingConnectionPool:
    return QuickPool.from_url(url, max_connections=CONNECTIONS, timeout=WAIT_S)


def _prompt(url: str, breaker: Breaker) -> BlockingConnectionPool:
    return prompt_pool(
        url, breaker=breaker, max_connections=CONNECTIONS, wait_s=WAIT_S, pool=QuickPool
    )


def _as_it_is(_: Site, shared: Layer[Any]) -> Layer[Any]:
    return shared


def _open(site: Site, shared: Layer[Any]) -> Layer[Any]:
    return FailOpen(
        shared,
        site.tools.breaker,
        stale=shared.stale_copy if isinstance(shared, Lease) else lambda _key: None,
        overloaded=(Overloaded,),
        observe=site.observe("l2"),
    )


# A cache that fails is a request that fails, after as long as redis-py waits and tries again.
FAIL = OnError(pool=_patient, wrap=_as_it_is)

# A cache that fails is a miss: asked for 50 ms at most, not asked at all while it is known to be
# down. Then load, no more at once than the bulkhead lets; else a copy that says it is stale.
FAIL_OPEN = OnError(pool=_prompt, wrap=_open)
