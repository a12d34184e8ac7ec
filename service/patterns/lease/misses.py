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
        missing: Mapping[str, bytes | None],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        """Return a value for each key of ``missing`` (key to the unusable bytes found, if any)."""
        await self._wake.start()
        call = _Call(missing, load_many)
        now = asyncio.get_running_loop().time
        give_up_at, claim_at = now() + self._wait_s, now()
        pause_s, longest_s = self._poll_s
        with self._wake.listening(list(missing)) as woken:  # register,
            while True:
                # re-check: cheaply while a lease is known to live, else by asking for it,
                if now() >= claim_at or not await self._watch(call):
                    asked_at = now()
                    claim_at = asked_at + await self._claim(call)
                    give_up_at += now() - asked_at  # one's own load is no waiting
                if not call.missing:
                    return call.values
                left_s = give_up_at - now()
                if left_s <= 0:
                    self._observe("wake", cause="timeout")
                    return await self._unguarded(call)
                # then wait, but no longer than the lease can live: nothing tells of a death.
                # The pauses grow: a message that was lost is rare, a load that is slow is not.
                cause = await self._wake.wait(woken, min(pause_s, claim_at - now(), left_s))
                self._observe("wake", cause=cause)
                pause_s = min(2 * pause_s, longest_s)

    async def _watch(self, call: "_Call[V]") -> bool:
        """Take the values that have come; say whether the rest is still being loaded.

        One MGET, where a claim is a script of four commands: a herd looks more often than it asks.
        """
        epoch = self._entries.copies.epoch
        keys = list(call.missing)
        found = await self._reads.get_many([f"{key}:{part}" for key in keys for part in "vl"])
        for key, raw in zip(keys, found[::2], strict=True):
            # What was unusable a moment ago still is; only the lease over it matters.
            if raw is not None and raw != call.missing[key]:
                self._open(call, key, raw, epoch)
        # A lease that nobody marked is a new one: its end would not be published to us.
        leases = dict(zip(keys, found[1::2], strict=True))
        return all((leases[key] or b"").endswith(WAITED_FOR) for key in call.missing)

    async def _claim(self, call: "_Call[V]") -> float:
        """Ask for the leases, load what was won; return the seconds until the first other ends."""
        # The epoch before the read that the claim is, as before every read (copies.py).
        epoch = self._entries.copies.epoch
        asks = [
            Ask(key, self._token(), (raw or b"")[:HEADER_BYTES])
            for key, raw in call.missing.items()
        ]
        claims = await self._scripts.claim(asks, lease_s=self._lease_s)
        won: dict[str, str] = {}
        left_s = self._lease_s
        for ask, claim in zip(asks, claims, strict=True):
            if claim.won:
                won[ask.key] = ask.token
            elif claim.value is None:
                left_s = min(left_s, claim.left_s)
            elif not self._open(call, ask.key, claim.value, epoch):
                left_s = 0.0  # unreadable: ask at once, now for the lease over it
        if won:
            # Others wait for these: load before waiting for theirs, so no two wait in a circle.
            await self._load(call, won, epoch)
        # One millisecond more: a lease that ends within it would be found still standing.
        return left_s + 0.001

    async def _load(self, call: "_Call[V]", won: Mapping[str, str], epoch: int) -> None:
        for key, loaded in (await self._fills.run(won, call.load_many)).items():
            call.take(key, loaded.value)
            # A refused fill answers those who asked before the write; nobody else may have it.
            if loaded.fresh_until_s is not None:
                self._entries.copies.keep(
                    key, loaded.value, fresh_until_s=loaded.fresh_until_s, epoch=epoch
                )
            else:
                self._entries.copies.doubt(key)

    def _open(self, call: "_Call[V]", key: str, raw: bytes, epoch: int) -> bool:
        opened = self._entries.open(key, raw, epoch)
        if opened is None:
            call.missing[key] = raw
            return False
        call.take(key, opened.value)
        after_s = asyncio.get_running_loop().time() - call.began_s
        self._observe("waited", key=key, after_s=after_s)
        return True

    async def _unguarded(self, call: "_Call[V]") -> dict[str, V]:
        """Serve copies where they may be served, load the rest without a lease or a fill."""
        for key in list(call.missing):
            copy = self._entries.copies.stale(key)
            if copy is not None:
                self._observe("stale", key=key, instead_of="load")
                call.take(key, copy[0])
        if call.missing:
            for key in call.missing:
                self._observe("unguarded_load", key=key)
            loaded = await call.load_many(list(call.missing))
            for key in list(call.missing):
                self._entries.copies.doubt(key)
                call.take(key, loaded[key])
        return call.values


class _Call(Generic[V]):
    """One caller's keys: what it still misses, with the unusable bytes seen, and what it has."""

    def __init__(
        self,
        missing: Mapping[str, bytes | None],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> None:
        self.missing = dict(missing)
        self.load_many = load_many
        self.began_s = asyncio.get_running_loop().time()
        self.values: dict[str, V] = {}

    def take(self, key: str, value: V) -> None:
        """Note that ``key`` is no longer missing."""
        self.values[key] = value
        del self.missing[key]
