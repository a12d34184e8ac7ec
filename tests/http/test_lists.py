"""Lists of posts over all authors, and of users: order, paging, filters, and what vanishes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest

from service.embedded.servers import Servers
from service.feed import post_orders
from service.strategies.kept import LIST_KEPT
from service.strategies.listings import Listings
from tests.http.problems import problem
from tests.strategies.service import Service, on_copy
from tests.world import PEOPLE, Databases

# More posts than a list keeps; some of one tag, each with a score of its own.
MANY = """
insert into posts (author_id, title, body, upvotes, downvotes)
select min(u.id), 'More ' || i, 'Text', i % 17, i % 5
from users u, generate_series(1, 120) i group by i;
insert into post_tags
select p.id, t.id from posts p, tags t where p.title like 'More%' and t.name = 'caching';
"""
NEW, HOT = "/v1/posts?sort=new", "/v1/posts?sort=hot"
ENDLESS = 1000  # posts: a list that repeats itself has no end
STANDING = "select id, hot from posts where deleted_at is null"


@pytest.fixture(scope="module")
async def service(databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """With long lists."""
    async with on_copy("layered", "corral_test_world", databases, servers) as service:
        await service.rows("select 1")
        for statement in filter(str.strip, MANY.split(";")):
            await service.rows(statement)
        yield service


async def paged(
    service: Service,
    path: str,
    limit: int,
    *,
    between: Callable[[], Awaitable[object]] | None = None,
) -> list[int]:
    """The ids of a list, page after page by `Link`."""
    found: list[int] = []
    next_path: str | None = f"{path}{'&' if '?' in path else '?'}limit={limit}"
    while next_path is not None and len(found) < ENDLESS:
        answer = await service.client.send("GET", next_path)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) == limit or page["next"] is None
        found += [item["id"] for item in page["items"]]
        link = answer.links.get("next")
        assert (link is None) == (page["next"] is None)
        next_path = link["url"] if link else None
        if between is not None:
            await between()
    return found


async def publish(service: Service, *tags: str, by: str = "barbara") -> int:
    """The id of a new post."""
    sent = {"title": "New", "body": "Text", "tags": list(tags)}
    answer = await service.client.send("POST", "/v1/posts", by=by, json=sent)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def ids_of(service: Service, tag: str | None = None) -> list[int]:
    """What stands, newest first."""
    query = "select id from posts p where deleted_at is null"
    if tag is not None:
        query += (
            " and exists (select from post_tags pt join tags t on t.id = tag_id"
            f" where post_id = p.id and name = '{tag}')"
        )
    return [row["id"] for row in await service.rows(f"{query} order by id desc")]


@pytest.mark.parametrize("tag", [None, "caching"])
@pytest.mark.parametrize("limit", [7, 100])
async def test_the_newest_go_by_id(service: Service, tag: str | None, limit: int) -> None:
    """From the kept part of the list and beyond it; twice, cold and warm."""
    path = NEW if tag is None else f"{NEW}&tag={tag}"
    expected = await ids_of(service, tag)
    assert len(expected) > LIST_KEPT
    for _ in range(2):
        assert expected == await paged(service, path, limit)
    if tag is not None:
        assert expected == await paged(service, f"/v1/tags/{tag}/posts", limit)


async def test_nothing_is_lost_or_repeated_while_others_publish(service: Service) -> None:
    """Several writers between any two pages: what stood at the beginning is shown once each."""
    for path, tag in ((NEW, None), (f"{NEW}&tag=caching", "caching")):
        expected = await ids_of(service, tag)

        async def others() -> None:
            await asyncio.gather(
                *(publish(service, "caching", by=by) for by in ("ada", "barbara", "claude"))
            )

        assert expected == await paged(service, path, 40, between=others)
        assert len(await ids_of(service, tag)) > len(expected)


async def test_by_offset_it_would_be(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch: counted from the top, each new post pushes an old one onto the next page."""
    keyset, shown = Listings.newest, 0

    async def by_offset(
        self: Listings, tag: str | None, before: int | None, limit: int
    ) -> Sequence[int]:
        nonlocal shown
        shown = 0 if before is None else shown + limit - 1
        return (await keyset(self, tag, None, shown + limit))[shown:]

    expected = await ids_of(service)
    monkeypatch.setattr(Listings, "newest", by_offset)
    found = await paged(service, NEW, 60, between=lambda: publish(service))
    assert len(found) > len(set(found))
    assert found != expected


async def hottest(service: Service) -> list[int]:
    """What stands, by its score and its id."""
    found = await service.rows(STANDING)
    return [
        row["id"] for row in sorted(found, key=lambda row: (row["hot"], row["id"]), reverse=True)
    ]


@pytest.mark.parametrize("limit", [7, 100])
async def test_the_hottest_go_by_their_score(service: Service, limit: int) -> None:
    """Equal ones by id; from the kept part of the list and beyond it."""
    await service.client.expire("hot:_all")
    expected = await hottest(service)
    assert expected != sorted(expected, reverse=True)
    for _ in range(2):
        assert expected == await paged(service, HOT, limit)
    await service.client.expire("hot:caching")
    tagged = set(await ids_of(service, "caching"))
    expected = [post_id for post_id in expected if post_id in tagged]
    assert expected == await paged(service, f"{HOT}&tag=caching", limit)


async def test_a_rounded_score_would_lose_a_place(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: posts of one second differ in the eighth decimal."""
    exact = post_orders._bits
    monkeypatch.setattr(post_orders, "_bits", lambda hot: exact(round(hot, 3)))
    assert await hottest(service) != await paged(service, HOT, 7)


async def test_votes_move_what_is_hot(service: Service) -> None:
    """A vote is a step up when the list is made anew, which it is within seconds."""
    post_id = await publish(service)
    for by in ("ada", "claude", "donald"):
        await service.client.send("PUT", f"/v1/posts/{post_id}/vote", by=by, json={"value": 1})
    await service.client.expire("hot:_all")
    assert post_id in await paged(service, HOT, 100)
    assert await hottest(service) == await paged(service, HOT, 50)


async def test_a_post_is_seen_at_once(service: Service) -> None:
    """First in all and in each of its tags, also in one that nobody had used."""
    assert (await service.client.get(f"{NEW}&tag=fresh"))["items"] == []
    assert (await service.client.send("GET", "/v1/tags/fresh")).status_code == 404
    post_id = await publish(service, "fresh", "caching")
    for path in (NEW, f"{NEW}&tag=fresh", f"{NEW}&tag=caching", "/v1/tags/fresh/posts"):
        assert post_id == (await service.client.get(path))["items"][0]["id"]


async def test_other_tags_are_other_lists(service: Service) -> None:
    """An edit takes a post out of one and into another, at once."""
    post_id = await publish(service, "before", "kept")
    for tag in ("before", "kept", "after"):
        await service.client.get(f"{NEW}&tag={tag}")
    answer = await service.client.send(
        "PATCH",
        f"/v1/posts/{post_id}",
        by="barbara",
        json={"tags": ["kept", "after"]},
        headers={"If-Match": "*"},
    )
    assert answer.status_code == 200, answer.text
    for tag, expected in (("before", []), ("kept", [post_id]), ("after", [post_id])):
        assert expected == await paged(service, f"{NEW}&tag={tag}", 5)
        assert {"name": tag, "posts": len(expected)} == await service.client.get(f"/v1/tags/{tag}")


async def test_what_is_deleted_vanishes_from_every_list_at_once(service: Service) -> None:
    """Warm lists name it still; a page is filled up from what lies behind."""
    paths = (
        NEW, f"{NEW}&tag=caching", HOT, f"{HOT}&tag=caching",
        "/v1/posts?sort=top&window=hour", "/v1/posts?sort=top&window=hour&tag=caching",
        "/v1/tags/caching/posts", "/v1/trending/posts",
    )  # fmt: skip
    post_id = await publish(service, "caching")
    for by in set(PEOPLE) - {"barbara"}:
        path = f"/v1/posts/{post_id}"
        await service.client.send("PUT", f"{path}/vote", by=by, json={"value": 1})
        await service.client.send("POST", f"{path}/comments", by=by, json={"body": "Text"})
    await service.rows("update posts set upvotes = 1000 where id = $1", post_id)
    for kind in ("hot:_all", "hot:caching", "top:hour", "tag_top:hour:caching", "trending:posts"):
        await service.client.expire(kind)

    async def shown(path: str) -> list[int]:
        join = "&" if "?" in path else "?"
        page = await service.client.get(f"{path}{join}limit=5")
        return [item["id"] for item in page["items"]]

    for path in paths:
        assert post_id in await shown(path), path
    answer = await service.client.send(
        "DELETE", f"/v1/posts/{post_id}", by="barbara", headers={"If-Match": "*"}
    )
    assert answer.status_code == 204, answer.text
    for path in paths:
        after = await shown(path)
        assert post_id not in after, path
        assert len(after) == 5, path


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "new", "window": "day"},
        {"sort": "hot", "window": "all"},
        {"sort": "best"},
        {"sort": "top", "window": "year"},
        {"sort": "new", "tag": "Not A Tag"},
        {"sort": "new", "tag": ""},
        {"limit": "0"},
        {"limit": "101"},
    ],
)
async def test_what_does_not_go_together_is_refused(
    service: Service, query: dict[str, str]
) -> None:
    """422, and a sentence."""
    answer = await service.client.send("GET", f"/v1/posts?{urlencode(query)}")
    assert answer.status_code == 422
    problem(answer)


async def cursors_of(service: Service) -> dict[str, str]:
    """Lists with a cursor of each."""
    paths = (
        NEW, f"{NEW}&tag=caching", HOT, f"{HOT}&tag=caching",
        "/v1/posts?sort=top&window=all", "/v1/posts?sort=top&window=all&tag=caching",
        "/v1/posts?sort=top&window=week", "/v1/tags", "/v1/users/ada/followers",
        "/v1/users/ada/following", "/v1/users/barbara/followers", "/v1/users/ada/posts",
        "/v1/leaderboards/reputation?period=all", "/v1/leaderboards/reputation?period=week",
    )  # fmt: skip
    found = {}
    for path in paths:
        join = "&" if "?" in path else "?"
        page: Any = await service.client.get(f"{path}{join}limit=1")
        found[path] = page["next"]
    assert all(found.values())
    return found


async def test_a_cursor_of_another_list_is_refused_before_anything_is_asked(
    service: Service,
) -> None:
    """400 for each pair of lists, and for what is no cursor at all; not one statement."""
    cursors = await cursors_of(service)

    async def ask(path: str) -> None:
        join = "&" if "?" in path else "?"
        foreign = [cursors[other] for other in cursors if other != path]
        for cursor in (*foreign, "junk", "", f"{cursors[path]}A"):
            answer = await service.client.send(
                "GET", f"{path}{join}{urlencode({'cursor': cursor})}"
            )
            assert answer.status_code == 400, (path, cursor)

    for path in cursors:  # one at a time: a relay asks twice a second
        assert await service.client.statements(partial(ask, path)) == 0, path


async def test_lists_of_users_name_all_of_them(service: Service) -> None:
    """Paged or whole; the newest account first."""
    for handle in ("ada", "barbara"):
        for which, whom, by in (
            ("followers", "follower_id", "followee_id"),
            ("following", "followee_id", "follower_id"),
        ):
            rows = await service.rows(
                f"select {whom} as id from follows where {by} = $1 order by 1 desc",
                service.client.ids[handle],
            )
            expected = [row["id"] for row in rows]
            assert len(expected) > 2
            for limit in (2, 100):
                assert expected == await paged(service, f"/v1/users/{handle}/{which}", limit)
    card = (await service.client.get("/v1/users/ada/followers?limit=1"))["items"][0]
    assert card.keys() == {"id", "handle", "display_name"}
    answer = await service.client.send("GET", "/v1/users/nobody/followers")
    assert answer.status_code == 404


async def test_a_follow_is_seen_at_once_in_both_lists(service: Service) -> None:
    """And so is the end of one."""
    ids = service.client.ids
    for method, there in (("PUT", True), ("DELETE", False), ("PUT", True)):
        await service.client.send(method, "/v1/users/edsger/follow", by="hedy")
        followers = await paged(service, "/v1/users/edsger/followers", 100)
        following = await paged(service, "/v1/users/hedy/following", 100)
        assert there == (ids["hedy"] in followers) == (ids["edsger"] in following)


async def test_a_new_name_is_shown_in_lists_of_users(service: Service) -> None:
    """Warm ones too."""

    async def names() -> list[str]:
        page = await service.client.get("/v1/users/ada/following?limit=100")
        return [item["display_name"] for item in page["items"]]

    followed = (await service.client.get("/v1/users/ada/following?limit=1"))["items"][0]["handle"]
    await names()
    answer = await service.client.send(
        "PATCH", "/v1/me", by=followed, json={"display_name": "Renamed"}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200, answer.text
    assert "Renamed" in await names()
