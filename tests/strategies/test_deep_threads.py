"""A page of comments past what is kept of their order: many who ask at once cost one load."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from service.embedded.servers import Servers
from service.feed import threads
from service.queries import comments
from service.strategies import STRATEGIES, discussions, slots
from tests.clients import Client, serving
from tests.http.discussing import new_post, take_back
from tests.strategies.held import Held
from tests.strategies.service import Service
from tests.waiting import until

READERS = 50
KEPT = 10
TALK = """
insert into comments (post_id, author_id, body)
select $1, (select id from users where handle = 'claude'), 'Said ' || i
from generate_series(1, 30) i order by i
"""


@pytest.fixture(params=["layered", "without flight"])
async def deep(
    request: pytest.FixtureRequest,
    world_database: str,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Service]:
    """Ours, and ours with the slot of the flight empty."""
    monkeypatch.setattr(threads, "KEPT", KEPT)
    if request.param != "layered":
        plan = replace(STRATEGIES["layered"], flight=slots.empty)
        monkeypatch.setitem(STRATEGIES, "layered", plan)
    async with serving("layered", world_database, servers.redis_urls["layered"]) as client:
        yield Service(request.param, client, world_database)


async def far_page(service: Service) -> str:
    """The address of a page behind what is kept of a thread, whose beginning is warm."""
    post_id = await new_post(service.client)
    await service.rows(TALK, post_id)
    first = f"/v1/posts/{post_id}/comments?limit=20"
    return f"{first}&cursor={(await service.client.get(first))['next']}"


class Counted(Held):
    """A query that is held, and counts how often it is asked."""

    asked = 0

    async def __call__(self, *asked: Any) -> Any:
        """Ask."""
        self.asked += 1
        return await super().__call__(*asked)


def hold(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Have the next load of a whole tree read its rows, and bring them when it is told to."""
    held = Counted(comments.knots)
    monkeypatch.setattr(comments, "knots", held)
    return held


async def test_many_who_read_far_down_at_once_cost_one_load(
    deep: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch leaves the flight out: each loads the whole tree."""
    path = await far_page(deep)
    held, met = hold(monkeypatch), 0
    walk = threads.walk

    def counting(*asked: Any) -> Any:
        nonlocal met
        met += 1
        return walk(*asked)

    monkeypatch.setattr(discussions, "walk", counting)
    reading = [asyncio.create_task(deep.client.get(path)) for _ in range(READERS)]

    async def all_have_come_to_the_end_of_what_is_kept() -> bool:
        return met >= READERS

    await until(all_have_come_to_the_end_of_what_is_kept)
    held.gate.set()
    pages = await asyncio.gather(*reading)
    assert all(page == pages[0] for page in pages)
    assert len(pages[0]["items"]) == 10
    # One; and one more where Redis does not answer in time, so that the kept part is loaded too.
    assert (held.asked <= 2) == (deep.name == "layered"), held.asked


async def test_the_end_of_what_is_kept_tells_that_the_post_is_gone(deep: Service) -> None:
    """Its beginning is kept, and nothing was dropped: only the load of the rest can know."""
    path = await far_page(deep)
    post_id = int(path.split("/")[3])
    await deep.rows("update posts set deleted_at = now() where id = $1", post_id)
    beginning = await deep.client.get(f"/v1/posts/{post_id}/comments?limit={KEPT - 1}")
    assert len(beginning["items"]) == KEPT - 1
    assert (await deep.client.send("GET", path)).status_code == 410


async def test_nobody_who_reads_after_a_write_joins_a_load_from_before_it(
    deep: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was taken back meanwhile is not there."""
    path = await far_page(deep)
    before = [item["id"] for item in (await deep.client.get(path))["items"]]
    held = hold(monkeypatch)
    early = asyncio.create_task(deep.client.get(path))
    await held.has_read()
    client: Client = deep.client
    assert (await take_back(client, before[3], by="claude")).status_code == 204
    shown = [item["id"] for item in (await client.get(path))["items"]]
    assert before[:3] + before[4:] == shown
    held.gate.set()
    assert len((await early)["items"]) == 9
