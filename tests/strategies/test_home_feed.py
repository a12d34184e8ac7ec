"""A home feed is the feed: pushed or pulled, cut off anywhere, whatever was taken back since."""

from typing import Any

import pytest
from redis.asyncio import Redis

from service import keys
from service.embedded.servers import Servers
from service.feed import assemble
from service.patterns.bounded_timeline import BoundedTimeline, Page
from service.strategies import STRATEGIES, home_feed, home_timelines
from service.strategies.home_feed import ReadHome, merge
from tests.strategies.homes import (
    AUTHOR,
    READER,
    expected,
    follow,
    homes,
    mutant,
    newest,
    no_fan_out,
    paged,
    publish,
    quiet,
    timeline,
)
from tests.strategies.service import Service, on_copy
from tests.world import Databases

__all__ = ["no_fan_out"]

CONCATENATED = ("set(page.ids).union(*pulled.values())", "sum(pulled.values(), page.ids)")
NEVER_CUT = ("not ends or (len(part) == limit and part[-1] >= max(ends))", "True")


def test_what_is_pushed_and_pulled_is_shown_once() -> None:
    """Around the threshold a post comes both ways; without the set it would be there twice."""
    page, pulled = Page([5, 3], "nowhere"), {1: [5, 4]}
    assert [5, 4, 3] == merge(page, pulled, None, 4)
    assert [5, 5, 4, 3] == mutant(merge, *CONCATENATED)(page, pulled, None, 4)


@pytest.mark.parametrize(
    ("page", "pulled", "limit"),
    [
        (Page([9, 8], "here"), {1: [5]}, 3),  # what is next here may be 7 or 6
        (Page([9, 8], "database"), {1: [5]}, 3),  # the same, and only the rows know
        (Page([], "database"), {1: [5]}, 1),  # below the floor nothing is known at all
        (Page([9, 2], "nowhere"), {1: [7]}, 3),  # a list cut off at 7, before another one's 2
    ],
)
def test_the_cursor_never_skips_what_a_cut_list_lacks(
    page: Page, pulled: dict[int, list[int]], limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one list ends too early nothing of another is shown below it."""
    monkeypatch.setattr(home_feed, "LIST_KEPT", 1)
    assert merge(page, pulled, None, limit) is None
    assert mutant(merge, *NEVER_CUT)(page, pulled, None, limit)


@pytest.mark.parametrize("push_below", [0, 3, 4, 500])
@pytest.mark.parametrize(("lists", "ids"), [(1, 1), (2, 5), (100, 120)])
async def test_every_post_is_there_once_and_in_order(
    push_below: int,
    lists: int,
    ids: int,
    databases: Databases,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All pulled, pushed and pulled, or pushed: each author here has four followers.

    However little is kept of each list and of the timeline.
    """
    monkeypatch.setattr(home_feed, "LIST_KEPT", lists)
    monkeypatch.setattr(home_timelines, "TIMELINE_KEPT", ids)
    async with homes(databases, servers, push_below=push_below) as service:
        new = await check_through_news(service)
        kept = await timeline(service, push_below=push_below)
        assert len(kept) <= ids  # trimmed after each push
        assert bool({*new} & {*kept}) == (push_below >= 4)


async def check_through_news(service: Service) -> list[int]:
    """The feed is right before, with, and after the pushes of new posts; these."""
    await check(service)
    new = [await publish(service, author) for author in (AUTHOR, AUTHOR, AUTHOR, "edsger")]
    await check(service)
    await quiet(service)
    await check(service)
    return new


async def check(service: Service) -> None:
    """Cold and warm, the feed in pages is the feed of the rows."""
    right = await expected(service)
    assert len(right) > 8
    for _ in range(2):
        assert right == await paged(service)


@pytest.mark.parametrize(
    ("settings", "kept", "old", "new"),
    [
        ({"push_below": 0}, ("LIST_KEPT", 2), *NEVER_CUT),
        ({}, ("TIMELINE_KEPT", 5), 'page.older != "nowhere"', "False"),
    ],
)
async def test_control_a_merge_that_minds_no_end_loses_posts(
    settings: dict[str, Any],
    kept: tuple[str, int],
    old: str,
    new: str,
    databases: Databases,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The switches: pulled lists that end early, and a timeline that does."""
    module = home_feed if kept[0] == "LIST_KEPT" else home_timelines
    monkeypatch.setattr(module, kept[0], kept[1])
    monkeypatch.setattr(home_feed, "merge", mutant(merge, old, new))
    async with homes(databases, servers, **settings) as service:
        with pytest.raises(AssertionError):
            await check_through_news(service)


async def unfollow_the_newest(service: Service) -> tuple[list[int], list[int]]:
    """Read, stop following who wrote the newest; the feed since, and the former timeline."""
    await paged(service)
    await follow(service, READER, AUTHOR)
    mine = await publish(service), await publish(service)
    assert max(mine) == await newest(service)
    await service.rows("update outbox set done_at = now()")  # as if all had been pushed
    await service.client.expire("owed:feeds")
    await push(service, *mine)
    await follow(service, READER, AUTHOR, stop=True)
    return await paged(service), await timeline(service)


async def push(service: Service, *ids: int) -> None:
    """What fan-out does."""
    async with Redis.from_url(service.client.redis_url) as redis:
        owner = keys.TIMELINE.key(f"{service.client.ids[READER]}:500")
        assert await BoundedTimeline(redis, ttl_s=60).push([owner], *ids) == 1


@pytest.mark.usefixtures("no_fan_out")
async def test_who_is_no_longer_followed_is_gone_at_once(
    databases: Databases, servers: Servers
) -> None:
    """The timeline has them still; the pages, each of them full, have not."""
    async with homes(databases, servers) as service:
        shown, kept = await unfollow_the_newest(service)
        assert await expected(service) == shown
        assert set(kept) - set(shown)


@pytest.mark.usefixtures("no_fan_out")
async def test_control_without_the_filter_they_are_still_there(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch."""
    monkeypatch.setattr(ReadHome, "shows", lambda *_: True)
    async with homes(databases, servers) as service:
        shown, _ = await unfollow_the_newest(service)
        assert set(shown) - set(await expected(service))


async def once(behind: Any, show: Any, *, after: Any, limit: int, position_of: Any) -> Any:
    """`filled` that does not fill."""
    return (await show(await behind(after)))[:limit]


@pytest.mark.usefixtures("no_fan_out")
async def test_control_a_page_that_shrinks_ends_the_feed(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: what was filtered is not made up for, and there seems to be no next page."""
    monkeypatch.setattr(assemble, "filled", once)
    async with homes(databases, servers) as service:
        shown, _ = await unfollow_the_newest(service)
        assert len(shown) < len(await expected(service))


async def test_a_deleted_post_is_gone_at_once_and_its_page_full(
    databases: Databases, servers: Servers
) -> None:
    """For who has it in their timeline; it is taken out of there later."""
    async with homes(databases, servers) as service:
        before = await paged(service)
        gone = before[1]
        answer = await service.client.send(
            "DELETE", f"/v1/posts/{gone}", by=await author_of(service, gone),
            headers={"If-Match": "*"},
        )  # fmt: skip
        assert answer.status_code == 204, answer.text
        assert [each for each in before if each != gone] == await paged(service)
        await quiet(service)
        assert gone not in await timeline(service)


@pytest.mark.parametrize("name", STRATEGIES)
async def test_every_strategy_has_the_feed_at_once(
    name: str, databases: Databases, servers: Servers
) -> None:
    """After a post, a follow, its end, and a deletion; and still when fan-out has nothing to do."""
    async with on_copy(name, "corral_test_world", databases, servers) as service:
        await check(service)
        new = await publish(service)
        await check_until_quiet(service)
        await follow(service, READER, "frances")
        await check_until_quiet(service)
        await follow(service, READER, "hedy", stop=True)
        await check_until_quiet(service)
        await service.client.send(
            "DELETE", f"/v1/posts/{new}", by=AUTHOR, headers={"If-Match": "*"}
        )
        await check_until_quiet(service)


async def check_until_quiet(service: Service) -> None:
    """The feed is right now, and when every row is done."""
    await check(service)
    await quiet(service)
    await check(service)


async def author_of(service: Service, post_id: int) -> str:
    """Who wrote it."""
    [row] = await service.rows(
        "select handle from users u join posts p on p.author_id = u.id where p.id = $1", post_id
    )
    return str(row["handle"])
