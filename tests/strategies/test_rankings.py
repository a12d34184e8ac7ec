"""What is trending, kept by steps, in the order of the rows, whoever tells of them how often."""

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import cycle

import pytest

from service.embedded.servers import Servers
from service.jobs import relaying
from service.observing.metrics import Observer
from service.process import open_tools
from service.queries import trending
from service.queries.outbox import OutboxRow
from service.settings import Settings
from service.strategies import plan_named
from service.strategies.caches import Caches, caches_of
from service.strategies.rankings import MaintainedTrending
from service.strategies.tools import Tools
from tests.clients import SECRET
from tests.strategies.service import Service, on_copy
from tests.waiting import until
from tests.world import PEOPLE, Databases

# Votes and comments over four days, half of which no longer count.
SPREAD = (
    """update post_votes set created_at =
       now() - make_interval(secs => ((post_id + 7 * user_id) % 9973) * 35)""",
    """update comments set created_at =
       now() - make_interval(secs => ((id * 31 + author_id) % 9973) * 35)""",
    """insert into comments (post_id, author_id, body, created_at)
       select post_id, author_id, 'Again', now() from comments where id % 3 = 0""",
    "update comments set deleted_at = now() where id % 5 = 0",
    "update posts set deleted_at = now() where title = 'grace on 2'",
)


@pytest.fixture(scope="module")
async def service(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """Layered; it writes, and tells the ranking."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        for statement in SPREAD:
            await service.rows(statement)
        yield service


@pytest.fixture(scope="module")
async def tools(service: Service) -> AsyncIterator[Tools]:
    """Another process on the same stores; it reads, and relays when it is asked to."""
    settings = Settings(
        DATABASE_URL=service.database_url, REDIS_URL=service.client.redis_url, secret=SECRET
    )
    async with open_tools(settings, plan_named("layered"), Observer("layered")) as tools:
        yield tools


@pytest.fixture
async def ranking(tools: Tools) -> MaintainedTrending:
    """A ranking made of the rows."""
    made = MaintainedTrending(tools)
    await made.posts()

    async def stands() -> bool:
        if await made._ranking.top(1) is not None:
            return True
        made._rebuilds.begin()
        return False

    await until(stands)
    return made


async def kept(ranking: MaintainedTrending) -> list[int]:
    """The order of the ranking; fails if there is none."""
    best = await ranking._ranking.top(100)
    assert best is not None
    return [int(each.member) for each in best]


async def of_rows(tools: Tools) -> list[int]:
    """The order that the rows give."""
    return [place.post_id for place in await trending.posts(tools.engine, tools.now())]


async def vote(service: Service, by: str, post_id: int, value: int) -> None:
    """A vote through the service."""
    path = f"/v1/posts/{post_id}/vote"
    answer = await service.client.send("PUT", path, by=by, json={"value": value})
    assert answer.status_code == 200


async def comment(service: Service, by: str, post_id: int) -> int:
    """A comment through the service."""
    path = f"/v1/posts/{post_id}/comments"
    answer = await service.client.send("POST", path, by=by, json={"body": "Text"})
    assert answer.status_code == 201
    return int(answer.json()["id"])


async def test_made_of_the_rows_it_has_their_order(
    tools: Tools, ranking: MaintainedTrending
) -> None:
    """Ties included, and what is deleted or too old left out."""
    expected = await of_rows(tools)
    assert len(expected) > 20
    assert expected == await kept(ranking)


async def test_it_follows_every_vote_and_comment(
    service: Service, tools: Tools, ranking: MaintainedTrending
) -> None:
    """Up, down and back, at random, old votes among them: the order is that of the rows."""
    rng = random.Random(7)
    posts = (await of_rows(tools))[:12]
    for _ in range(60):
        by, post_id = rng.choice(PEOPLE), rng.choice(posts)
        if rng.random() < 0.2:
            await comment(service, by, post_id)
        else:
            await vote(service, by, post_id, rng.choice((-1, 0, 1)))

    async def follows() -> bool:
        return await of_rows(tools) == await kept(ranking)

    await until(follows)  # a cache that was slow for a moment is told by the relay


async def test_a_step_that_is_lost_would_be_found(
    service: Service, tools: Tools, ranking: MaintainedTrending, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: votes that nobody tells of leave another order than that of the rows."""

    async def deaf(*_: object) -> None:
        """Hear nothing."""

    monkeypatch.setattr(MaintainedTrending, "_follow", deaf)
    last = (await of_rows(tools))[-1]
    for by in PEOPLE:
        await vote(service, by, last, 1)
    assert await of_rows(tools) != await kept(ranking)
    await ranking._ranking.invalidate()


async def relay(caches: Caches, rows: list[OutboxRow]) -> None:
    """Tell of rows as a relay does, which does not know who has told of them."""
    await relaying.drop_all(caches, rows)


async def rows_of(service: Service) -> list[OutboxRow]:
    """What the outbox has of votes."""
    found = await service.rows(
        "select id, change, payload::text from outbox where change = 'PostVoted' order by id"
    )
    return [OutboxRow(*row) for row in found]


async def test_told_twice_it_is_made_anew(
    service: Service, tools: Tools, ranking: MaintainedTrending
) -> None:
    """Nothing is counted twice: the ranking goes, the rows answer, and what is made is right."""
    last = (await of_rows(tools))[-1]
    for by in PEOPLE:
        await vote(service, by, last, 1)
    assert await of_rows(tools) == await kept(ranking)
    caches = caches_of(tools)
    await relay(caches, await rows_of(service))
    assert await ranking._ranking.top(1) is None
    assert await of_rows(tools) == [place.post_id for place in await ranking.posts()]


async def test_the_switch_counts_twice(
    service: Service, tools: Tools, ranking: MaintainedTrending, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were steps followed from whoever tells them, three votes would outweigh four."""
    three, four = (await of_rows(tools))[-2:]
    for post_id, voters in ((three, PEOPLE[:3]), (four, PEOPLE[:4])):
        for by in PEOPLE:
            await vote(service, by, post_id, 0)
        for by in voters:
            await vote(service, by, post_id, 1)
    assert await of_rows(tools) == await kept(ranking)
    again = [row for row in await rows_of(service) if f'"post_id": {three}' in row.payload]
    monkeypatch.setattr(relaying, "told_again", lambda entry: entry)
    await relay(caches_of(tools), again[-3:] * 3)
    assert await of_rows(tools) != await kept(ranking)
    await ranking._ranking.invalidate()


async def test_a_comment_that_is_deleted_lets_it_be_made_anew(
    service: Service, tools: Tools, ranking: MaintainedTrending
) -> None:
    """Its author may have another there, which counts from another time."""
    post_id = (await of_rows(tools))[0]
    comment_id = await comment(service, "ada", post_id)
    await ranking.posts()
    answer = await service.client.send(
        "DELETE", f"/v1/comments/{comment_id}", by="ada", headers={"If-Match": "*"}
    )
    assert answer.status_code == 204, answer.text
    assert await ranking._ranking.top(1) is None
    assert await of_rows(tools) == [place.post_id for place in await ranking.posts()]


async def test_an_event_makes_no_ranking(service: Service, tools: Tools) -> None:
    """One of a single vote would be taken for all there is."""
    ranking = MaintainedTrending(tools)
    await ranking._ranking.invalidate()
    expected = await of_rows(tools)
    await vote(service, "ada", expected[-1], 0)
    await vote(service, "ada", expected[-1], 1)
    assert await ranking._ranking.top(1) is None
    assert await of_rows(tools) == [place.post_id for place in await ranking.posts()]


async def test_votes_while_it_is_made_are_counted_once(service: Service, tools: Tools) -> None:
    """Before the cut, behind it, during the load and after: as the rows have them."""
    ranking = MaintainedTrending(tools)
    await ranking._ranking.invalidate()
    pairs = [(by, post_id) for post_id in (await of_rows(tools))[:20] for by in PEOPLE]
    for pair in pairs:
        await vote(service, *pair, 0)
    random.Random(3).shuffle(pairs)
    ended = asyncio.Event()

    async def voting() -> None:
        values = cycle((1, 0, -1))
        while not ended.is_set():
            value = next(values)
            for by, post_id in pairs:
                await vote(service, by, post_id, value)

    async def stands() -> bool:
        ranking._rebuilds.begin()
        return await ranking._ranking.top(1) is not None

    async with asyncio.TaskGroup() as group:
        group.create_task(voting())
        await until(stands)
        ended.set()
    assert await of_rows(tools) == await kept(ranking)
