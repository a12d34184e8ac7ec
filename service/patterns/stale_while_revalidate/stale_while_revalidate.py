# SPDX-License-Identifier: MIT
"""Stale-while-revalidate: serve a value past its soft expiry while one background load renews it.

Closes: the wait at expiry, and an error of the source that need not become one of the answer.
Race (why the refresh needs a token):
    1. the value is past its soft expiry; process A takes the token and loads version 1
    2. writer W commits version 2 and invalidates: value *and* token are dropped
    3. process B misses, loads version 2 and stores it
    4. A's refresh is over. Its token no longer stands: version 1 is not put back over version 2
Does not: make one load of many cold misses (single_flight.py, lease/), or say that what it serves
    is stale. Hosts' clocks must agree to a fraction of ``fresh_for_s``. A refresher that dies
    holds up the refresh for ``refresh_s``, and a load that takes longer is never stored. Cost:
    one MGET on a hit, 9 bytes a value; a refresh is two scripts more.
Use:
    >>> async def load_post() -> str:
    ...     return "hello"
    >>> async def main() -> str:
    ...     async with Redis.from_url(REDIS_URL) as redis:
    ...         posts = StaleWhileRevalidate(redis, fresh_for_s=60, stale_for_s=600,
    ...                                      encode=str.encode, decode=bytes.decode)
    ...         try:
    ...             return await posts.get("example:{42}", load_post)
    ...         finally:
    ...             await posts.aclose()
    >>> asyncio.run(main())
    'hello'

Source: RFC 5861, "HTTP Cache-Control Extensions for Stale Content"; the token: "Scaling Memcache
    at Facebook" (NSDI 2013), section 3.2.1.
"""

import asyncio
import secrets
import struct
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar, cast

from redis.asyncio import Redis

from .refreshes import Refreshes
from .tokens import Tokens

V = TypeVar("V")

# Before each value: a byte that begins no JSON and no UTF-8 text, so that foreign bytes are known
# as such, and when its load began, in milliseconds since the epoch.
_HEAD = struct.Struct("<BQ")
_VERSION = 0xC1


def _silent(_event: str, **_details: object) -> None:
    """Count nothing."""


class StaleWhileRevalidate(Generic[V]):
    """A shared cache whose values are fresh for ``fresh_for_s``, then served stale and renewed.

    ``stale_for_s`` later they are gone, however often the refresh failed (stale-if-error); after a
    failure the fleet tries again in ``retry_s``. Both lives count from the start of the load.
    Bytes at which ``decode`` raises, whatever it raises, are a miss; the next fill replaces them.
    ``observe`` gets one of ``hit`` (with ``value``), ``stale``, ``miss`` for each ``key``;
    ``refresh``; ``refresh_failed`` with ``error``; and ``refused_fill`` for a value that was not
    stored because an invalidation, or another load, came first.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        fresh_for_s: float,
        stale_for_s: float,
        encode: Callable[[V], bytes],
        decode: Callable[[bytes], V],
        refresh_s: float = 5.0,
        retry_s: float = 1.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        token: Callable[[], str] = lambda: secrets.token_hex(16),
        observe: Callable[..., None] = _silent,
    ) -> None:
        # A cluster client's own MGET refuses keys of several slots; this one splits them.
        self._mget = getattr(redis, "mget_nonatomic", redis.mget)
        self._tokens = Tokens(redis, token=token)
        self._fresh_for_s = fresh_for_s
        self._life_s = fresh_for_s + stale_for_s
        self._encode = encode
        self._decode = decode
        self._refresh_s = refresh_s
        self._clock = clock
        self._observe = observe
        self._refreshes = Refreshes[V](
            self._tokens, self._fill, refresh_s, retry_s, sleep=sleep, observe=observe
        )

    async def get(self, key: str, load: Callable[[], Awaitable[V]]) -> V:
        """Return the value of ``key``: cached, if need be stale, or loaded."""

        async def load_one(_keys: Sequence[str]) -> Mapping[str, V]:
            return {key: await load()}

        return (await self.get_many((key,), load_one))[key]

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> dict[str, V]:
        """Return a value for each key: one MGET, and one load for all that is missing."""
        wanted = list(dict.fromkeys(keys))
        values, due, missing = self._sorted(wanted, await self._read(wanted))
        if due:
            self._refreshes.start(due, load_many)
        if missing:
            # A token that stands from before a load until after it says that nothing was
            # invalidated meanwhile, whoever set it. So a cold load may use that of another: the
            # first one stores, also when the one that set the token died.
            claims = await self._tokens.claim(missing, for_s=self._refresh_s)
            tokens = {key: claim.token for key, claim in claims.items()}
            values |= await self._fill(tokens, load_many)
        return {key: values[key] for key in wanted}

    async def invalidate(self, *keys: str) -> None:
        """Drop values and tokens; call it after the commit.

        The token goes also when there is no value: a load under way may have read the old row.
        """
        await self._tokens.drop(keys)

    async def aclose(self) -> None:
        """Cancel the refreshes under way and wait until they have ended."""
        await self._refreshes.aclose()

    async def _read(self, keys: Sequence[str]) -> list[bytes]:
        """Return the bytes at each key; none at all for what is absent."""
        if not keys:
            return []
        raws = await self._mget([f"{key}:s" for key in keys])
        return [cast("bytes", raw) or b"" for raw in raws]

    def _sorted(
        self, keys: Sequence[str], raws: Sequence[bytes]
    ) -> tuple[dict[str, V], dict[str, bytes], dict[str, bytes]]:
        """Return the values, and the heads of those to refresh and of those not to be used."""
        values: dict[str, V] = {}
        due: dict[str, bytes] = {}
        missing: dict[str, bytes] = {}
        for key, raw in zip(keys, raws, strict=True):
            head = raw[: _HEAD.size]
            found = self._open(raw)
            if found is None:
                missing[key] = head
                self._observe("miss", key=key)
                continue
            values[key], age_s = found
            if age_s >= self._fresh_for_s:
                due[key] = head
                self._observe("stale", key=key)
            else:
                self._observe("hit", key=key, value=values[key])
        return values, due, missing

    def _open(self, raw: bytes) -> tuple[V, float] | None:
        """Return value and age, or ``None`` for what is absent, too old, foreign or broken."""
        if len(raw) < _HEAD.size or raw[0] != _VERSION:
            return None
        age_s = self._clock() - _HEAD.unpack_from(raw)[1] / 1000
        try:
            return (self._decode(raw[_HEAD.size :]), age_s) if age_s < self._life_s else None
        except Exception:  # noqa: BLE001 - of another release or broken: whatever is raised, a miss
            return None

    async def _fill(
        self,
        tokens: Mapping[str, bytes],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, V]]],
    ) -> Mapping[str, V]:
        """Load the keys, and store each value whose token still stands."""
        started_at_s = self._clock()
        values = await load_many(list(tokens))
        head = _HEAD.pack(_VERSION, round(started_at_s * 1000))
        raws = {key: head + self._encode(values[key]) for key in tokens}
        left_s = self._life_s - (self._clock() - started_at_s)
        for key in await self._tokens.store(tokens, raws, for_s=left_s):
            self._observe("refused_fill", key=key)
        return values
