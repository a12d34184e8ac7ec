"""Paging down a thread under every strategy: whole, in order, whoever writes meanwhile."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from service.embedded.servers import Servers
from service.feed import threads
from service.feed.threads import SORTS, CommentSort, Knot, Thread
from service.strategies import STRATEGIES
from tests.feed.test_threads import by_force
from tests.http.discussing import new_post, say, take_back, try_to_say, vote
from tests.strategies.service import Service, on_copy
from tests.world import PEOPLE, Databases

# A thread of four hundred, each an answer to an earlier one or to none, some voted on.
TALK = """
with recursive said as (
    insert into comments (post_id, author_id, body, upvotes, downvotes)
    select $1, (select id from users where handle = 'claude'), 'Said ' || i, i * 7 % 5, i * 3 % 4
    from generate_series(1, 400) i returning id
) select count(*) from said
"""
GROW = """
with numbered as (select id, row_number() over (order by id) as n from comments where post_id = $1),
parents as (
    select child.id, parent.id as parent_id from numbered child
    join numbered parent
        on parent.n = case when child.n % 3 = 1 then child.n / 2 else child.n * 4 / 5 end
    where child.n % 3 > 0 and child.n > 3
)
update comments c set parent_id = p.parent_id from parents p where p.id = c.id
"""
KNOTS = """
select id, parent_id, upvotes, downvotes from comments
where post_id = $1 and (deleted_at is null or reply_count > 0)
"""
COUNT = """
update comments c set reply_count = (select count(*) from comments r where r.parent_id = c.id)
where post_id = $1
"""


PARENTS = """
select parent_id from comments where post_id = $1 and (deleted_at is null or reply_count > 0)
"""


@pytest.fixture(scope="module", params=STRATEGIES)
async def service(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers
) -> AsyncIterator[Service]:
    """Each strategy, which keeps fifty comments of a thread at most."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threads, "KEPT", 50)
        async with on_copy(request.param, "corral_test_world", databases, servers) as service:
            yield service


@pytest.fixture(scope="module")
async def long_thread(service: Service) -> int:
    """A post of which much is said."""
    post_id = await new_post(service.client)
    for statement in (TALK, GROW, COUNT):
        await service.rows(statement, post_id)
    return post_id


async def expected(service: Service, thread: Thread) -> list[int]:
    """The walk by force, over the rows."""
    return by_force([Knot(*row) for row in await service.rows(KNOTS, thread.post_id)], thread)


async def paged(
    service: Service,
    path: str,
    limit: int,
    between: Callable[[list[int]], Awaitable[Any]] | None = None,
    by: str | None = None,
) -> list[int]:
    """Ids page by page; every page but the last is full."""
    met: list[int] = []
    cursor = ""
    while True:
        page = await service.client.get(f"{path}&limit={limit}{cursor}", by=by)
        met += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return met
        assert len(page["items"]) == limit
        assert len(met) < 2000, "this goes round in circles"
        cursor = f"&cursor={page['next']}"
        if between is not None:
            await between(met)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [7, 100])
async def test_threads_are_whole(
    service: Service, long_thread: int, sort: CommentSort, limit: int
) -> None:
    """Past what a strategy keeps of them, to every depth, for readers signed in or not."""
    for depth in (1, 3, 8):
        whole = await expected(service, Thread(long_thread, sort, depth))
        assert len(whole) > threads.KEPT
        path = f"/v1/posts/{long_thread}/comments?sort={sort}&depth={depth}"
        assert whole == await paged(service, path, limit)
    assert whole == await paged(service, path, limit, by="claude")


@pytest.mark.parametrize("sort", SORTS)
async def test_replies_are_whole(service: Service, long_thread: int, sort: CommentSort) -> None:
    """Below comments that are kept, half kept and not kept."""
    whole = await expected(service, Thread(long_thread, sort))
    for root in (*whole[:60:6], *whole[60::40]):
        below = await expected(service, Thread(long_thread, sort, root=root))
        assert below == await paged(service, f"/v1/comments/{root}/replies?sort={sort}", 9)


@pytest.mark.parametrize("by", [None, "ada"])
async def test_nothing_is_lost_or_repeated_while_others_write(
    service: Service, by: str | None
) -> None:
    """`new`: comments arrive and go everywhere, also the one at which the next page begins."""
    rng, client = random.Random(4), service.client
    post_id = await new_post(client)
    said: list[int] = []
    for _ in range(40):
        parent = rng.choice([None, None, *said[-6:]])
        said.append(await say(client, post_id, parent, by=rng.choice(PEOPLE[2:])))
    before = await expected(service, Thread(post_id))
    gone: set[int] = set()

    async def write(met: list[int]) -> None:
        for parent in (None, rng.choice(sorted(set(said) - gone))):
            answer = await try_to_say(client, post_id, parent, by="ada")
            assert answer.status_code in {201, 422}  # some are as deep as may be
        answered = {row["parent_id"] for row in await service.rows(PARENTS, post_id)}
        leaves = [one for one in said if one not in answered | gone]
        for leaf in {*leaves[-1:], met[-1]} & set(leaves):
            assert (await take_back(client, leaf, by="barbara", admin=True)).status_code == 204
            gone.add(leaf)

    met = await paged(service, f"/v1/posts/{post_id}/comments?sort=new", 4, write, by)
    assert len(set(met)) == len(met)
    assert gone & set(met)
    stood = [one for one in before if one in met or one not in gone]
    assert stood == [one for one in met if one in set(before)]


async def test_best_goes_on_while_others_vote(service: Service) -> None:
    """It may repeat what fell behind the cursor, and ends; the next reader has the new order."""
    client = service.client
    post_id = await new_post(client)
    said = [await say(client, post_id) for _ in range(20)]

    async def some_vote(met: list[int]) -> None:
        await vote(client, met[0], -1, by="claude")
        await vote(client, said[0], 1, by=PEOPLE[len(met) % len(PEOPLE)])

    path = f"/v1/posts/{post_id}/comments?sort=best"
    met = await paged(service, path, 5, some_vote)
    assert set(met) <= set(said)
    await client.expire(f"comments:{post_id}")
    whole = await expected(service, Thread(post_id, "best"))
    assert whole[0] == said[0]
    assert whole == await paged(service, path, 6)
