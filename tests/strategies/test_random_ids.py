"""Random ids: what cannot exist costs nothing, what could costs one load and one small key."""

import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from service.embedded.servers import Servers
from service.feed import ids
from service.feed.ids import AHEAD_S, ID_EPOCH_MS, ID_SEQUENCE_BITS, may_exist
from tests.strategies.every_endpoint import post_of
from tests.strategies.service import Service, on_copy
from tests.world import Databases

PATHS = ("/v1/posts/{}", "/v1/comments/{}", "/v1/posts/{}/comments", "/v1/comments/{}/replies")
TO_COME = 2**53 - 1
SMALL_BYTES = 128


@pytest.fixture(scope="module")
async def layered(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """One copy for all tests of this module."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        yield service


async def cost(service: Service, path: str) -> tuple[int, set[str]]:
    """How many loads an answer of 404 made, and which keys it left."""
    keys, loads = set(await service.ttls()), (await service.client.stats())["loads_total"]
    assert (await service.client.send("GET", path)).status_code == 404
    loads = (await service.client.stats())["loads_total"] - loads
    return loads, set(await service.ttls()) - keys


@pytest.mark.parametrize("path", PATHS)
async def test_what_cannot_exist_costs_nothing(service: Service, path: str) -> None:
    """No query and no key, under every strategy."""
    wanted = path.format(TO_COME)
    await service.client.send("GET", wanted)

    async def ask() -> None:
        assert (await service.client.send("GET", wanted)).status_code == 404

    assert (0, set()) == await cost(service, wanted)
    assert 0 == await service.client.statements(ask)


async def test_of_named_ids_the_impossible_cost_nothing(service: Service) -> None:
    """They are left out, like all that do not stand."""
    post_id = await post_of(service.client)
    page = await service.client.get(f"/v1/posts?ids={TO_COME},{post_id},{TO_COME - 1}")
    assert [post_id] == [post["id"] for post in page["items"]]
    keys = set(await service.ttls())
    await service.client.get(f"/v1/posts?ids={TO_COME}")
    assert keys == set(await service.ttls())


async def test_control_without_the_look_at_the_id_it_costs_a_load(
    layered: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: a clock that is far ahead."""
    monkeypatch.setattr(ids, "AHEAD_S", 1e9 * AHEAD_S)
    loads, left = await cost(layered, f"/v1/posts/{TO_COME}")
    assert (1, {f"post:{{{TO_COME}}}:v"}) == (loads, left)


@pytest.mark.parametrize("path", PATHS[:2])
async def test_what_could_exist_costs_one_load_and_a_small_key(layered: Service, path: str) -> None:
    """Whether it was deleted, too, is known by then; asked again, it costs nothing."""
    wanted = path.format(4711)
    loads, left = await cost(layered, wanted)
    assert (1, 1) == (loads, len(left))
    [key] = left
    ttl_ms = (await layered.ttls())[key]
    assert ttl_ms is not None
    assert 0 < ttl_ms <= 30_000
    async with Redis.from_url(layered.client.redis_url) as redis:
        assert (await redis.memory_usage(key) or 0) <= SMALL_BYTES
    assert (0, set()) == await cost(layered, wanted)


@pytest.mark.parametrize("path", PATHS[2:])
async def test_what_hangs_on_it_costs_no_more_than_two(layered: Service, path: str) -> None:
    """Its thread, or itself; and whether the thing was deleted."""
    loads, left = await cost(layered, path.format(4712))
    assert loads <= 2
    assert len(left) <= 2


async def test_control_asked_apart_it_costs_two(layered: Service) -> None:
    """The switch: without the entry that tells both, deletions are asked for one by one."""
    tells = layered.client.app.state.feed.deleted._tells
    kept = dict(tells)
    tells.clear()
    try:
        loads, left = await cost(layered, "/v1/posts/4713")
    finally:
        tells.update(kept)
    assert (2, 2) == (loads, len(left))


async def test_what_was_deleted_is_gone_for_one_load(layered: Service) -> None:
    """Also for a process that never saw it; the post's comments went with it."""
    post_id = await post_of(layered.client)
    path = f"/v1/posts/{post_id}/comments"
    said = await layered.client.send("POST", path, by="ada", json={"body": "before"})
    comment_id = said.json()["id"]
    await layered.client.get(f"/v1/comments/{comment_id}")
    await layered.rows("update posts set deleted_at = now() where id = $1", post_id)
    for entry in (f"post:{post_id}", f"comment:{comment_id}"):
        await layered.client.expire(entry)
    before = (await layered.client.stats())["loads_total"]
    assert (await layered.client.send("GET", f"/v1/posts/{post_id}")).status_code == 410
    assert (await layered.client.stats())["loads_total"] == before + 1
    assert (await layered.client.send("GET", f"/v1/comments/{comment_id}")).status_code == 410
    assert (await layered.client.stats())["loads_total"] == before + 2


async def test_a_comment_that_is_kept_goes_with_its_post(layered: Service) -> None:
    """Its own entry says that it stands: the post's is the one that is asked."""
    page = await layered.client.get("/v1/posts?limit=100")
    post_id = page["items"][-1]["id"]
    path = f"/v1/posts/{post_id}/comments"
    said = await layered.client.send("POST", path, by="ada", json={"body": "before"})
    comment = f"/v1/comments/{said.json()['id']}"
    await layered.client.get(comment)
    await layered.rows("update posts set deleted_at = now() where id = $1", post_id)
    await layered.client.expire(f"post:{post_id}")
    assert (await layered.client.send("GET", comment)).status_code == 410


def test_an_id_tells_whether_it_can_have_been_made() -> None:
    """To the millisecond, with an hour for clocks that differ."""
    now_s = time.time()
    made = (round((now_s + AHEAD_S) * 1000) - ID_EPOCH_MS) << ID_SEQUENCE_BITS
    assert may_exist(1, clock=lambda: now_s)
    assert may_exist(made - (1 << ID_SEQUENCE_BITS), clock=lambda: now_s)
    assert not may_exist(made + (1 << ID_SEQUENCE_BITS), clock=lambda: now_s)
