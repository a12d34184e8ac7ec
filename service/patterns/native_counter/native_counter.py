# SPDX-License-Identifier: MIT
"""Native counter: a row's counters as one hash, created whole and stepped in place, exactly once.

Closes: counters as JSON, where a step is read, changed and written back (lost updates) or costs a
    whole reload; and HINCRBY on what is not there, a half hash that looks like a count.
Race (why a step on an absent hash ends the lease beside it):
    1. reader R misses, wins the lease, loads the row at version 7
    2. writer W commits version 8; its step finds no hash, and leaves none behind
    3. R stores version 7: it lacks W's step, and nobody notices before the next one
  So 2 drops the lease, and 3, which needs its token, is refused. A step that comes twice or after
  one that is missing is known by its version: it is ignored, or the hash is dropped.
Does not: work without a version that rises by one with each change of the row, in the same
    statement. Two steps that arrive in swapped order cost a reload. A load must end within
    ``lease_s``, else another starts. Waiters poll: put single_flight.py in front. Cost: one
    script a read, one a step; ``key`` needs a {hash tag}.
Use:
    >>> async def load_post() -> dict[str, int]:
    ...     return {"likes": 41, "version": 7}
    >>> async def main() -> dict[str, int] | None:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         counts = NativeCounter(redis, fields=["likes"], ttl=lambda value: 60)
    ...         await counts.get("example:{42}", load_post)
    ...         await counts.add("example:{42}", 8, likes=1)
    ...         return await counts.get("example:{42}", load_post)
    >>> asyncio.run(main())
    {'likes': 42, 'version': 8}

Source: redis.io, "HINCRBY"; leases: "Scaling Memcache at Facebook" (NSDI 2013), section 3.2.1.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from redis.asyncio import Redis

from .hashes import Hashes, New, Read, Value, as_it_is

LoadMany: TypeAlias = Callable[[Sequence[str]], Awaitable[Mapping[str, Value]]]

# HINCRBY counts in 64 bits, with a sign.
_MOST = 2**63


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class NativeCounter:
    """A layer of ``{field: count, ..., "version": n}``, each with all ``fields``; ``None``: no row.

    A load that gives other fields, or counts that are no ``int`` of 64 bits, raises ``ValueError``
    and is not stored.
    ``ttl(value)`` is the life in seconds, also that of a known absence; steps do not prolong it.
    ``pause_s`` is the first and the longest pause of a caller that waits for another's load;
    after ``wait_s`` of pauses it loads for itself, and that is not stored.

    ``observe`` gets, each with ``key``: ``hit`` (with ``value``) or ``miss`` for the first look,
    after a miss one of ``load``, ``waited``, ``unguarded_load``; beside these ``refused_fill`` and
    ``load_failed``; for each step one of ``added``, ``repeated``, ``step_lost``, ``not_cached``.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        fields: Sequence[str],
        ttl: Callable[[Mapping[str, int] | None], float],
        lease_s: float = 1.0,
        pause_s: tuple[float, float] = (0.01, 0.25),
        wait_s: float = 2.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        merge: Callable[[Read], Read] = as_it_is,
        observe: Callable[..., None] = _silent,
    ) -> None:
        if not fields or {"version", "key"} & set(fields):
            raise ValueError(f"Fields are needed, and none named version or key: {fields!r}.")
        self._hashes = Hashes(redis, fields, merge=merge)
        self._fields = frozenset(fields)
        self._ttl = ttl
        self._lease_s = lease_s
        self._pause_s = pause_s
        self._wait_s = wait_s
        self._sleep = sleep
        self._token = token
        self._observe = observe

    async def get(self, key: str, load: Callable[[], Awaitable[Value]]) -> Value:
        """Return the counters of ``key``: cached, or loaded by one caller for all."""

        async def load_one(_keys: Sequence[str]) -> Mapping[str, Value]:
            return {key: await load()}

        return (await self.get_many([key], load_one))[key]

    async def get_many(self, keys: Sequence[str], load_many: LoadMany) -> dict[str, Value]:
        """Return the counters of each key: one script of reads, for what is missing one load.

        Around that load there are two pipelines: one that asks for the leases, one that fills.
        """
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}
        values = await self._hashes.read(wanted)
        for key in wanted:
            if key in values:
                self._observe("hit", key=key, value=values[key])
            else:
                self._observe("miss", key=key)
        pauses = self._pauses()
        while missing := [key for key in wanted if key not in values]:
            found, won = await self._hashes.claim(
                {key: self._token() for key in missing}, lease_s=self._lease_s
            )
            for key in found:
                self._observe("waited", key=key)
            values |= found
            # Load before waiting for what others load, so that no two wait in a circle.
            if won:
                values |= await self._load(won, load_many)
            elif len(found) < len(missing):
                pause_s = next(pauses, None)
                if pause_s is None:
                    rest = [key for key in missing if key not in found]
                    values |= await self._unguarded(rest, load_many)
                else:
                    await self._sleep(pause_s)
        return {key: values[key] for key in wanted}

    async def invalidate(self, *keys: str) -> None:
        """Drop hash and lease of ``keys``: for a change that is no step. Call it after commit."""
        await self._hashes.drop(keys)

    async def add(self, key: str, version: int, **steps: int) -> bool:
        """Step the counters by what the change that made ``version`` did; call it after commit.

        Repeat it as often as you like, in any order. A change that touched none of the counters
        is told too, without steps, as it raised the version. Undo is a change like any other:
        the original steps negated, with the version that the undoing made.

        Return whether the hash now counts the change; if not there is none, and the next reader
        loads it. Raises ``ValueError`` for a counter that is not among the fields.
        """
        if unknown := steps.keys() - self._fields:
            raise ValueError(f"These are no fields of this counter: {sorted(unknown)}.")
        outcome = await self._hashes.add(key, version, steps)
        self._observe(outcome, key=key)
        return outcome in {"added", "repeated"}

    async def _load(self, won: Mapping[str, str], load_many: LoadMany) -> dict[str, Value]:
        try:
            loaded = await load_many(list(won))
            values = {key: self._whole(loaded[key]) for key in won}
            news = [New(key, won[key], value, self._ttl(value)) for key, value in values.items()]
            for key in won:
                self._observe("load", key=key)
            stored = await self._hashes.create(news)
        except BaseException:
            for key in won:
                self._observe("load_failed", key=key)
            # The next caller may load now, not when the lease runs out. If that cannot be said,
            # whatever the reason (a cut link is a RuntimeError under uvloop), the lease ends by
            # itself; the caller must see why the load failed.
            with contextlib.suppress(Exception):
                await self._hashes.release(won)
            raise
        for key, ok in zip(won, stored, strict=True):
            if not ok:
                # A change came meanwhile. Who asked before it may have the old counters.
                self._observe("refused_fill", key=key)
        return values

    async def _unguarded(self, keys: Sequence[str], load_many: LoadMany) -> dict[str, Value]:
        for key in keys:
            self._observe("unguarded_load", key=key)
        loaded = await load_many(keys)
        return {key: self._whole(loaded[key]) for key in keys}

    def _whole(self, value: Value) -> Value:
        # Stored, it would be a miss for ever, or a count that no step ever reaches.
        if value is not None and value.keys() != self._fields | {"version"}:
            raise ValueError(f"A load must give {sorted(self._fields)} and version: {value!r}.")
        # The exact type: Redis is sent 1.0, True and "1" as they are written, or not at all.
        if value and not all(type(n) is int and -_MOST <= n < _MOST for n in value.values()):
            raise ValueError(f"Counts and version must be whole numbers of 64 bits: {value!r}.")
        return value

    def _pauses(self) -> Iterator[float]:
        """Yield growing pauses until they make up the whole wait."""
        pause_s, longest_s = self._pause_s
        left_s = self._wait_s
        while left_s > 0:
            yield min(pause_s, left_s)
            left_s -= pause_s
            pause_s = min(2 * pause_s, longest_s)
