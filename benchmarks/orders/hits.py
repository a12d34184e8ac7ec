"""What a hit costs, against a raw GET with decoding in the same process and the same second."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis

from benchmarks.orders.bench import Bench
from benchmarks.value import POST, decode, encode

TOGETHER = 50
MOST = 3  # times the blocks that are wanted are tried
Call = Callable[[str], Awaitable[Any]]


async def hits(bench: Bench, name: str, blocks: int, calls: int) -> dict[str, list[float]]:
    """Microseconds of a call, by block; raw and the side take turns, each first in half of them.

    `together`: 50 calls at once, for 50 keys. A block in which something was loaded does not count.
    """
    keys = [f"{name}:{{{number}}}" for number in range(TOGETHER)]
    raw = Redis(host=bench.setup.host, port=bench.setup.port, max_connections=2 * TOGETHER)
    for key in keys:
        await raw.set(f"raw:{key}", encode(POST), ex=600)
        await bench.side.get(key)

    async def get_raw(key: str) -> Any:
        return decode(await raw.get(f"raw:{key}"))  # type: ignore[arg-type]  # set above

    ways: dict[str, Call] = {"raw": get_raw, "side": bench.side.get}
    found: dict[str, list[float]] = {}
    try:
        await _block(ways, keys, calls, is_back=False)  # opens connections, and is not kept
        for number in range(MOST * blocks):
            loads = bench.source.loads
            block = await _block(ways, keys, calls, is_back=bool(number % 2))
            if bench.source.loads == loads:  # else the machine stood still, and it was no hit
                for kind, took_us in block.items():
                    found.setdefault(kind, []).append(took_us)
            if found and len(found["raw"]) == blocks:
                break
    finally:
        await raw.close()
    return found


async def _block(
    ways: dict[str, Call], keys: list[str], calls: int, *, is_back: bool
) -> dict[str, float]:
    took_us = {}
    for way in sorted(ways, reverse=is_back):
        took_us[way] = await _in_sequence(ways[way], keys, calls)
        took_us[f"{way}_together"] = await _at_once(ways[way], keys, calls)
    return took_us


async def near(bench: Bench, key: str, blocks: int, calls: int) -> list[float]:
    """Microseconds of a hit in the memory of the process, by block."""
    get = bench.side.near
    await get(key)
    return [await _in_sequence(get, [key], calls) for _ in range(blocks)]


async def _in_sequence(call: Call, keys: list[str], calls: int) -> float:
    order = [keys[number % len(keys)] for number in range(calls)]
    started_s = time.perf_counter()
    for key in order:
        await call(key)
    return (time.perf_counter() - started_s) / calls * 1e6


async def _at_once(call: Call, keys: list[str], calls: int) -> float:
    turns = max(1, calls // len(keys))
    started_s = time.perf_counter()
    for _ in range(turns):
        await asyncio.gather(*(call(key) for key in keys))
    return (time.perf_counter() - started_s) / (turns * len(keys)) * 1e6
