"""An author whose followers are counted anew across the threshold: no feed loses anything."""

import pytest
from sqlalchemy import text

from service import drift
from service.embedded.servers import Servers
from service.feed.fan_out import Threshold
from service.queries import fan_out, outbox
from service.settings import Settings
from service.strategies.home_feed import HomeFeed
from tests.strategies.homes import (
    expected,
    homes,
    newest,
    no_fan_out,
    paged,
    publish,
    quiet,
    timeline,
)
from tests.strategies.service import Service
from tests.world import Databases

__all__ = ["no_fan_out"]

PUSH_BELOW = 5  # readers pull from five followers on, nobody pushes from six on
AUTHOR = "hedy"  # four follow her, ada among them
MORE = ("barbara", "claude", "edsger")


async def repair(service: Service, counter: str = "followers") -> None:
    """`corral drift --repair`, beside the service."""
    settings = Settings(DATABASE_URL=service.database_url, REDIS_URL=service.client.redis_url)
    found, _, mended = await drift.find_and_mend(settings)
    assert counter in {each.counter for each in found}
    assert mended


async def is_whole(service: Service) -> bool:
    """Whether the feed is what the rows say, once what is known of fan-out is known anew."""
    await service.client.expire("owed:feeds")
    return await expected(service) == await paged(service)


async def grown(service: Service) -> int:
    """Too few are counted, until they are seven; what is written since is pushed to nobody."""
    await newest(service)
    follower_ids = [service.client.ids[each] for each in MORE]
    await service.rows(
        "insert into follows (follower_id, followee_id) select id, $2 from unnest($1::bigint[]) id",
        follower_ids,
        service.client.ids[AUTHOR],
    )
    await repair(service)
    await quiet(service)
    new = await publish(service, AUTHOR)
    await quiet(service)
    assert new not in await timeline(service, push_below=PUSH_BELOW)
    return new


async def overcounted(service: Service) -> int:
    """Too many are counted, so that what is written is pulled and pushed to nobody."""
    await service.rows("update users set follower_count = 7 where handle = $1", AUTHOR)
    await newest(service)
    new = await publish(service, AUTHOR)
    await service.rows("update outbox set done_at = now() where done_at is null")
    assert await is_whole(service)
    assert new not in await timeline(service, push_below=PUSH_BELOW)
    return new


async def test_who_grows_by_a_recount_is_pulled(databases: Databases, servers: Servers) -> None:
    """From the next read on."""
    async with homes(databases, servers, push_below=PUSH_BELOW) as service:
        await grown(service)
        assert await is_whole(service)


async def test_control_told_by_nobody_readers_do_not_pull(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: the list of those who are pulled lives on, and their next post is nowhere."""
    monkeypatch.setattr(Threshold, "starts_pull", lambda *_, **__: False)
    async with homes(databases, servers, push_below=PUSH_BELOW) as service:
        await grown(service)
        assert not await is_whole(service)


async def shrunk(service: Service) -> int:
    """Too many are counted, until they are four; nobody is known to be pulled any more."""
    new = await overcounted(service)
    await repair(service)
    await quiet(service)
    await service.client.expire("heavy:authors")
    return new


async def test_who_shrinks_by_a_recount_is_made_good(
    databases: Databases, servers: Servers
) -> None:
    """What was never pushed is, before nobody pulls it any more."""
    async with homes(databases, servers, push_below=PUSH_BELOW) as service:
        new = await shrunk(service)
        assert new in await timeline(service, push_below=PUSH_BELOW)
        assert await is_whole(service)


async def test_control_not_made_good_their_posts_vanish(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch."""
    monkeypatch.setattr(Threshold, "ends_pull", lambda *_, **__: False)
    async with homes(databases, servers, push_below=PUSH_BELOW) as service:
        await shrunk(service)
        assert not await is_whole(service)


@pytest.mark.parametrize("broken", [None, "row", "query", "drop"])
async def test_until_that_is_done_they_are_owed(
    broken: str | None,
    no_fan_out: None,
    databases: Databases,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody works on the queue: they are pulled. The switches: no row, not asked, not dropped."""
    if broken == "row":
        fanned_out = outbox.FANNED_OUT - {"ProfileRecounted"}
        monkeypatch.setattr(outbox, "FANNED_OUT", fanned_out)
    elif broken == "query":
        others = fan_out.OWED.text.replace(", 'ProfileRecounted'", "")
        assert others != fan_out.OWED.text
        monkeypatch.setattr(fan_out, "OWED", text(others))
    async with homes(databases, servers, push_below=PUSH_BELOW) as service:
        new = await overcounted(service)
        if broken == "drop":
            monkeypatch.setattr(HomeFeed, "owes", nothing)
        await repair(service)
        await service.client.expire("heavy:authors")
        assert (await newest(service) == new) == (broken is None)


async def nothing(*_: object) -> None:
    """Drop nothing."""


FOLLOWED = "and (change <> 'ProfileRecounted' or payload ->> 'followers' is not null)"


@pytest.mark.parametrize("broken", [None, "row", "query", "both"])
async def test_other_counters_that_are_mended_leave_nobody_owed(
    broken: str | None,
    no_fan_out: None,
    databases: Databases,
    servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No row is kept, and what an older version has kept is not counted. The switch: neither."""
    if broken in {"row", "both"}:
        monkeypatch.setattr(outbox, "concerns_feeds", lambda _: True)
    if broken in {"query", "both"}:
        all_of_them = fan_out.OWED.text.replace(FOLLOWED, "")
        assert all_of_them != fan_out.OWED.text
        monkeypatch.setattr(fan_out, "OWED", text(all_of_them))
    async with homes(databases, servers) as service:
        await service.rows("update users set post_count = post_count + 1")
        await repair(service, "posts")
        owed = await fan_out.owed(service.client.app.state.feed.accounts._engine, most=1_001)
        assert (owed == []) == (broken != "both")
        kept = await service.rows("select from outbox where queue = 'feeds' and done_at is null")
        assert (kept == []) == (broken not in {"row", "both"})
