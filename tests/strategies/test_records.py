"""The table of what serves what: true of the stacks that `layered` builds."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from service import keys
from service.embedded.servers import Servers
from service.keys import KINDS, Kind
from service.observing.metrics import Observer
from service.patterns import early_expiration
from service.patterns.fail_open import FailOpen
from service.patterns.lease import Lease
from service.patterns.native_counter import NativeCounter
from service.patterns.near_cache import NearCache
from service.patterns.single_flight import SingleFlight
from service.process import open_tools
from service.settings import Settings
from service.strategies import STRATEGIES, plan_named
from service.strategies.caches import caches_of
from service.strategies.cards import AuthorCards
from service.strategies.people import People
from service.strategies.records import SERVED
from service.strategies.stack import Stack
from service.strategies.tools import Tools

# Kept by no stack: what is trending is told by steps, and read through the list made of it; views
# are on their way to the database.
BESIDE = {keys.RANKING, keys.VIEWED, keys.VIEWS}
# What other strategies hold in an entry of its own.
NOT_OURS = {
    keys.COMMENTS, keys.POST_COUNT, keys.COMMENT_COUNT, keys.VOTE_DAYS,
    keys.AUTHOR_IDS, keys.FEED_IDS,
}  # fmt: skip


Build = Callable[[str], Awaitable[list[Stack[Any]]]]


@pytest.fixture
async def build(empty_database: str, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Every stack that a process of a strategy has."""
    plain = Tools.stacked

    async def build(name: str) -> list[Stack[Any]]:
        built: list[Stack[Any]] = []

        def stacked(tools: Tools, site: Any, **layers: Any) -> Stack[Any]:
            built.append(plain(tools, site, **layers))
            return built[-1]

        monkeypatch.setattr(Tools, "stacked", stacked)
        settings = Settings(DATABASE_URL=empty_database, REDIS_URL=servers.redis_urls[name])
        async with open_tools(settings, plan_named(name), Observer(name)) as tools:
            caches_of(tools)
        return built

    return build


@pytest.fixture
async def stacks(build: Build) -> dict[Kind, Stack[Any]]:
    """Every stack of `layered`, by what it holds."""
    return {stack.kind: stack for stack in await build("layered")}


@pytest.mark.parametrize("name", STRATEGIES)
async def test_a_kind_has_one_stack(name: str, build: Build) -> None:
    """Of two near caches of the same a drop of one would leave the other."""
    kinds = [stack.kind.name for stack in await build(name)]
    assert len(kinds) == len(set(kinds))


async def test_a_second_stack_of_a_kind_is_told(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: lists of users with names of their own."""
    plain = People.__init__

    def with_own_cards(people: People, tools: Tools, _: AuthorCards) -> None:
        plain(people, tools, AuthorCards(tools))

    monkeypatch.setattr(People, "__init__", with_own_cards)
    kinds = [stack.kind.name for stack in await build("layered")]
    assert ["card"] == [name for name, n in Counter(kinds).items() if n > 1]


def test_the_table_has_every_kind_that_layered_keeps(stacks: dict[Kind, Stack[Any]]) -> None:
    """No more, and no fewer."""
    assert SERVED.keys() == set(KINDS.values()) - NOT_OURS
    assert stacks.keys() == SERVED.keys() - BESIDE


def test_each_stack_is_built_of_what_the_table_names(stacks: dict[Kind, Stack[Any]]) -> None:
    """In its near, flight and shared slots; every shared cache fails open."""
    for kind, stack in stacks.items():
        by = SERVED[kind].by
        assert ("near_cache" in by) == isinstance(stack.near, NearCache), kind
        assert ("single_flight" in by) == isinstance(stack.flight, SingleFlight), kind
        assert isinstance(stack.shared, FailOpen), kind
        shared = stack.shared._layer
        assert ("lease" in by) == isinstance(shared, Lease), kind
        assert ("native_counter" in by) == isinstance(shared, NativeCounter), kind


def test_what_is_expensive_is_refreshed_early() -> None:
    """And nothing else: a lot is drawn on each hit."""
    refresh = plan_named("layered").refresh
    for kind, served in SERVED.items():
        early = isinstance(refresh(kind), early_expiration.EarlyExpiration)
        assert ("early_expiration" in served.by) == early, kind
