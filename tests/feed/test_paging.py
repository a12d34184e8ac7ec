"""Paging a list to its end shows every item exactly once, in order, whatever is cached."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from service.embedded.servers import Servers
from service.strategies import STRATEGIES
from service.strategies.kept import LIST_KEPT, ONE_PAGE
from tests.http.problems import problem
from tests.strategies.service import Service, on_copy
from tests.world import Databases

# More than any strategy keeps of a list: its far end comes from another place than its beginning.
MORE = """
insert into posts (author_id, title, body)
select u.id, 'More ' || i, 'Text' from users u, generate_series(1, 115) i
where u.handle = 'barbara' order by i;
insert into comments (post_id, author_id, body)
select p.id, u.id, 'More ' || i
from (select id from posts where title = 'claude on 3') p, users u, generate_series(1, 4) i;
analyze
"""
AUTHOR = """
select p.id from posts p join users u on u.id = p.author_id
where u.handle = 'barbara' and p.deleted_at is null order by p.id desc
"""
FEED = """
select p.id from posts p join follows f on f.followee_id = p.author_id
join users u on u.id = f.follower_id where u.handle = 'ada' order by p.id desc
"""
COMMENTS = """
select c.id from comments c join posts p on p.id = c.post_id
where p.title = 'claude on 3' order by c.id desc
"""
POINTS = """
select post_id, value as points from post_votes
union all select distinct on (post_id, author_id) post_id, 2 from comments
"""


@pytest.fixture(scope="module")
async def long_world(databases: Databases) -> str:
    """A database with long lists, to be copied."""
    url = await databases.new("corral_test_long", "corral_test_world")
    connection = await asyncpg.connect(url)
    await connection.execute(MORE)
    await connection.close()
    return "corral_test_long"


@pytest.fixture(scope="module", params=STRATEGIES)
async def service(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers, long_world: str
) -> AsyncIterator[Service]:
    """Each strategy on long lists."""
    async with on_copy(request.param, long_world, databases, servers) as service:
        yield service


async def paged(
    service: Service,
    path: str,
    limit: int,
    *,
    by: str | None = None,
    between: Callable[[], Awaitable[Any]] | None = None,
) -> list[int]:
    """Ids of a whole list, page by page; every page but the last is full."""
    url: str | None = f"{path}{'&' if '?' in path else '?'}limit={limit}"
    ids: list[int] = []
    while url is not None:
        answer = await service.client.send("GET", url, by=by)
        page = answer.json()
        assert page["items"]
        assert len(ids) < 1000, "this goes round in circles"
        ids += [item["id"] for item in page["items"]]
        url = None
        if page["next"] is not None:
            assert len(page["items"]) == limit
            url = answer.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
            assert f"cursor={page['next']}" in url
            if between is not None:
                await between()
        assert (page["next"] is None) == ("link" not in answer.headers)
    return ids


async def ids_of(service: Service, query: str) -> list[int]:
    """The list as the rows say it is."""
    return [row["id"] for row in await service.rows(query)]


async def discussed(service: Service) -> str:
    """The comments of the post with many."""
    [post] = await service.rows("select id from posts where title = 'claude on 3'")
    return f"/v1/posts/{post['id']}/comments"


@pytest.mark.parametrize("limit", [7, 100])
async def test_author_lists_are_whole(service: Service, limit: int) -> None:
    """Past what a strategy keeps of them."""
    expected = await ids_of(service, AUTHOR)
    assert len(expected) > LIST_KEPT
    assert expected == await paged(service, "/v1/users/barbara/posts", limit)
    assert expected == await paged(service, "/v1/users/barbara/posts", limit, by="ada")


@pytest.mark.parametrize("limit", [7, 100])
async def test_home_feeds_are_whole(service: Service, limit: int) -> None:
    """Past what a strategy keeps of them."""
    expected = await ids_of(service, FEED)
    assert len(expected) > LIST_KEPT
    assert expected == await paged(service, "/v1/feed", limit, by="ada")


@pytest.mark.parametrize("limit", [7, 100])
async def test_comment_lists_are_whole(service: Service, limit: int) -> None:
    """Past what a strategy keeps of them."""
    expected = await ids_of(service, COMMENTS)
    assert len(expected) > ONE_PAGE
    assert expected == await paged(service, await discussed(service), limit)


@pytest.mark.parametrize("limit", [1, 7])
async def test_rankings_are_whole_and_ties_go_to_the_newer(service: Service, limit: int) -> None:
    """By points, then by id, both falling; pages may end within a tie."""
    points: Counter[int] = Counter()
    for row in await service.rows(POINTS):
        points[row["post_id"]] += row["points"]
    assert len(set(points.values())) < len(points) / 2
    expected = sorted(points, key=lambda post_id: (-points[post_id], -post_id))
    assert expected == await paged(service, "/v1/posts?window=all", limit)


async def test_a_full_last_page_is_the_last(service: Service) -> None:
    """No cursor leads to an empty page."""
    assert len(await paged(service, "/v1/users/grace/posts", 1)) == 3
    assert len(await paged(service, "/v1/users/grace/posts", 3)) == 3
    assert await paged(service, "/v1/posts?window=all", 1)


async def test_nothing_is_lost_or_repeated_while_posts_arrive(service: Service) -> None:
    """New posts are newer than every cursor: they come before it, and move nothing behind it."""
    expected = await ids_of(service, AUTHOR)
    expected_feed = await ids_of(service, FEED)

    async def publish() -> None:
        sent = {"title": "New", "body": "New"}
        answer = await service.client.send("POST", "/v1/posts", by="barbara", json=sent)
        assert answer.status_code == 201

    assert expected == await paged(service, "/v1/users/barbara/posts", 25, between=publish)
    added = await ids_of(service, AUTHOR)
    assert len(expected) + 4 <= len(added)
    found = await paged(service, "/v1/feed", 30, by="ada", between=publish)
    assert [*added[: len(added) - len(expected)], *expected_feed] == found


async def test_nothing_is_lost_or_repeated_while_comments_arrive(service: Service) -> None:
    """As for posts."""
    path = await discussed(service)
    expected = await ids_of(service, COMMENTS)

    async def comment() -> None:
        answer = await service.client.send("POST", path, by="ada", json={"body": "New"})
        assert answer.status_code == 201

    assert expected == await paged(service, path, 15, between=comment)
    assert len(expected) + 3 <= len(await ids_of(service, COMMENTS))


@pytest.mark.parametrize("path", ["/v1/users/barbara/posts", "/v1/posts?window=all"])
async def test_a_deleted_post_does_not_end_its_list(service: Service, path: str) -> None:
    """A cached list may name posts that are gone; a page is filled from those behind them."""
    before = await paged(service, path, 100)
    gone = before[1:4]
    await service.rows("update posts set deleted_at = now() where id = any($1)", gone)
    for post_id in gone:
        await service.client.expire(f"post:{post_id}")
        await service.client.expire(f"counts:{post_id}")
        assert (await service.client.send("GET", f"/v1/posts/{post_id}")).status_code == 410
    found = await paged(service, path, 4)
    assert before[:1] + before[4:] == [post_id for post_id in found if post_id not in gone]


async def test_a_foreign_cursor_costs_no_statement(service: Service) -> None:
    """400 before anything is asked: of another list, another reader, or nobody's."""
    client = service.client
    author = (await client.get("/v1/users/barbara/posts?limit=1"))["next"]
    feed = (await client.get("/v1/feed?limit=1", by="ada"))["next"]
    top = (await client.get("/v1/posts?window=all&limit=1"))["next"]
    comments = (await client.get(f"{await discussed(service)}?limit=1"))["next"]

    async def ask() -> None:
        for path, by, cursor in (
            ("/v1/users/ada/posts", None, author),
            ("/v1/feed", "ada", author),
            ("/v1/feed", "barbara", feed),
            ("/v1/posts?window=day", None, top),
            ("/v1/posts?window=all", None, author),
            ("/v1/posts/1/comments", None, comments),
            ("/v1/posts/1/comments", None, "junk"),
            ("/v1/posts/1/comments", None, ""),
            ("/v1/posts/1/comments", None, "A" * 1000),
            ("/v1/posts/1/comments", None, "\x00\u00e9"),
            ("/v1/users/barbara/posts", None, f"{author}="),
        ):
            answer = await client.send("GET", path, by=by, params={"cursor": cursor})
            assert answer.status_code == 400, (path, cursor)
            assert problem(answer)["title"] == "Bad cursor"

    assert await client.statements(ask) == 0
