"""How layers meet: near -> flight -> shared -> limit -> load, each calling the next on a miss.

A layer is anything with `get`, `get_many` and `invalidate`. The slots are named, so two shared
caches cannot be stacked by accident, and a strategy differs from another by what stands in them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar, cast

from service.feed.errors import Busy
from service.keys import Kind
from service.observing.metrics import Observer
from service.patterns.bulkhead import Overloaded
from service.strategies.layers import Absent, Layer, Load, LoadMany

V = TypeVar("V")
E = TypeVar("E", int, str)
Loading = Callable[..., AbstractContextManager[None]]


def unmeasured(*_keys: str) -> AbstractContextManager[None]:
    """Nobody counts the load of these keys."""
    return nullcontext()


def unknown(_key: str) -> float:
    """Nobody knows for how long a value is fresh."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Stack(Generic[V]):
    """The layers of one kind of entry."""

    kind: Kind
    near: Layer[V]
    flight: Layer[V]
    shared: Layer[V]
    limit: Layer[V]
    absence: Callable[[V], V]
    observer: Observer
    loading: Loading = unmeasured
    fresh_for_s: Callable[[str], float] = unknown

    async def get(self, entry: int | str, load: Load[V]) -> V:
        """The value of one entry."""
        key = self.kind.key(entry)

        async def origin() -> V:
            return self.absence(await self._load(key, load))

        async def flight() -> V:
            with self.observer.joining(key) as fetch:

                async def shared() -> V:
                    fetch()
                    try:
                        return await self.shared.get(key, origin)
                    except Absent as absent:  # who joins may have asked for more than this
                        return cast("V", absent.value)

                return self.absence(await self.flight.get(key, shared))

        with self.observer.waiting(key):
            try:
                value = await self.near.get(key, flight)
            except Absent as absent:
                return cast("V", absent.value)
            except Overloaded as overloaded:
                raise _busy(overloaded) from None
        self.observer.lives(self.fresh_for_s(key))
        return value

    async def get_many(
        self,
        entries: Sequence[E],
        load_many: Callable[[Sequence[E]], Awaitable[Mapping[E, V]]],
    ) -> dict[E, V]:
        """The values of many entries; `load_many` answers for each that it is asked for."""
        keys = {self.kind.key(entry): entry for entry in entries}

        async def origin(missing: Sequence[str]) -> Mapping[str, V]:
            found = await self._load_many(missing, keys, load_many)
            if len(keys) == 1:  # of many, what is absent is kept with the others
                self.absence(found[missing[0]])
            return found

        async def flight(missing: Sequence[str]) -> Mapping[str, V]:
            with self.observer.joining(*missing) as fetch:

                async def shared(ours: Sequence[str]) -> Mapping[str, V]:
                    fetch(len(ours) == len(missing))
                    try:
                        return await self.shared.get_many(ours, origin)
                    except Absent as absent:  # of one that is asked for alone, as above
                        return dict.fromkeys(ours, cast("V", absent.value))

                found = await self.flight.get_many(missing, shared)
                if len(keys) == 1:
                    self.absence(found[missing[0]])
                return found

        found = await self._from_near(keys, flight)
        return {entry: found[key] for key, entry in keys.items()}

    async def _from_near(self, keys: Mapping[str, E], flight: LoadMany[V]) -> Mapping[str, V]:
        with self.observer.waiting(*keys):
            try:
                found = await self.near.get_many(list(keys), flight)
            except Absent as absent:
                return dict.fromkeys(keys, cast("V", absent.value))
            except Overloaded as overloaded:
                raise _busy(overloaded) from None
        if len(keys) == 1:  # of a page, the list that it shows tells
            self.observer.lives(self.fresh_for_s(next(iter(keys))))
        return found

    async def beyond(self, entry: int | str, load: Load[V]) -> V:
        """What no cache keeps, such as the far end of a list: loaded, and seen as a load."""
        try:
            return await self._load(self.kind.key(entry), load)
        except Overloaded as overloaded:
            raise _busy(overloaded) from None

    async def invalidate(self, *entries: int | str) -> None:
        """Forget entries, the shared copy first: what a later layer refills from is gone.

        When the shared cache cannot be reached, what is kept here goes all the same.
        """
        keys = [self.kind.key(entry) for entry in entries]
        if keys:
            try:
                await self.shared.invalidate(*keys)
            except BaseException:
                await self.flight.invalidate(*keys)
                # Its own error must not take the place of this one, least of a cancellation.
                with suppress(Exception):
                    await self.near.invalidate(*keys)
                raise
            await self.flight.invalidate(*keys)
            await self.near.invalidate(*keys)

    async def _load_many(
        self,
        missing: Sequence[str],
        entries: Mapping[str, E],
        load_many: Callable[[Sequence[E]], Awaitable[Mapping[E, V]]],
    ) -> Mapping[str, V]:
        async def load() -> Mapping[str, V]:
            with self.loading(*missing):
                found = await load_many([entries[key] for key in missing])
            return {key: found[entries[key]] for key in missing}

        return await self.limit.get_many(
            missing, lambda _: self.observer.load(self.kind.name, missing[0], load, keys=missing)
        )

    async def _load(self, key: str, load: Load[V]) -> V:
        async def measured() -> V:
            with self.loading(key):
                return await load()

        return await self.limit.get(key, lambda: self.observer.load(self.kind.name, key, measured))


def _busy(overloaded: Overloaded) -> Busy:
    after_s = ceil(overloaded.retry_after_s)
    return Busy("too many loads at once; try again shortly", retry_after_s=after_s)
