"""The wrong pieces: each lacks one protection, so that a test can see what it protects from."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from service.patterns.lease import scripts
from service.patterns.near_cache import Push
from service.strategies.layers import Passthrough

# As the fill of the lease, but for its first condition: whoever is late stores all the same.
UNFENCED_FILL = """
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
"""


def unfenced() -> AbstractContextManager[Any]:
    """Every lease of this process fills without showing its token."""
    return patch.object(scripts, "_FILL", UNFENCED_FILL)


class BareFlight(Passthrough[Any]):
    """A single-flight without a task of its own: the load is part of who asked first."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[Any]] = {}

    async def get(self, key: str, load: Callable[[], Awaitable[Any]]) -> Any:
        """Join the load under way, or start one that ends with this very caller."""
        if key in self._open:
            return await asyncio.shield(self._open[key])
        mine = self._open[key] = asyncio.get_running_loop().create_future()
        try:
            mine.set_result(await load())
        except asyncio.CancelledError:
            mine.cancel()
            raise
        except Exception as error:
            mine.set_exception(error)
            raise
        finally:
            del self._open[key]
        return mine.result()


class TrustingPush(Push):
    """A push that takes a new link for the old one: what was missed in between stays unknown."""

    def _distrust(self) -> None:
        """Go on as before."""
