"""Fan-out: every push comes, through dead workers, none, and many; a feed need not wait for it."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from service.embedded.servers import Servers
from service.feed.fan_out import Threshold
from service.jobs.fan_out import FanOut
from service.queries import fan_out, outbox
from service.strategies import home_feed
from service.strategies.home_feed import HomeFeed
from tests.faults.sizes import IS_PROOF
from tests.jobs.fanning import working
from tests.strategies.homes import (
    AUTHOR,
    READER,
    expected,
    follow,
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

# On a machine that tests share, the short form only sees that it comes.
BOUND_S = 1.0 if IS_PROOF else 5.0

FOLLOWERS = ("ada", "donald", "grace", "john")  # of barbara's
AUTHORS = ("barbara", "edsger", "hedy", "katherine")  # whom ada follows


@pytest.fixture
async def alone(no_fan_out: None, databases: Databases, servers: Servers) -> AsyncIterator[Service]:
    """A service with timelines of all who follow barbara, and no worker."""
    async with homes(databases, servers) as service:
        for reader in FOLLOWERS:
            await newest(service, reader)
        yield service


async def waiting(service: Service) -> int:
    """Rows that nobody has done."""
    return len(await service.rows("select from outbox where queue = 'feeds' and done_at is null"))


async def right(service: Service) -> bool:
    """Whether all timelines are the feeds that they stand for."""
    return all(
        [await timeline(service, each) == await expected(service, each) for each in FOLLOWERS]
    )


async def test_without_a_worker_feeds_show_everything_all_the_same(alone: Service) -> None:
    """What fan-out owes is pulled: posts, and whom one follows since."""
    new = await publish(alone)
    for reader in FOLLOWERS:
        assert await newest(alone, reader) == new
    await follow(alone, READER, "frances")
    theirs = await publish(alone, "frances")
    assert await newest(alone) == theirs
    assert await expected(alone) == await paged(alone)
    await follow(alone, READER, "frances", stop=True)
    assert await newest(alone) == new
    assert await expected(alone) == await paged(alone)
    assert await waiting(alone) == 4
    assert new not in await timeline(alone)


@pytest.mark.parametrize("broken", ["query", "drop"])
async def test_control_without_what_is_owed_they_do_not(
    broken: str, alone: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switches: nobody asks what waits, or nobody asks again."""

    async def nothing(*_: object) -> list[int]:
        return []

    if broken == "query":
        monkeypatch.setattr(fan_out, "owed", nothing)
    else:
        monkeypatch.setattr(HomeFeed, "owes", nothing)
    new = await publish(alone)
    assert await newest(alone) != new


async def test_with_too_much_owed_the_rows_are_asked(
    alone: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fan-out has been down for hours: no list of authors would be short enough."""
    monkeypatch.setattr(home_feed, "OWED_MOST", 1)
    for author in AUTHORS:
        await publish(alone, author)
    assert await expected(alone) == await paged(alone)


async def test_with_too_many_pulled_the_rows_are_asked(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The threshold is too low for the site: whoever is on no list would be missing."""
    monkeypatch.setattr(home_feed, "HEAVY_MOST", 2)
    async with homes(databases, servers, push_below=0) as service:
        await newest(service)
        for author in AUTHORS:
            await publish(service, author)
        await quiet(service)
        await service.client.expire("owed:feeds")
        assert await expected(service) == await paged(service)


async def test_a_post_is_pushed_to_every_timeline_there_is(alone: Service) -> None:
    """Though its row comes twice: it is there once."""
    new = await publish(alone)
    await alone.rows(
        "insert into outbox (change, payload, queue) select change, payload, queue "
        "from outbox where queue = 'feeds'"
    )
    async with working(alone.database_url, alone.client.redis_url, limit=1) as worker:
        assert not await right(alone)
        assert [await worker.look(), await worker.look(), await worker.look()] == [1, 1, 0]
        assert [new, new] == worker.pushed
        assert await right(alone)


async def test_a_post_deleted_meanwhile_is_not_pushed(alone: Service) -> None:
    """A late row is applied as things stand."""
    new = await publish(alone)
    await alone.rows("update posts set deleted_at = now() where id = $1", new)
    async with working(alone.database_url, alone.client.redis_url) as worker:
        assert await worker.look() == 1
        assert worker.pushed == []
    assert await right(alone)


async def test_whom_one_follows_comes_with_what_they_wrote(alone: Service) -> None:
    """Into the timeline, behind the posts of others; and is cleaned out afterwards."""
    async with working(alone.database_url, alone.client.redis_url) as worker:
        await follow(alone, READER, "frances")
        assert not await right(alone)
        assert await worker.look() == 1
        assert await right(alone)
        await follow(alone, READER, "frances", stop=True)
        assert not await right(alone)
        assert await worker.look() == 1
        assert await right(alone)


async def test_control_without_the_backfill_they_are_missing(
    alone: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: once nothing is owed any more, their past is nowhere."""

    async def nothing(*_: object) -> None:
        pass

    monkeypatch.setattr(FanOut, "_pair", nothing)
    await follow(alone, READER, "frances")
    assert await expected(alone) == await paged(alone)
    async with working(alone.database_url, alone.client.redis_url) as worker:
        await worker.look()
    await alone.client.expire("owed:feeds")
    assert await expected(alone) != await paged(alone)


@pytest.mark.parametrize("looks_again", [True, False])
async def test_who_follows_again_loses_nothing_to_the_cleaning(
    looks_again: bool, alone: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker finds no follow, they follow, all is given to them, the worker cleans."""
    pair, looks = fan_out.pair, []

    async def looked(engine: object, follower_id: int, followee_id: int) -> fan_out.Pair:
        found = await pair(engine, follower_id, followee_id)  # type: ignore[arg-type]
        looks.append(found.follows)
        first = len(looks) == 1
        return fan_out.Pair(found.followers, follows=found.follows and looks_again and not first)

    monkeypatch.setattr(fan_out, "pair", looked)
    await follow(alone, READER, AUTHOR, stop=True)
    await follow(alone, READER, AUTHOR)
    async with working(alone.database_url, alone.client.redis_url) as worker:
        assert await worker.look() == 2
    assert await right(alone) == looks_again
    assert looks == [True, True]


async def shrink(service: Service) -> int:
    """One who is pulled alone writes, and then loses so many readers that nobody pulls them."""
    for follower in ("barbara", "claude", "edsger"):
        await follow(service, follower, "hedy")  # seven, of whom the limit is five
    await quiet(service)
    new = await publish(service, "hedy")
    await quiet(service)
    assert new not in await timeline(service, push_below=5)
    assert await newest(service) == new
    for follower in ("barbara", "claude", "edsger"):
        await follow(service, follower, "hedy", stop=True)
        assert await newest(service) == new
    await quiet(service)
    for entry in ("heavy:authors", "owed:feeds"):
        await service.client.expire(entry)
    return new


async def test_who_is_no_longer_pulled_is_made_good(databases: Databases, servers: Servers) -> None:
    """What was not pushed while they were large is, as the last who pulls them is gone."""
    async with homes(databases, servers, push_below=5) as service:
        await newest(service)
        assert await shrink(service) == await newest(service)


async def test_control_without_that_their_posts_vanish(
    databases: Databases, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch."""
    monkeypatch.setattr(Threshold, "ends_pull", lambda *_, **__: False)
    async with homes(databases, servers, push_below=5) as service:
        await newest(service)
        assert await shrink(service) != await newest(service)


async def share(service: Service) -> list[int]:
    """Two workers find four rows at the same time; the posts that they pushed, sorted."""
    url, redis_url = service.database_url, service.client.redis_url
    meet = asyncio.Barrier(2)
    async with working(url, redis_url, limit=2) as one, working(url, redis_url, limit=2) as other:
        one.before = other.before = meet.wait
        posts = [await publish(service, author) for author in AUTHORS]
        assert sum(await asyncio.gather(one.look(), other.look())) == 4
        assert await waiting(service) == 4 - len({*one.pushed, *other.pushed})
        assert {*one.pushed, *other.pushed} <= {*posts}
        return sorted(one.pushed + other.pushed)


async def test_two_workers_share_the_rows(alone: Service) -> None:
    """Each post is pushed once, by one of them."""
    pushed = await share(alone)
    assert len(pushed) == len({*pushed}) == 4
    assert await right(alone)


async def test_control_without_skip_locked_they_do_the_same_twice(
    alone: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch."""
    unlocked = outbox.TAKE.text.replace("for update skip locked", "")
    monkeypatch.setattr(outbox, "TAKE", text(unlocked))
    pushed = await share(alone)
    assert len(pushed) == 4 == 2 * len({*pushed})


async def kill_in_the_middle(service: Service, *order: str) -> None:
    """A worker takes four posts, pushes one, and is killed by SIGKILL."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "tests.jobs.dying_fan_out"],
        *[service.database_url, service.client.redis_url, *order],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    for author in AUTHORS:
        await publish(service, author)
    await process.communicate(b"go\n")
    assert process.returncode == -signal.SIGKILL
    assert not await right(service)


async def test_corral_worker_pushes(alone: Service) -> None:
    """The command, as a process beside the service."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "service.cli", "worker", "--end-with-parent"],
        env={"DATABASE_URL": alone.database_url, "REDIS_URL": alone.client.redis_url},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert b"pushes posts to feeds" in await process.stdout.readline()
    await publish(alone)
    await follow(alone, READER, "frances")
    await quiet(alone)
    assert await right(alone)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_a_worker_that_is_killed_loses_no_push(alone: Service) -> None:
    """Its rows are free, undone, as soon as its connection is; the next one takes them all."""
    await kill_in_the_middle(alone)
    assert await waiting(alone) == 4
    async with working(alone.database_url, alone.client.redis_url) as worker:
        await worker.look()
    assert await waiting(alone) == 0
    assert await right(alone)


async def test_control_rows_that_are_marked_first_are_lost(alone: Service) -> None:
    """The switch: dead in the middle, and nothing waits."""
    await kill_in_the_middle(alone, "marks-first")
    async with working(alone.database_url, alone.client.redis_url) as worker:
        await worker.look()
    assert not await right(alone)


async def test_a_post_is_in_all_timelines_within_the_promise(
    databases: Databases, servers: Servers
) -> None:
    """Of its author's followers, by the clock of the database."""
    async with homes(databases, servers) as service:
        for reader in FOLLOWERS:
            await newest(service, reader)
        for _ in range(5):
            await publish(service)
            await quiet(service)
        assert await right(service)
        rows = await service.rows("""
            select extract(epoch from done_at - created_at)::float8 as lag_s
            from outbox where queue = 'feeds'
        """)
        assert max(row["lag_s"] for row in rows) < BOUND_S


async def test_fan_out_is_told_of_posts_and_follows_alone(alone: Service) -> None:
    """A vote or a comment wakes no worker."""
    client = alone.client
    [post, *_] = await expected(alone)
    await client.send("PUT", f"/v1/posts/{post}/vote", by=READER, json={"value": 1})
    await client.send("POST", f"/v1/posts/{post}/comments", by=READER, json={"body": "Well."})
    assert await waiting(alone) == 0
    await follow(alone, READER, "frances")
    assert await waiting(alone) == 1
    await publish(alone)
    assert await waiting(alone) == 2
