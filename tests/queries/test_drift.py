"""`corral drift`: every planted difference is found and mended, and nothing else is touched."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from service import drift
from service.cli import app
from service.commands.drift import DRIFTED
from service.embedded.servers import Servers
from service.queries.drift import Difference
from service.queries.engine import connect
from service.queries.unit_of_work import Transactions
from service.queries.writes import recounts
from service.strategies import STRATEGIES
from tests.strategies.service import Service, on_copy
from tests.waiting import until
from tests.world import PEOPLE, Databases

# One of each counter, each wrong in its own way.
PLANTED = """
update posts set upvotes = upvotes + 7, comment_count = 0, reaction_counts = '{"heart": 99}'
where id = (select min(id) from posts);
update posts set downvotes = downvotes + 1 where id = (select max(id) from posts);
update users set post_count = -1, follower_count = 70, following_count = 0 where handle = 'ada';
update comments set upvotes = 5, downvotes = 6, reply_count = 7
where id = (select min(id) from comments);
"""
COUNTERS = {
    ("posts", "upvotes"), ("posts", "comments"), ("posts", "reactions"), ("posts", "downvotes"),
    ("users", "posts"), ("users", "followers"), ("users", "following"),
    ("comments", "upvotes"), ("comments", "downvotes"), ("comments", "replies"),
}  # fmt: skip


@pytest.fixture(params=STRATEGIES)
async def service(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers
) -> AsyncIterator[Service]:
    """Every strategy, each test on a copy of its own."""
    async with on_copy(request.param, "corral_test_world", databases, servers) as service:
        yield service


@pytest.fixture
async def layered(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """One service on a copy."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        yield service


@pytest.fixture
async def engine(layered: Service) -> AsyncIterator[AsyncEngine]:
    """Connections of the test's own to that service's database."""
    made = connect(layered.database_url)
    yield made
    await made.dispose()


def environment(service: Service) -> dict[str, str]:
    """What a command needs to work on the stores of a service."""
    return {
        "DATABASE_URL": service.database_url,
        "REDIS_URL": service.client.redis_url,
        "CORRAL_STRATEGY": service.name,
    }


async def run(service: Service, *words: str) -> tuple[int, str]:
    """Exit code and output of `corral drift`."""
    ended = await asyncio.to_thread(
        CliRunner().invoke, app, ["drift", *words], env=environment(service)
    )
    return ended.exit_code, ended.output


async def warm(service: Service) -> dict[str, object]:
    """Counters as readers see them."""
    oldest, newest = await ends(service)
    comments = (await service.client.get(f"/v1/posts/{oldest}/comments?limit=100"))["items"]
    return {
        "oldest": without_views((await service.client.get(f"/v1/posts/{oldest}"))["counts"]),
        "newest": without_views((await service.client.get(f"/v1/posts/{newest}"))["counts"]),
        "ada": (await service.client.get("/v1/users/ada"))["counts"],
        "comments": {comment["id"]: (comment["score"], comment["replies"]) for comment in comments},
    }


def without_views(counts: dict[str, object]) -> dict[str, object]:
    """They are counted by the very reads, and are no counter of rows."""
    return {name: count for name, count in counts.items() if name != "views"}


async def ends(service: Service) -> tuple[int, int]:
    """The first and the last post."""
    [row] = await service.rows("select min(id) as oldest, max(id) as newest from posts")
    return row["oldest"], row["newest"]


async def plant(service: Service, statements: str = PLANTED) -> None:
    """Change rows behind the service's back."""
    for statement in filter(str.strip, statements.split(";")):
        await service.rows(statement)


async def test_without_drift_it_says_so(layered: Service) -> None:
    """One sentence, and the exit code of all being well."""
    code, said = await run(layered)
    assert code == 0
    assert said.startswith("no drift: the counters of ")
    assert await run(layered, "--repair") == (0, said)


async def test_every_planted_difference_is_found_and_mended(service: Service) -> None:
    """In the table, and then nowhere: readers are shown what the rows say, warm caches and all."""
    before = await warm(service)
    oldest, newest = await ends(service)
    await plant(service)
    for entry in (f"counts:{oldest}", f"counts:{newest}", f"post:{oldest}", "profile:ada"):
        await service.client.expire(entry)
    assert before != await warm(service)
    code, said = await run(service)
    assert code == DRIFTED
    rows = {tuple(line.replace("│", "").split()[0:3:2]) for line in said.splitlines()}
    assert rows >= COUNTERS
    assert "10 counters of" in said
    code, said = await run(service, "--repair")
    assert code == DRIFTED
    assert "mended: 4 rows" in said
    assert (await run(service))[0] == 0
    assert before == await warm(service)


async def test_a_mended_counter_goes_on_by_steps(layered: Service) -> None:
    """Its version rises: a step that was made before the mending is not added after it."""
    oldest, _ = await ends(layered)
    [row] = await layered.rows("select counts_version as v from posts where id = $1", oldest)
    await plant(layered)
    await run(layered, "--repair")
    [now] = await layered.rows("select counts_version as v from posts where id = $1", oldest)
    assert row["v"] + 1 == now["v"]
    counts = (await layered.client.get(f"/v1/posts/{oldest}"))["counts"]
    path = f"/v1/posts/{oldest}/reactions/wow"
    reacted = (await layered.client.send("PUT", path, by="ada")).json()
    assert counts["reactions"] | {"wow": 1} == reacted["reactions"]
    assert (await run(layered))[0] == 0


async def test_it_finds_nothing_while_others_write(layered: Service, engine: AsyncEngine) -> None:
    """Votes, reactions, follows, posts: what it compares comes from one snapshot."""
    client = layered.client
    oldest, _ = await ends(layered)
    done = asyncio.Event()

    async def write(by: str) -> None:
        while not done.is_set():
            for value in (1, 0):
                await client.send("PUT", f"/v1/posts/{oldest}/vote", by=by, json={"value": value})
            await client.send("PUT", f"/v1/posts/{oldest}/reactions/sad", by=by)
            await client.send("PUT", "/v1/users/leslie/follow", by=by)
            made = await client.send("POST", "/v1/posts", by=by, json={"title": "t", "body": "b"})
            await client.send("DELETE", made.headers["location"], by=by, headers={"If-Match": "*"})
            await client.send("DELETE", f"/v1/posts/{oldest}/reactions/sad", by=by)
            await client.send("DELETE", "/v1/users/leslie/follow", by=by)

    async with asyncio.TaskGroup() as writing:
        for by in PEOPLE[:4]:
            writing.create_task(write(by))
        for _ in range(10):
            assert (await drift.find(engine))[0] == []
        done.set()


async def test_mending_while_others_write_leaves_nothing_wrong(
    layered: Service, engine: AsyncEngine
) -> None:
    """What is counted under the locks is all that is there, and the writers' steps follow it."""
    client = layered.client
    oldest, _ = await ends(layered)
    transactions = Transactions(engine, Silent())
    everything = [
        *(
            Difference("posts", row["id"], "", 0, 0)
            for row in await layered.rows("select id from posts")
        ),
        *(
            Difference("users", row["id"], "", 0, 0)
            for row in await layered.rows("select id from users")
        ),
    ]

    async def write(by: str) -> None:
        for value in (1, -1, 0, 1):
            await plant(layered, f"update posts set upvotes = upvotes + 1 where id = {oldest}")
            await client.send("PUT", f"/v1/posts/{oldest}/vote", by=by, json={"value": value})
            await client.send("PUT", "/v1/users/leslie/follow", by=by)

    async def mend() -> None:
        for _ in range(8):
            await drift.mend(transactions, everything)

    await asyncio.gather(mend(), *(write(by) for by in PEOPLE[:4]))
    await drift.mend(transactions, everything)
    assert (await drift.find(engine))[0] == []


class Silent:
    """Announces nothing."""

    async def before_commit(self, _: object) -> None:
        """Nothing."""

    async def after_commit(self, _: object) -> None:
        """Nothing."""


async def test_without_its_lock_mending_would_undo_a_vote(
    layered: Service, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock matters: counted beside a vote that is not committed, the vote is lost."""
    oldest, _ = await ends(layered)
    await plant(layered, f"update posts set comment_count = 99 where id = {oldest}")
    monkeypatch.setattr(recounts, "LOCK_POSTS", text("select cast(:ids as bigint[])"))
    found = [Difference("posts", oldest, "", 0, 0)]
    async with engine.execution_options(isolation_level="READ COMMITTED").begin() as voting:
        await voting.execute(text("select 1 from posts where id = :id for update"), {"id": oldest})
        await voting.execute(
            text("delete from post_votes where post_id = :id and value = 1"), {"id": oldest}
        )
        await voting.execute(text("update posts set upvotes = 0 where id = :id"), {"id": oldest})
        mending = asyncio.create_task(drift.mend(Transactions(engine, Silent()), found))
        await until(layered.waiting)
    await mending
    assert "upvotes" in {each.counter for each in (await drift.find(engine))[0]}


async def test_deleted_comments_are_counted_as_those_count_who_delete_them(
    layered: Service, engine: AsyncEngine
) -> None:
    """With replies they keep their place, and lose it with the last of them: none drifts."""
    oldest, _ = await ends(layered)
    made: list[int] = []

    async def say(parent_id: int | None) -> None:
        path, body = f"/v1/posts/{oldest}/comments", {"body": "Re.", "parent_id": parent_id}
        answer = await layered.client.send("POST", path, by="ada", json=body)
        made.append(answer.json()["id"])

    for parent in (None, 0, 1, 1, 0):
        await say(None if parent is None else made[parent])
    for place in (1, 0, 3, 2, 4):
        path = f"/v1/comments/{made[place]}"
        answer = await layered.client.send("DELETE", path, by="ada", headers={"If-Match": "*"})
        assert answer.status_code == 204, answer.text
        assert (await drift.find(engine))[0] == []
