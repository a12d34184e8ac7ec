"""A load is under way in a process, and a write overtakes it, there or through another process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import asyncpg
import pytest

from service.embedded.servers import Servers
from service.queries import comments, posts, users
from service.queries.unit_of_work import Commit
from service.strategies import STRATEGIES
from service.strategies.invalidation import (
    AfterCommitAndOutbox,
    InsideTransaction,
    InsideTransactionAndOutbox,
)
from tests.clients import Client, serving
from tests.faults.proxy import Proxy
from tests.strategies.every_endpoint import Request, post_of
from tests.strategies.held import Held
from tests.waiting import until

# Who joins the load that is held gets no answer: after this it is taken for one of those.
JOINED_S = 1.0
VOTE = Request("PUT", "/v1/posts/{post}/vote", "ada", {"value": 1})
NO_VOTE = Request("PUT", "/v1/posts/{post}/vote", "ada", {"value": 0})
COMMENT = Request("POST", "/v1/posts/{post}/comments", "ada", {"body": "Well said."})


class Seen(NamedTuple):
    """Where a write shows, and the query that loads it: `entry` is what has to be cold for that."""

    write: Request
    path: str
    entry: str
    query: tuple[Any, str]
    part: Callable[[Any], Any]

    async def by(self, client: Client, post_id: int) -> Any:
        """What a reader is shown now."""
        return self.part(await client.get(self.path.format(post=post_id)))


COUNTS = (posts, "versioned_counts_by_ids")
SEEN = {
    "a vote in its post": Seen(
        VOTE, "/v1/posts/{post}", "counts:{post}", COUNTS, lambda post: post["counts"]["upvotes"]
    ),
    "a vote in a list": Seen(
        VOTE,
        "/v1/posts?window=all",
        "counts:{post}",
        COUNTS,
        lambda page: page["items"][0]["counts"]["upvotes"],
    ),
    "a vote in a standing": Seen(
        VOTE,
        "/v1/users/barbara/reputation",
        "reputation:{barbara}",
        (users, "standing_parts"),
        lambda standing: standing["upvotes"],
    ),
    "a comment": Seen(
        COMMENT,
        "/v1/posts/{post}/comments",
        "comments:{post}",
        (comments, "knots"),
        lambda page: len(page["items"]),
    ),
}
every_place = pytest.mark.parametrize("seen", SEEN.values(), ids=SEEN)


@pytest.fixture
async def one_post(world_database: str) -> str:
    """URL of a database with one post, so that no reader has to wait for the load of another."""
    connection = await asyncpg.connect(world_database)
    await connection.execute("""
        delete from posts where id <> (
            select max(p.id) from posts p join users u on u.id = p.author_id
            where u.handle = 'barbara')
    """)
    await connection.close()
    return world_database


@pytest.fixture(params=["one process", "two processes"])
async def fleet(
    request: pytest.FixtureRequest, one_post: str, servers: Servers
) -> AsyncIterator[tuple[Client, Client]]:
    """Who reads, and who writes."""
    url = servers.redis_urls["layered"]
    async with serving("layered", one_post, url) as reader:
        if request.param == "one process":
            yield reader, reader
            return
        async with serving("layered", one_post, url) as writer:
            yield reader, writer


async def cold(client: Client, seen: Seen) -> tuple[int, int]:
    """A post of barbara's without ada's vote, and what is seen of it, which no cache holds now."""
    post_id = await post_of(client)
    await NO_VOTE.send(client, post_id)
    before = await seen.by(client, post_id)
    await client.expire(seen.entry.format(post=post_id, barbara=client.ids["barbara"]))
    return post_id, before


def hold(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> Held:
    """Have the next load read its rows, and bring them when it is told to."""
    module, name = seen.query
    held = Held(getattr(module, name))
    monkeypatch.setattr(module, name, held)
    return held


async def unless_joined(asking: Coroutine[Any, Any, Any]) -> Any:
    """What a reader gets who need not wait for the load that is held; else None."""
    task = asyncio.create_task(asking)
    await asyncio.wait([task], timeout=JOINED_S)
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.wait([task])
    return None


async def reads(client: Client, seen: Seen, post_id: int, expected: int) -> bool:
    """Whether a reader joins nothing; what one gets who does not is never old."""
    found = await unless_joined(seen.by(client, post_id))
    assert found in {None, expected}
    return found is not None


@every_place
async def test_who_reads_after_a_write_joins_no_load_from_before_it(
    seen: Seen, fleet: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does what that load brings stay: the writer's next read may be on any process."""
    reader, writer = fleet
    post_id, before = await cold(reader, seen)
    held = hold(seen, monkeypatch)
    early = asyncio.create_task(seen.by(reader, post_id))
    await held.has_read()
    await seen.write.send(writer, post_id)
    if reader is writer:
        assert await reads(reader, seen, post_id, before + 1)
    else:  # the news of the write takes a moment
        await until(partial(reads, reader, seen, post_id, before + 1))
    held.gate.set()
    assert before == await early
    for client in fleet:
        assert before + 1 == await seen.by(client, post_id)


@pytest.mark.parametrize("fault", ["refuse", "hang"])
@every_place
async def test_nor_does_anybody_while_redis_is_away(
    seen: Seen, fault: str, one_post: str, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other processes cannot be told then; the writer's own knows all the same."""
    url = servers.redis_urls["layered"]
    with Proxy(int(url.rpartition(":")[2].partition("/")[0])) as proxy:
        behind = f"redis://127.0.0.1:{proxy.port}/0"
        async with serving("layered", one_post, behind) as client:
            post_id, before = await cold(client, seen)
            getattr(proxy, fault)()
            held = hold(seen, monkeypatch)
            early = asyncio.create_task(seen.by(client, post_id))
            await held.has_read()
            await seen.write.send(client, post_id)
            assert await reads(client, seen, post_id, before + 1)
            held.gate.set()
            assert before == await early
            proxy.heal()


async def test_who_asks_for_a_new_post_joins_no_load_of_its_absence(
    fleet: tuple[Client, Client], one_post: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody knew its address too early, and the answer is under way."""
    reader, writer = fleet
    early = 2**50
    connection = await asyncpg.connect(one_post)
    await connection.execute(f"alter table posts alter id set default {early}")
    await connection.close()
    held = Held(posts.texts_by_ids)
    monkeypatch.setattr(posts, "texts_by_ids", held)
    path = f"/v1/posts/{early}"
    too_early = asyncio.create_task(reader.send("GET", path))
    await held.has_read()
    await Request("POST", "/v1/posts", "ada", {"title": "t", "body": "b"}).send(writer, early)

    async def is_there() -> bool:
        answer = await unless_joined(reader.send("GET", path))
        return answer is not None and answer.status_code == 200

    await until(is_there)
    held.gate.set()
    assert (await too_early).status_code == 404
    assert (await reader.send("GET", path)).status_code == 200


class Slow:
    """The commits of an announcer: they wait at a gate, all but the last step done."""

    def __init__(self, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_near = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        plain = kind.before_commit

        async def before_commit(announce: Any, commit: Commit) -> None:
            await plain(announce, commit)
            self.is_near.set()
            await self.gate.wait()

        monkeypatch.setattr(kind, "before_commit", before_commit)
        plan = replace(STRATEGIES["layered"], invalidation=kind)
        monkeypatch.setitem(STRATEGIES, "layered", plan)


@pytest.mark.parametrize(
    ("kind", "step"),
    [(AfterCommitAndOutbox, 1), (InsideTransaction, 0), (InsideTransactionAndOutbox, 0)],
    ids=["after", "before", "before, with an outbox"],
)
@every_place
async def test_what_is_loaded_before_a_commit_is_not_seen_after_it(
    seen: Seen,
    kind: Any,
    step: int,
    one_post: str,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The switch drops before the commit: the next reader puts the old rows back, for good."""
    commits = Slow(kind, monkeypatch)
    async with serving("layered", one_post, servers.redis_urls["layered"]) as client:
        post_id, before = await cold(client, seen)
        commits.is_near.clear()
        commits.gate.clear()
        writing = asyncio.create_task(seen.write.send(client, post_id))
        await commits.is_near.wait()
        assert before == await seen.by(client, post_id)
        commits.gate.set()
        await writing
        assert before + step == await seen.by(client, post_id)
