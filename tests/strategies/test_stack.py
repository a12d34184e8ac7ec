"""A stack of layers: who is asked, who is told, and what overload looks like from outside."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from service import keys
from service.feed.errors import Busy
from service.observing.metrics import Observer
from service.patterns.bulkhead import Bulkhead
from service.patterns.single_flight import SingleFlight
from service.strategies import slots
from service.strategies.layers import Passthrough
from service.strategies.stack import Stack


def stack_of(**layers: Any) -> Stack[Any]:
    """A stack with these layers, and nothing in its other slots."""
    empty: dict[str, Any] = {slot: Passthrough() for slot in ("near", "flight", "shared", "limit")}
    given = {"absence": slots.forgotten, "observer": Observer("test"), **empty, **layers}
    return Stack(kind=keys.POST, **given)


class Spy(Passthrough[Any]):
    """Writes down which slot was asked to do what."""

    def __init__(self, slot: str, said: list[str]) -> None:
        self._slot = slot
        self._said = said

    async def get(self, key: str, load: Callable[[], Awaitable[Any]]) -> Any:
        """Say so, and ask the next layer."""
        self._said.append(f"{self._slot} {key}")
        return await load()

    async def invalidate(self, *keys: str) -> None:
        """Say so."""
        self._said.append(f"{self._slot} drops {' '.join(keys)}")


async def seven() -> int:
    """The database's answer."""
    return 7


async def test_layers_are_asked_from_the_nearest_to_the_farthest() -> None:
    """And dropped from the farthest that keeps anything, or the nearer would be filled from it."""
    said: list[str] = []
    stack = stack_of(**{slot: Spy(slot, said) for slot in ("limit", "near", "shared", "flight")})
    assert await stack.get(42, seven) == 7
    order = ("near", "flight", "shared", "limit")
    assert said == [f"{slot} post:{{42}}" for slot in order]
    said.clear()
    await stack.invalidate(42, 43)
    drops = "drops post:{42} post:{43}"
    assert said == [f"shared {drops}", f"flight {drops}", f"near {drops}"]
    said.clear()
    await stack.invalidate()
    assert said == []


@pytest.mark.parametrize("absence", [slots.forgotten, slots.remembered])
async def test_an_absence_is_an_answer(absence: Callable[[Any], Any]) -> None:
    """However it goes through the layers, whoever asked gets None."""

    async def nothing() -> None:
        return None

    assert await stack_of(absence=absence).get(42, nothing) is None


async def test_an_error_comes_through() -> None:
    """As it is, and the load that failed is on record."""

    async def gone() -> int:
        raise OSError("gone")

    stack = stack_of()
    with pytest.raises(OSError, match="gone"):
        await stack.get(42, gone)
    assert [load.ok for load in stack.observer.loads] == [False]


async def test_many_are_loaded_at_once() -> None:
    """One load for all that are missing, under the name of the first."""
    stack = stack_of()
    asked: list[Sequence[int]] = []

    async def load(ids: Sequence[int]) -> dict[int, int]:
        asked.append(ids)
        return {post_id: post_id * 2 for post_id in ids}

    assert await stack.get_many([3, 1, 3, 2], load) == {3: 6, 1: 2, 2: 4}
    assert asked == [[3, 1, 2]]
    assert [load.key for load in stack.observer.loads] == ["post:{3}"]


async def test_too_many_loads_make_it_busy() -> None:
    """Whichever way the load was asked for, the feed's own error comes out, with a time to wait."""
    stack = stack_of(limit=Bulkhead(1, wait_s=0, retry_after_s=1.5, rand=lambda: 0.0))
    enough = asyncio.Event()
    under_way = asyncio.create_task(stack.get(1, enough.wait))
    await asyncio.sleep(0)

    async def load(ids: Sequence[int]) -> dict[int, int]:
        return dict.fromkeys(ids, 7)

    for ask in (
        lambda: stack.get(42, seven),
        lambda: stack.get_many([42], load),
        lambda: stack.beyond(42, seven),
    ):
        with pytest.raises(Busy) as busy:
            await ask()
        assert busy.value.retry_after_s == 2
    enough.set()
    assert await under_way is True
    assert await stack.beyond(42, seven) == 7


class Broken(Spy):
    """A slot that cannot forget."""

    def __init__(self, slot: str, said: list[str], error: BaseException) -> None:
        super().__init__(slot, said)
        self._error = error

    async def invalidate(self, *keys: str) -> None:
        """Say so, and fail."""
        await super().invalidate(*keys)
        raise self._error


@pytest.mark.parametrize("error", [OSError("gone"), asyncio.CancelledError()])
async def test_what_is_kept_here_goes_when_the_shared_cache_cannot_be_told(
    error: BaseException,
) -> None:
    """And that error comes out, whatever else fails: a cancelled writer stays cancelled."""
    said: list[str] = []
    stack = stack_of(
        shared=Broken("shared", said, error),
        flight=Spy("flight", said),
        near=Broken("near", said, ConnectionError("nobody heard it")),
    )
    with pytest.raises(type(error)) as raised:
        await stack.invalidate(42)
    assert raised.value is error
    assert said == [f"{slot} drops post:{{42}}" for slot in ("shared", "flight", "near")]


@pytest.mark.parametrize("alone", ["get", "get_many"])
async def test_who_joins_an_absence_is_told_of_that_one_alone(alone: str) -> None:
    """A page that names what somebody else is just missing shows all the rest."""
    stack = stack_of(flight=SingleFlight())

    async def load(ids: Sequence[int]) -> dict[int, str | None]:
        await asyncio.sleep(0)
        return {post_id: None if post_id == 404 else "stands" for post_id in ids}

    async def load_one() -> str | None:
        return (await load([404]))[404]

    many = alone == "get_many"
    asked = stack.get_many([404], load) if many else stack.get(404, load_one)
    one: asyncio.Task[Any] = asyncio.create_task(asked)
    await asyncio.sleep(0)
    assert await stack.get_many([1, 2, 404], load) == {1: "stands", 2: "stands", 404: None}
    assert await one == ({404: None} if many else None)


async def test_an_absence_that_is_forgotten_is_kept_nowhere() -> None:
    """Not by the layer before the flight either, which sees no value."""
    kept: list[object] = []

    class Keeps(Passthrough[Any]):
        async def get(self, key: str, load: Callable[[], Awaitable[Any]]) -> Any:
            kept.append(await load())

        async def get_many(self, keys: Sequence[str], load_many: Any) -> Any:
            kept.append(await load_many(keys))

    stack = stack_of(near=Keeps(), flight=SingleFlight())

    async def nothing() -> None:
        return None

    async def none_of(ids: Sequence[int]) -> dict[int, None]:
        return dict.fromkeys(ids)

    assert await stack.get(404, nothing) is None
    assert await stack.get_many([404], none_of) == {404: None}
    assert kept == []
