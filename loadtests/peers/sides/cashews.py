"""cashews 7.6: its decorator; as variants with `lock=True`, `early`, and the client side.

Bytes are stored as such; what `early` keeps beside them needs its pickle. Timeouts are its own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from cashews import Cache

from loadtests.peers.sides.side import CONNECTIONS, Load, Setup, Side

KEY = "post:{post_id}"


class Cashews:
    """One decorated function."""

    def __init__(self, cache: Any, load: Load, setup: Setup) -> None:
        decorator = _decorator(cache, setup)

        async def read(post_id: int) -> bytes:
            return await load(post_id)

        self._read = decorator(read)

    async def read(self, post_id: int) -> bytes:
        """Through the decorator."""
        body: bytes = await self._read(post_id=post_id)
        return body


def _decorator(cache: Any, setup: Setup) -> Any:
    if setup.variant == "early":
        return cache.early(ttl=setup.kept_s, early_ttl=setup.fresh_s, key=KEY)
    return cache(ttl=setup.fresh_s, key=KEY, lock=setup.variant == "lock")


@asynccontextmanager
async def opened(setup: Setup, load: Load) -> AsyncIterator[Side]:
    """One cache."""
    options: dict[str, Any] = {"max_connections": CONNECTIONS}
    if setup.variant == "early":
        options["pickle_type"] = "default"
    if setup.variant == "client_side":
        options["client_side"] = True
    cache = Cache()
    cache.setup(setup.redis_url, **options)
    await cache.init()
    try:
        yield Cashews(cache, load, setup)
    finally:
        await cache.close()
