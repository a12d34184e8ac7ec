"""What every layer must show, whatever it does inside; and the tools the pattern tests share.

A layer has ``get(key, load)``, ``get_many(keys, load_many)`` and ``invalidate(*keys)``.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import pytest


class Layer(Protocol):
    """The shape agreed by signature."""

    async def get(self, key: str, load: Callable[[], Awaitable[str]]) -> str:
        """Return the value of one key."""

    async def get_many(
        self,
        keys: Sequence[str],
        load_many: Callable[[Sequence[str]], Awaitable[Mapping[str, str]]],
    ) -> dict[str, str]:
        """Return the values of many keys."""

    async def invalidate(self, *keys: str) -> None:
        """Drop keys."""


class Events:
    """An ``observe`` that remembers."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, object]]] = []

    def __call__(self, event: str, **details: object) -> None:
        """Take one event."""
        self.seen.append((event, details))

    @property
    def counts(self) -> Counter[str]:
        """How often each event was seen."""
        return Counter(event for event, _details in self.seen)


class Clock:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now_s


class Source:
    """The source of truth: counts its loads, and can be held at a gate in the middle of one."""

    def __init__(self, value: str = "one") -> None:
        self.value = value
        self.error: Exception | None = None
        self.loads = 0
        self.asked: list[list[str]] = []
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self) -> str:
        """Read the value now, give it back once the gate is open."""
        self.loads += 1
        value = self.value
        self.started.set()
        await self.gate.wait()
        if self.error:
            raise self.error
        return value

    async def load_many(self, keys: Sequence[str]) -> dict[str, str]:
        """Load several keys at once; each value names its key."""
        self.asked.append(list(keys))
        value = await self.load()
        return {key: f"{value} {key}" for key in keys}

    def hold(self) -> None:
        """Make the next loads wait for ``gate``."""
        self.started.clear()
        self.gate.clear()


async def spin(turns: int = 20) -> None:
    """Let every ready task run: enough turns of the loop for what needs no input."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that happens elsewhere, such as in the server; fail after 5 s."""
    async with asyncio.timeout(5):
        while not await holds():  # noqa: ASYNC110 - no event of ours tells of the server's state
            await asyncio.sleep(0.001)


async def check_layer(layer: Layer, key: str) -> None:
    """Hold a layer to what all layers promise: the value, the error, the cancellation, the batch.

    A layer that stores (cache) and one that does not (flight, limit) both pass.
    """
    await _gives_the_loaded_value(layer, key)
    await _passes_the_error_and_does_not_keep_it(layer, key)
    await _survives_a_cancelled_caller(layer, key)
    await _loads_many_at_once(layer, key)


async def check_cache(layer: Layer, key: str) -> None:
    """Hold a layer that stores to more: a hit does not load, an invalidated key does."""
    source = Source("one")
    await layer.invalidate(key)
    assert await layer.get(key, source.load) == "one"
    source.value = "two"
    assert await layer.get(key, source.load) == "one"
    assert source.loads == 1
    await layer.invalidate(key)
    assert await layer.get(key, source.load) == "two"
    await _keeps_an_empty_value(layer, key)
    await _loads_only_what_is_missing(layer, key)


async def check_fenced(layer: Layer, key: str) -> None:
    """Hold a layer that promises it to this: a load overtaken by an invalidation is not kept."""
    source = Source("one")
    await layer.invalidate(key)
    source.hold()
    reader = asyncio.create_task(layer.get(key, source.load))
    await source.started.wait()
    source.value = "two"
    await layer.invalidate(key)
    source.gate.set()
    assert await reader == "one"  # it asked before the write was over, and may have the old value
    assert await layer.get(key, source.load) == "two"


async def _gives_the_loaded_value(layer: Layer, key: str) -> None:
    source = Source("one")
    await layer.invalidate(key)
    assert await layer.get(key, source.load) == "one"


async def _passes_the_error_and_does_not_keep_it(layer: Layer, key: str) -> None:
    source = Source("fine")
    source.error = LookupError("the database said no")
    await layer.invalidate(key)
    with pytest.raises(LookupError, match="said no"):
        await layer.get(key, source.load)
    source.error = None
    assert await layer.get(key, source.load) == "fine"
    assert source.loads == 2


async def _survives_a_cancelled_caller(layer: Layer, key: str) -> None:
    source = Source("one")
    await layer.invalidate(key)
    source.hold()
    first = asyncio.create_task(layer.get(key, source.load))
    await source.started.wait()
    second = asyncio.create_task(layer.get(key, source.load))
    await spin()
    first.cancel()
    await asyncio.wait([first])
    source.gate.set()
    assert first.cancelled()
    assert await second == "one"


async def _keeps_an_empty_value(layer: Layer, key: str) -> None:
    source = Source("")
    await layer.invalidate(key)
    assert await layer.get(key, source.load) == ""
    assert await layer.get(key, source.load) == ""
    assert source.loads == 1


async def _loads_many_at_once(layer: Layer, key: str) -> None:
    source = Source("one")
    keys = [f"{key}:{i}" for i in range(5)]
    await layer.invalidate(*keys)
    expected = {each: f"one {each}" for each in keys}
    assert await layer.get_many([*keys, keys[0]], source.load_many) == expected
    assert source.asked == [keys]
    assert await layer.get_many([], source.load_many) == {}
    assert source.loads == 1


async def _loads_only_what_is_missing(layer: Layer, key: str) -> None:
    source = Source("one")
    keys = [f"{key}:{i}" for i in range(4)]
    await layer.invalidate(*keys)
    await layer.get_many(keys[:2], source.load_many)
    source.value = "two"
    values = await layer.get_many(keys, source.load_many)
    assert [values[each].split()[0] for each in keys] == ["one", "one", "two", "two"]
    assert source.asked == [keys[:2], keys[2:]]
