"""What a worker can be told to do; each takes the worker's bench and the order's own details."""

from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.orders import batch, cancelled, herd, hits, outage, races
from benchmarks.orders.bench import close, open_side

ORDERS: dict[str, Callable[..., Awaitable[Any]]] = {
    "open": open_side,
    "close": close,
    "herd": herd.herd,
    "sleepers": herd.sleepers,
    "cancelled": cancelled.cancelled,
    "read": races.read,
    "write": races.write,
    "stale": races.stale,
    "later": outage.later,
    "hits": hits.hits,
    "near": hits.near,
    "batch": batch.batch,
}
