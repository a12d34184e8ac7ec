"""Two subscriptions bring the news of a write; the near cache believes neither alone."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from redis.asyncio import Redis

from service.keys import POST
from service.patterns.lease import Lease
from service.strategies import slots
from service.strategies.layered import LAYERED
from service.strategies.tools import Site

Forget = Callable[[str | None], None]


class News:
    """A subscription without a server: whoever is to be told of drops, and a link that is up."""

    channel = "lease"
    trusted_until_s = float("inf")

    def __init__(self) -> None:
        self.told: list[Forget] = []

    def on_drop(self, forget: Forget) -> None:
        """Tell this one as well."""
        self.told.append(forget)

    def tell(self, key: str | None) -> None:
        """A key was dropped, or news were missed."""
        for forget in self.told:
            forget(key)


class Fresh(Lease[str]):
    """Says of everything that it is fresh for a minute."""

    def fresh_for_s(self, key: str) -> float:
        """A minute."""
        return 60.0


async def test_the_near_cache_drops_what_the_lease_is_told_to_drop() -> None:
    """Else a load that was on its way at the push, or a lease that is deaf, leaves old values."""
    wake, push = News(), News()
    tools = SimpleNamespace(wake=wake, push=push, heard=lambda *_: lambda *_, **__: None)
    site = Site(POST, LAYERED.codec(str), lambda _: 60.0, cast("Any", tools))
    shared = Fresh(
        Redis(), wake=cast("Any", wake), encode=str.encode, decode=bytes.decode,
        ttl=lambda _: 60.0,
    )  # fmt: skip
    near = slots.near_cache(site, shared)
    values = iter(("one", "two", "three", "four"))

    async def load() -> str:
        return next(values)

    assert ["one", "one"] == [await near.get("post:{1}", load) for _ in range(2)]
    wake.tell("post:{1}")
    assert ["two", "two"] == [await near.get("post:{1}", load) for _ in range(2)]
    wake.tell(None)
    assert ["three", "three"] == [await near.get("post:{1}", load) for _ in range(2)]
    push.tell("post:{1}")
    assert "four" == await near.get("post:{1}", load)
