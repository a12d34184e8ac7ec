# SPDX-License-Identifier: MIT
"""Lease: the right, fleet-wide and fenced, to fill one key of a shared cache.

Closes: the stampede across processes, and the stale set (a late fill that undoes an invalidation).
Race (the stale set, as the fence meets it):
    1. reader R misses, wins the lease (a random token beside the value) and loads version 1
    2. writer W commits version 2 and invalidates: value *and* lease are dropped
    3. reader S misses, wins a new lease, loads version 2 and stores it
    4. R's fill carries a token that no longer stands: refused. R still answers its own callers
Does not: replace single_flight.py in front of it (each caller here asks Redis for itself); heal a
    write that died between commit and invalidate (the TTL and an outbox relay do); work if the
    load reads a lagging replica or a snapshot opened before the call. Hosts' clocks must agree to
    a fraction of the soft TTL. Cost: one GET on a hit, on a miss two scripts more.
Use:
    >>> async def load_post() -> str:
    ...     return "hello"
    >>> async def main() -> str:
    ...     async with Redis.from_url(REDIS_URL) as redis, Wake(redis) as wake:
    ...         posts = Lease(redis, wake=wake, encode=str.encode, decode=bytes.decode,
    ...                       ttl=lambda _: 60)
    ...         try:
    ...             return await posts.get("example:{42}", load_post)
    ...         finally:
    ...             await posts.aclose()
    >>> asyncio.run(main())
    'hello'

Source: "Scaling Memcache at Facebook" (NSDI 2013), section 3.2.1; stale-while-revalidate: RFC 5861.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from redis.asyncio import Redis

from .entries import Entries, expired
from .envelope import Envelope
from .fills import Fills
from .misses import Misses
from .reads import PlainReads, Reads
from .refreshes import Refreshes
from .scripts import Scripts
from .wake import Wake

V = TypeVar("V")


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Lease(Generic[V]):
    """A shared cache in which one process at a time loads a key, and only a valid load is stored.

    ``ttl(value)`` is the hard life in seconds (``None``: no TTL), ``fresh(value)`` the soft one
    (default: the same); when ``refresh_due(envelope, now)`` says so, the value is loaded in the
    background while still served. ``load`` must already be bounded (bulkhead.py): after a wait of
    ``wait_s`` that brought nothing, and without a copy younger than ``stale_for_s``, it is called
    without a lease and not stored. ``lease_s`` bounds the stall when a holder dies. Bytes at
    which ``decode`` raises, whatever it raises, are a miss; the next fill replaces them.

    ``observe`` gets, each with ``key``: ``hit`` (with ``value``, and ``late_s`` past its soft life)
    or ``miss`` for the first look, after a miss one of ``load``, ``waited`` (with ``after_s``),
    ``stale``, ``unguarded_load``; beside these ``refused_fill``, ``load_failed``, ``refresh`` and
    ``refresh_failed``; ``wake`` (``cause``: push, poll, timeout), ``renew_failed`` (``error``).
    """

    def __init__(
        self,
        redis: Redis,
        *,
        wake: Wake,
        encode: Callable[[V], bytes],
        decode: Callable[[bytes], V],
        ttl: Callable[[V], float | None],
        fresh: Callable[[V], float | None] | None = None,
        refresh_due: Callable[[Envelope, float], bool] = expired,
        reads: Reads | None = None,
        lease_s: float = 1.0,
        wait_s: float = 2.0,
        poll_s: tuple[float, float] = (0.05, 0.25),
        stale_for_s: float = 0.0,
        copies: int = 1024,
        compress_over_bytes: int = 512,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._reads = reads or PlainReads(redis)
        self._observe = observe
        self._entries = Entries[V](
            encode=encode,
            decode=decode,
            ttl=ttl,
            fresh=fresh,
            refresh_due=refresh_due,
            compress_over_bytes=compress_over_bytes,
            stale_for_s=stale_for_s,
            copies=copies,
            clock=clock,
        )
        self._scripts = Scripts(redis, channel=wake.channel)
        self._fills = Fills[V](
            self._scripts,
            seal=self._entries.seal,
            lease_s=lease_s,
            clock=clock,
            sleep=sleep,
            observe=observe,
        )
        self._misses = Misses[V](
            self._scripts,
            self._fills,
            self._entries,
            wake,
            self._reads,
            lease_s=lease_s,
            wait_s=wait_s,
            poll_s=poll_s,
            token=token,
            observe=observe,
        )
        self._refreshes = Refreshes[V](
            self._scripts, self._fills, lease_s=lease_s, sleep=sleep, token=token, observe=observe
        )
        wake.on_drop(self._entries.copies.drop)

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Return the value of ``key``: cached, or loaded by one process for all."""

        async def load_one(_keys: Sequence[str]) -> Mapping[str, V]:
            return {key: await load()}

        epoch = self._entries.copies.epoch
        raw = await self._reads.get(f"{key}:v")
        found = self._entries.open(key, raw, epoch)
        if found is None:
            self._observe("miss", key=key)
            return (await self._misses.obtain({key: raw}, load_one))[key]
        self._observe("hit", key=key, value=found.value, late_s=found.late_s)
        if found.due and raw is not None:
            self._refreshes.start({key: raw}, load_one)
        return found.value

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        """Return a value for each key: one MGET; one load and one fill for all leases won."""
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return {}
        epoch = self._entries.copies.epoch
        raws = await self._reads.get_many([f"{key}:v" for key in wanted])
        values: dict[str, V] = {}
        due: dict[str, bytes] = {}
        missing: dict[str, bytes | None] = {}
        for key, raw in zip(wanted, raws, strict=True):
            found = self._entries.open(key, raw, epoch)
            if found is None:
                self._observe("miss", key=key)
                missing[key] = raw
                continue
            self._observe("hit", key=key, value=found.value, late_s=found.late_s)
            values[key] = found.value
            if found.due and raw is not None:
                due[key] = raw
        if due:
            self._refreshes.start(due, load_many)
        if missing:
            values |= await self._misses.obtain(missing, load_many)
        return {key: values[key] for key in wanted}

    async def invalidate(self, *keys: str) -> None:
        """Drop value, lease and copies of ``keys`` everywhere; call it after the commit."""
        try:
            if keys:
                await self._scripts.drop(keys)
        finally:
            # After the drop: a copy made of a read that came before it must not outlive it.
            for key in keys:
                self._entries.copies.drop(key)

    def fresh_for_s(self, key: str) -> float:
        """Return the seconds until the value last read here expires softly, 0 when unknown."""
        return self._entries.copies.fresh_for_s(key)

    def stale_copy(self, key: str) -> tuple[V] | None:
        """Return ``(value,)`` if a copy may be served when all else fails, else ``None``."""
        return self._entries.copies.stale(key)

    async def aclose(self) -> None:
        """End the loads under way, giving up their leases. The wake is its owner's to close."""
        await self._refreshes.aclose()
        await self._fills.aclose()
