# SPDX-License-Identifier: MIT
"""Single-flight (request coalescing): callers of one key share one load, in one process.

Closes: N callers that miss at once and start N equal loads.
Race (why the flight owns its task, and why invalidation detaches it):
    1. A asks for key k and starts the load; B joins and waits for the same load
    2. A's client hangs up: A is cancelled. Were the load part of A, B would fail with it
    3. a write commits and invalidates k; C asks for k. Were C to join A's load, which read the
       row before the write, C would not see a write that was over before C asked
Does not: coordinate processes (P processes make P loads; lease/ makes it one), keep values, or
    help a load that asks for its own key (it waits for itself). Cost: one task per flight. Keys
    loaded together land together: whoever joins one of them waits for the whole batch.
Use:
    >>> async def load_post() -> str:
    ...     print("one load")
    ...     return "hello"
    >>> async def main() -> list[str]:
    ...     flight = SingleFlight[str]()
    ...     return await asyncio.gather(*(flight.get("example:{42}", load_post) for _ in range(3)))
    >>> asyncio.run(main())
    one load
    ['hello', 'hello', 'hello']

Source: golang.org/x/sync/singleflight; groupcache (2013). The cancelled leader: tailscale #12003.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

V = TypeVar("V")
Flight: TypeAlias = asyncio.Task[Mapping[str, V]]


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class SingleFlight(Generic[V]):
    """One load per key at a time; ``observe`` gets ``coalesced`` for each caller that joins."""

    def __init__(self, *, observe: Callable[..., None] = _silent) -> None:
        # The flight a new caller may join, by key. Invalidation removes a flight from here
        # while its task still runs, so a key can have several tasks but one open flight.
        self._open: dict[str, Flight[V]] = {}
        # Every task still running: the loop keeps only weak references, and shutdown needs them.
        self._tasks: set[Flight[V]] = set()
        self._observe = observe

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Return the value of ``key``, from the load under way or from a new one."""
        flight = self._open.get(key)
        if flight is None:

            async def load_one(_keys: Sequence[str]) -> Mapping[str, V]:
                return {key: await load()}

            flight = self._start((key,), load_one)
        else:
            self._observe("coalesced", key=key)
        # wait() and not shield(): both leave the load alone when this caller is cancelled, but
        # from Python 3.14 on shield() also logs a failed load whose caller has gone.
        await asyncio.wait((flight,))
        return flight.result()[key]

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        """Return a value for each key: join the flights under way, one load for the rest."""
        wanted = list(dict.fromkeys(keys))
        flights = {key: self._open[key] for key in wanted if key in self._open}
        for key in flights:
            self._observe("coalesced", key=key)
        # No await between the look above and the start below: nobody can start in between.
        rest = [key for key in wanted if key not in flights]
        if rest:
            flights.update(dict.fromkeys(rest, self._start(rest, load_many)))
        if flights:
            await asyncio.wait(set(flights.values()))
        return {key: flights[key].result()[key] for key in wanted}

    async def invalidate(self, *keys: str) -> None:
        """Detach the flights of ``keys``: who asks from now on starts anew (race, step 3).

        Callers who joined before may take the old result: they asked before the write was over.
        """
        for key in keys:
            self.forget(key)

    def forget(self, key: str | None) -> None:
        """Detach the flight of one key, or all (``None``): for invalidations heard from elsewhere.

        Another process's write is over as well: who asks here after it must not join either.
        """
        if key is None:
            self._open.clear()
        else:
            self._open.pop(key, None)

    async def aclose(self) -> None:
        """Cancel the loads under way and wait until they have ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _start(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> Flight[V]:
        async def fly() -> Mapping[str, V]:
            return await load_many(keys)

        flight: Flight[V] = asyncio.create_task(fly())
        self._tasks.add(flight)
        self._open.update(dict.fromkeys(keys, flight))
        flight.add_done_callback(lambda done: self._land(done, keys))
        return flight

    def _land(self, flight: Flight[V], keys: Sequence[str]) -> None:
        self._tasks.discard(flight)
        for key in keys:
            # Only what is still ours: after an invalidation the place may hold a newer flight.
            if self._open.get(key) is flight:
                del self._open[key]
        # All callers may have left; reading the error keeps asyncio from reporting that it was
        # never retrieved. Those who stayed still get it from result().
        if not flight.cancelled():
            flight.exception()
