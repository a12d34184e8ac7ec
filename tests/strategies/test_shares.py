"""Who asks for what is not there takes no slot from lists, however it is asked for."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from itertools import count
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from service.embedded.servers import Servers
from service.queries import comments, posts
from service.strategies import discussions, outlines, post_texts, slots
from service.strategies.shares import NAMED_SLOTS, SLOTS, LoadMany, Share
from tests.strategies.every_endpoint import post_of
from tests.strategies.homes import publish, quiet
from tests.strategies.service import Service, on_copy
from tests.waiting import until
from tests.world import Databases

ABSENT = range(5_000, 10_000)
Layered = Callable[[], AbstractAsyncContextManager[Service]]


class Flood(NamedTuple):
    """Requests for what is not there, each for another, and what loads it."""

    path: str  # with places for ids
    module: ModuleType
    loads: str = "texts_by_ids"
    headers: Mapping[str, str] = {}

    def paths(self) -> list[str]:
        """More than loads may run at once."""
        ids = count(ABSENT.start)
        places = self.path.count("{}")
        return [self.path.format(*(next(ids) for _ in range(places))) for _ in range(4 * SLOTS)]


POSTS = Flood("/v1/posts/{}", posts)
COMMENTS = Flood("/v1/comments/{}", comments)
PICKED = Flood("/v1/posts?ids={},{}", posts)
OUTLINED = Flood("/v1/posts?ids={},{}", posts, "heads_by_ids", {"If-None-Match": '"old"'})
FIFTY = Flood("/v1/posts?ids=" + ",".join(["{}"] * 50), posts)


@pytest.fixture
def copy(databases: Databases, servers: Servers) -> Layered:
    """`layered` on a copy of its own, made when a test has turned off what it turns off."""
    return partial(on_copy, "layered", "corral_test_world", databases, servers)


async def during(
    flood: Flood, service: Service, patch: pytest.MonkeyPatch, path: str, by: str | None = None
) -> int:
    """The status of a read while the flood holds every slot that it can get."""
    gate, held = asyncio.Event(), 0
    load = getattr(flood.module, flood.loads)

    async def holding(engine: AsyncEngine, ids: Sequence[int]) -> Any:
        nonlocal held
        if ids[0] in ABSENT:
            held += 1
            await gate.wait()
        return await load(engine, ids)

    async def all_slots_are_taken() -> bool:
        return held >= NAMED_SLOTS

    patch.setattr(flood.module, flood.loads, holding)
    send = partial(service.client.send, "GET")
    absent = [asyncio.create_task(send(each, headers=flood.headers)) for each in flood.paths()]
    await until(all_slots_are_taken)
    for _ in range(100):  # whoever else can begin begins
        await asyncio.sleep(0)
    status = (await send(path, by=by)).status_code
    gate.set()
    assert {answer.status_code for answer in await asyncio.gather(*absent)} <= {200, 404, 503}
    return status


@pytest.mark.parametrize("flood", [POSTS, COMMENTS, PICKED, OUTLINED, FIFTY])
async def test_what_is_not_there_stands_before_no_list(
    flood: Flood, layered: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One at a time or fifty: what a URL names leaves slots to others."""
    assert 200 == await during(flood, layered, monkeypatch, "/v1/tags")


async def test_control_without_their_own_share_they_do(
    copy: Layered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: all loads are alike, and the list finds no slot in time."""
    monkeypatch.setattr(slots, "NAMED_AT_WILL", set())
    async with copy() as service:
        assert 503 == await during(POSTS, service, monkeypatch, "/v1/tags")


@pytest.mark.parametrize("flood", [PICKED, OUTLINED, FIFTY])
async def test_control_taken_for_a_list_several_take_every_slot(
    flood: Flood, copy: Layered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: many at once are taken for what a list names, whoever named them."""
    monkeypatch.setattr(post_texts, "named_by_url", lambda stack: stack)
    monkeypatch.setattr(outlines, "named_by_url", lambda stack: stack)
    async with copy() as service:
        assert 503 == await during(flood, service, monkeypatch, "/v1/tags")


async def test_control_taken_for_a_thread_absent_comments_take_every_slot(
    copy: Layered, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: a comment that a URL names is taken for one that a thread does."""
    monkeypatch.setattr(discussions, "named_by_url", lambda stack: stack)
    async with copy() as service:
        assert 503 == await during(COMMENTS, service, monkeypatch, "/v1/tags")


async def one_is_new(path: str, by: str | None, service: Service, patch: pytest.MonkeyPatch) -> int:
    """The status of a list of posts of which exactly one is not cached, during a flood."""
    await service.client.send("GET", path, by=by)
    await publish(service)
    await quiet(service)
    return await during(POSTS, service, patch, path, by)


async def one_comment_has_changed(service: Service, patch: pytest.MonkeyPatch) -> int:
    """The same of a thread, whose order stands."""
    path = f"/v1/posts/{await post_of(service.client)}/comments"
    said = await service.client.send("POST", path, by="ada", json={"body": "New."})
    await service.client.get(path)
    await service.client.expire(f"comment:{said.json()['id']}")
    return await during(COMMENTS, service, patch, path)


LISTS = [("/v1/posts?sort=new", None), ("/v1/posts?sort=new", "ada"), ("/v1/feed", "ada")]


@pytest.mark.parametrize(("path", "by"), LISTS)
async def test_one_new_post_of_a_list_stands_behind_nobody(
    path: str, by: str | None, layered: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list named it, so it is no stranger's: how many are missing says nothing."""
    assert 200 == await one_is_new(path, by, layered, monkeypatch)


async def test_one_changed_comment_of_a_thread_stands_behind_nobody(
    layered: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does what a thread names."""
    assert 200 == await one_comment_has_changed(layered, monkeypatch)


@pytest.fixture
def told_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch: one alone is taken for what a URL names."""

    async def get_many(self: Share, wanted: Sequence[str], load_many: LoadMany) -> dict[str, Any]:
        limit = self.shared if len(wanted) > 1 else self.named
        return await limit.get_many(wanted, load_many)

    monkeypatch.setattr(Share, "get_many", get_many)


@pytest.mark.parametrize(("path", "by"), LISTS)
async def test_control_told_by_their_number_lists_starve(
    path: str,
    by: str | None,
    told_by_number: None,
    layered: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A list of which one is missing waits with the flood, and is sent away with it."""
    assert 503 == await one_is_new(path, by, layered, monkeypatch)


async def test_control_told_by_their_number_threads_starve(
    told_by_number: None, layered: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same of a thread."""
    assert 503 == await one_comment_has_changed(layered, monkeypatch)
