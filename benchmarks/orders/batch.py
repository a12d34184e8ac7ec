"""Fifty keys at once, half of them missing: how often the network is crossed."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import redis.asyncio.connection as connections

from benchmarks.orders.bench import Bench

# The class that sends, in redis-py 4.6 and in 8.1.
CONNECTION: Any = getattr(connections, "AbstractConnection", connections.Connection)


async def batch(bench: Bench, name: str, count: int, load_s: float) -> dict[str, Any]:
    """Read `count` keys of which every second one is cached."""
    bench.source.load_s = load_s
    keys = [f"{name}:{{{number}}}" for number in range(count)]
    for key in keys[::2]:
        await bench.side.get(key)
    await asyncio.gather(*(bench.side.get(f"{name}:{{warm{number}}}") for number in range(count)))
    loads = bench.source.loads
    started_s = time.perf_counter()
    with _counting() as trips:
        values = await bench.side.get_many(keys)
    took_ms = (time.perf_counter() - started_s) * 1000
    assert len(values) == count
    return {
        "trips": len(trips),
        "loads": bench.source.loads - loads,
        "over_ms": took_ms - load_s * 1000,
    }


@contextmanager
def _counting() -> Iterator[list[int]]:
    """Every send of this process: a command, or a pipeline as one."""
    trips: list[int] = []
    send = CONNECTION.send_packed_command

    async def counted(self: Any, command: Any, *arguments: Any, **options: Any) -> Any:
        trips.append(1)
        return await send(self, command, *arguments, **options)

    with patch.object(CONNECTION, "send_packed_command", counted):
        yield trips
