# SPDX-License-Identifier: MIT
"""Misses: load what this process wins the lease for, wait for what others are loading.

Closes: the herd of N callers in P processes that miss one key and start N loads.
Race (the waiter and the end of somebody else's lease):
    1. waiter asks: somebody else holds the lease
    2. the holder fills, fails, is invalidated, or dies without a word
    3. the waiter asks again: it finds the value, or the lease is free and it is the next holder
  Between 1 and 3 it is woken by a message; for the death, and for a lost message, by the clock.
Does not: wait for ever. After ``wait_s`` a caller takes a copy if one may be served, else loads
    without the lease, and that value is not stored: nothing fences it.
Use: through Lease (lease.py).
    >>> Misses.__name__
    'Misses'

Source: "Scaling Memcache at Facebook" (NSDI 2013), section 3.2.1; the waiting: wake.py.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from .entries import Entries
from .envelope import HEADER_BYTES
from .fills import Fills
from .reads import Reads
from .scripts import WAITED_FOR, Ask, Scripts
from .wake import Wake

V = TypeVar("V")


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class Misses(Generic[V]):
    """The protocol of a miss, for one key or many; arguments and events as for ``Lease``."""

    def __init__(
        self,
        scripts: Scripts,
        fills: Fills[V],
        entries: Entries[V],
        wake: Wake,
        reads: Reads,
        *,
        lease_s: float = 1.0,
        wait_s: float = 2.0,
        poll_s: tuple[float, float] = (0.05, 0.25),
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        observe: Callable[..., None] = _silent,
    ) -> None:
        self._scripts = scripts
        self._fills = fills
        self._entries = entries
        self._wake = wake
        self._reads = reads
        self._lease_s = lease_s
        self._wait_s = wait_s
        self._poll_s = poll_s
        self._token = token
        self._observe = observe

    async def obtain(
        self,
        missing: dict[str, bytes | None],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        """Return a value for each key of ``missing`` (key to the unusable bytes found, if any)."""
        now = asyncio.get_running_loop().time
        give_up_at = now() + self._wait_s
        claim_at = now()
        pause_s, longest_s = self._poll_s
        values: dict[str, V] = {}
        with self._wake.listening(list(missing)) as woken:  # register,
            await self._wake.start()
            while True:
                # re-check: cheaply while a lease is known to live, else by asking for it,
                if now() >= claim_at or not await self._watch(missing, values):
                    claim_at = now() + await self._claim(missing, values, load_many)
                if not missing:
                    return values
                left_s = give_up_at - now()
                if left_s <= 0:
                    self._observe("wake", cause="timeout")
                    break
                # then wait, but no longer than the lease can live: nothing tells of a death.
                cause = await self._wake.wait(woken, min(pause_s, claim_at - now(), left_s))
                self._observe("wake", cause=cause)
                pause_s = min(2 * pause_s, longest_s)
        return values | await self._unguarded(list(missing), load_many)

    async def _watch(self, missing: dict[str, bytes | None], values: dict[str, V]) -> bool:
        """Take the values that have come; say whether the rest is still being loaded.

        One MGET, where a claim is a script of four commands: a herd looks more often than it asks.
        """
        epoch = self._entries.copies.epoch
        keys = list(missing)
        found = await self._reads.get_many([f"{key}:{part}" for key in keys for part in "vl"])
        for key, raw in zip(keys, found[::2], strict=True):
            if raw is not None and raw != missing[key]:
                self._take(key, raw, epoch, missing, values)
        # A lease that nobody marked is a new one: its end would not be published to us.
        leases = dict(zip(keys, found[1::2], strict=True))
        return all((leases[key] or b"").endswith(WAITED_FOR) for key in missing)

    async def _claim(
        self,
        missing: dict[str, bytes | None],
        values: dict[str, V],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> float:
        """Move what can be had now from ``missing`` to ``values``.

        Returns the seconds until the first of the other leases runs out.
        """
        epoch = self._entries.copies.epoch  # before the read that the claim is
        asks = [
            Ask(key, self._token(), (raw or b"")[:HEADER_BYTES]) for key, raw in missing.items()
        ]
        claims = await self._scripts.claim(asks, lease_s=self._lease_s)
        won: dict[str, str] = {}
        left_s = self._lease_s
        for ask, claim in zip(asks, claims, strict=True):
            if claim.won:
                won[ask.key] = ask.token
            elif claim.value is None:
                left_s = min(left_s, claim.left_s)
            elif not self._take(ask.key, claim.value, epoch, missing, values):
                left_s = 0.0
        if won:
            # Others wait for these: load before waiting for theirs, so no two wait in a circle.
            for key, loaded in (await self._fills.run(won, load_many)).items():
                values[key] = loaded.value
                del missing[key]
                if loaded.fresh_until_s is not None:
                    self._entries.copies.keep(
                        key, loaded.value, fresh_until_s=loaded.fresh_until_s, epoch=epoch
                    )
        # One millisecond more: a lease that ends within it would be found still standing.
        return left_s + 0.001

    def _take(
        self,
        key: str,
        raw: bytes,
        epoch: int,
        missing: dict[str, bytes | None],
        values: dict[str, V],
    ) -> bool:
        opened = self._entries.open(key, raw, epoch)
        if opened is None:
            # Unreadable: the next claim says so, and may then win the lease over it.
            missing[key] = raw
            return False
        values[key] = opened.value
        del missing[key]
        self._observe("waited", key=key)
        return True

    async def _unguarded(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        """Serve copies where they may be served, load the rest without a lease or a fill."""
        copies = {key: self._entries.copies.stale(key) for key in keys}
        values = {key: copy[0] for key, copy in copies.items() if copy}
        for key in values:
            self._observe("stale", key=key)
        rest = [key for key in keys if key not in values]
        if rest:
            for key in rest:
                self._observe("unguarded_load", key=key)
            loaded = await load_many(rest)
            values.update({key: loaded[key] for key in rest})
        return values
