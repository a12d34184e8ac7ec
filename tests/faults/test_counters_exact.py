"""Counters stay exact while writers race and the cache is killed under them, twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service import drift
from service.queries.engine import connect
from service.queries.writes import statements
from service.strategies.counters import SteppedCounts
from tests.clients import Client, serving
from tests.faults.sizes import size
from tests.faults.valkey import Valkey
from tests.waiting import until
from tests.world import Databases

WRITERS = size(short=16, whole=50)
VOTES = size(short=15, whole=200)  # of each writer
POSTS = 6
# The published bound after the end of a fault; the short form has neighbours on its machine.
BOUND_S = size(short=30, whole=5)
VOTERS = """
    insert into users (handle, display_name)
    select 'voter_' || i, 'Voter' from generate_series(1, 25) i
"""
COUNTED = (
    "select id, upvotes, downvotes, comment_count, reaction_counts from posts where id = any($1)"
)


class Site:
    """Two processes on the same stores."""

    def __init__(self, clients: list[Client], database_url: str) -> None:
        self.clients = clients
        self.database_url = database_url
        self.posts: list[int] = []
        self.done = 0

    async def begin(self) -> None:
        """Choose the posts, and have every process hold their counts."""
        page = await self.clients[0].get(f"/v1/posts?sort=top&window=all&limit={POSTS}")
        self.posts = [post["id"] for post in page["items"]]
        assert len(self.posts) == POSTS
        await self.shown()

    async def vote(self, writer: int) -> None:
        """One writer's votes; two writers share a name, and do not know of each other."""
        dice = random.Random(writer)
        client, by = self.clients[writer % 2], f"voter_{writer // 2 + 1}"
        for _ in range(VOTES):
            path = f"/v1/posts/{dice.choice(self.posts)}/vote"
            answer = await client.send("PUT", path, by=by, json={"value": dice.choice((-1, 0, 1))})
            assert answer.status_code == 200, answer.text
            self.done += 1
            if dice.random() < 0.2:
                await client.get(path.removesuffix("/vote"))

    async def shown(self) -> list[dict[int, object]]:
        """Counts of the posts as each process shows them."""
        ids = ",".join(map(str, self.posts))
        pages = [await client.get(f"/v1/posts?ids={ids}") for client in self.clients]
        return [{post["id"]: known(post["counts"]) for post in page["items"]} for page in pages]

    async def stored(self) -> dict[int, object]:
        """The same, as the database has them."""
        connection = await asyncpg.connect(self.database_url)
        rows = await connection.fetch(COUNTED, self.posts)
        await connection.close()
        return {row["id"]: (row["upvotes"], row["downvotes"]) for row in rows}

    async def agree(self) -> bool:
        """Whether both processes show what is stored."""
        stored = await self.stored()
        return [stored, stored] == await self.shown()

    async def agree_from_cache(self) -> bool:
        """The same, and that nothing was loaded for it."""
        before = await self.loads()
        return await self.agree() and before == await self.loads()

    async def loads(self) -> list[int]:
        """How many loads each process has made."""
        return [(await client.stats())["loads_total"] for client in self.clients]


def known(counts: dict[str, int]) -> object:
    """Of what a reader is shown, what votes change."""
    assert counts["score"] == counts["upvotes"] - counts["downvotes"]
    return counts["upvotes"], counts["downvotes"]


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """A small world with voters in it."""
    async with databases.copy_of("corral_test_world") as url:
        connection = await asyncpg.connect(url)
        await connection.execute(VOTERS)
        await connection.close()
        yield url


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Connections of the test's own."""
    made = connect(database_url)
    yield made
    await made.dispose()


@pytest.fixture
async def site(database_url: str, valkey: Valkey) -> AsyncIterator[Site]:
    """Two processes of `layered`."""
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(serving("layered", database_url, valkey.url))
            for _ in range(2)
        ]
        made = Site(clients, database_url)
        await made.begin()
        yield made


async def killed_twice(site: Site, valkey: Valkey, votes: int) -> None:
    """Kill the cache after a third and after two thirds of the votes; it is back, empty, later."""
    for third in (1, 2):
        await reached(site, votes * third // 3)
        valkey.kill()
        await reached(site, votes * third // 3 + votes // 10)
        await asyncio.to_thread(valkey.start)


async def reached(site: Site, votes: int) -> None:
    """Wait for so many votes to be answered."""

    async def answered() -> bool:
        return site.done >= votes

    await until(answered, within_s=300)


async def race(site: Site) -> None:
    """All writers at once."""
    async with asyncio.TaskGroup() as writing:
        for writer in range(WRITERS):
            writing.create_task(site.vote(writer))


async def test_votes_are_exact_though_the_cache_is_killed_twice(
    site: Site, engine: AsyncEngine, valkey: Valkey
) -> None:
    """Every vote is answered and counted once; what is cached says so within the bound."""
    await asyncio.gather(race(site), killed_twice(site, valkey, WRITERS * VOTES))
    assert site.done == WRITERS * VOTES
    assert (await drift.find(engine))[0] == []
    await until(site.agree_from_cache, within_s=BOUND_S)


async def test_without_its_lock_a_vote_would_be_counted_twice(
    site: Site, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison with the rows can fail: two minds of one voter meet, and both are counted."""
    unlocked = statements.LOCK_POST.text.replace("for update", "")
    monkeypatch.setattr(statements, "LOCK_POST", text(unlocked))
    for _ in range(20):
        await race(site)
        if (await drift.find(engine))[0]:
            return
    pytest.fail("nothing was counted twice")


async def test_counts_that_miss_their_steps_are_told_apart(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison with the cache can fail: without steps it shows what was."""

    async def ignored(*_: object) -> None:
        """Change nothing."""

    monkeypatch.setattr(SteppedCounts, "changed", ignored)
    await race(site)
    assert not await site.agree()
