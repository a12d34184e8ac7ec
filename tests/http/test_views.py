"""Views: one for each viewer and hour, whatever happens on their way to the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from service.embedded.servers import Servers
from service.feed.views import count_view
from service.queries import views
from service.strategies import STRATEGIES
from service.strategies.views import PostViews
from tests.clients import Client, serving
from tests.waiting import until
from tests.world import PEOPLE, Databases

NEVER_S = 3600.0  # flushed by the test alone
CACHED = ["naive", "article", "layered"]


class Site:
    """One service or several on the same stores."""

    def __init__(self, client: Client, database_url: str) -> None:
        self.client = client
        self.database_url = database_url
        self.post_id = 0

    @property
    def views(self) -> PostViews:
        """Where its process counts."""
        found = self.client.app.state.feed.views
        assert isinstance(found, PostViews)
        return found

    async def begin(self) -> None:
        """Have a post of its own."""
        sent = {"title": "t", "body": "b"}
        self.post_id = (await self.client.send("POST", "/v1/posts", by="ada", json=sent)).json()[
            "id"
        ]

    async def read(self, *by: str | None) -> None:
        """Let people read it, in turn."""
        for each in by:
            await self.client.get(f"/v1/posts/{self.post_id}", by=each)

    async def counted(self) -> None:
        """Wait until everything seen is counted."""
        if self.views._counting is not None:
            await asyncio.wait([self.views._counting])

    async def stored(self) -> int:
        """Views of the post that the database has."""
        connection = await asyncpg.connect(self.database_url)
        found = await connection.fetchval("select views from posts where id = $1", self.post_id)
        await connection.close()
        return int(found)

    async def flushed(self) -> int:
        """The same when everything is on its place."""
        await self.counted()
        await self.views.flush()
        return await self.stored()


@asynccontextmanager
async def site_of(
    name: str, databases: Databases, servers: Servers, **more: Any
) -> AsyncIterator[Site]:
    """A service of one strategy."""
    settings = {"view_flush_s": NEVER_S, **more}
    async with (
        databases.copy_of("corral_test_world") as url,
        serving(name, url, servers.redis_urls[name], **settings) as client,
    ):
        site = Site(client, url)
        await site.begin()
        yield site


@pytest.fixture(params=STRATEGIES)
async def site(
    request: pytest.FixtureRequest, databases: Databases, servers: Servers
) -> AsyncIterator[Site]:
    """Every strategy."""
    async with site_of(request.param, databases, servers) as each:
        yield each


@pytest.fixture
async def layered(databases: Databases, servers: Servers) -> AsyncIterator[Site]:
    """Ours."""
    async with site_of("layered", databases, servers) as each:
        yield each


async def test_a_viewer_counts_once_an_hour(site: Site) -> None:
    """Somebody signed in as such, everybody else by address; the next hour again."""
    await site.read("grace", "grace", "hedy", None, None, "grace")
    assert await site.flushed() == 3
    await site.read("grace", None)
    assert await site.flushed() == 3
    now = site.views._now
    site.views._now = lambda: now() + timedelta(hours=1)
    await site.read("grace", "grace")
    assert await site.flushed() == 4


async def test_what_shows_nothing_counts_nothing(site: Site) -> None:
    """404 and 410 do not; 304 does, as somebody looks at their copy."""
    answer = await site.client.send("GET", f"/v1/posts/{site.post_id}", by="grace")
    same = {"If-None-Match": answer.headers["etag"]}
    again = await site.client.send("GET", f"/v1/posts/{site.post_id}", by="grace", headers=same)
    assert again.status_code == 304
    assert await site.flushed() == 1
    tag = (await site.client.send("GET", f"/v1/posts/{site.post_id}")).headers["etag"]
    other = await site.client.send(
        "GET", f"/v1/posts/{site.post_id}", headers={"If-None-Match": tag}
    )
    assert other.status_code == 304
    assert await site.flushed() == 2
    await site.client.send(
        "DELETE", f"/v1/posts/{site.post_id}", by="ada", headers={"If-Match": "*"}
    )
    for post_id in (77, site.post_id):
        assert (await site.client.send("GET", f"/v1/posts/{post_id}", by="john")).status_code > 400
    assert await site.flushed() == 2


async def test_lists_are_no_views(site: Site) -> None:
    """Nor are the author's list and the post's comments."""
    for path in ("/v1/users/ada/posts", f"/v1/posts?ids={site.post_id}", "/v1/feed"):
        await site.client.get(path, by="grace")
    assert await site.flushed() == 0


@pytest.mark.parametrize("name", CACHED)
async def test_processes_share_who_has_seen_what(
    name: str, databases: Databases, servers: Servers
) -> None:
    """The same reader at another process is no new view; two at once are counted at both."""
    async with site_of(name, databases, servers) as one:
        redis_url = servers.redis_urls[name]
        async with serving(name, one.database_url, redis_url, view_flush_s=NEVER_S) as client:
            other = Site(client, one.database_url)
            other.post_id = one.post_id
            await asyncio.gather(*(site.read(by) for by in PEOPLE for site in (one, other)))
            await one.counted()
            await other.counted()
            await asyncio.gather(one.views.flush(), other.views.flush())
            assert await one.flushed() == len(PEOPLE)


async def test_without_a_cache_a_process_knows_its_own_readers(
    databases: Databases, servers: Servers
) -> None:
    """The difference that this makes: another process counts them again."""
    async with site_of("no_cache", databases, servers) as one:
        redis_url = servers.redis_urls["no_cache"]
        async with serving("no_cache", one.database_url, redis_url) as client:
            other = Site(client, one.database_url)
            other.post_id = one.post_id
            await one.read("grace", "grace")
            await other.read("grace", "grace")
            await one.counted()
            await other.counted()
            assert await one.stored() == 2


async def test_views_come_by_themselves(databases: Databases, servers: Servers) -> None:
    """The serving process flushes, every so often."""
    async with site_of("layered", databases, servers, view_flush_s=0.05) as site:
        await site.read("grace", "hedy", None)

        async def are_there() -> bool:
            return await site.stored() == 3

        await until(are_there)


async def test_a_flush_costs_no_reader_an_entry(layered: Site) -> None:
    """What is cached stays, with the views as of its making."""
    path = f"/v1/posts/{layered.post_id}"
    await layered.read("grace")
    await layered.client.get(path)
    before = (await layered.client.stats())["loads_total"]
    assert await layered.flushed() == 2
    shown = await layered.client.get(path)
    assert (before, 0) == ((await layered.client.stats())["loads_total"], shown["counts"]["views"])
    # Who is signed in is shown the counts of the rows, and these are the newest.
    assert (await layered.client.get(path, by="grace"))["counts"]["views"] == 2
    await layered.client.expire(f"counts:{layered.post_id}")
    assert (await layered.client.get(path))["counts"]["views"] == 2


async def test_views_are_not_in_the_tag(layered: Site) -> None:
    """Who has the post has it still, however often it was seen since."""
    path = f"/v1/posts/{layered.post_id}"
    tag = (await layered.client.send("GET", path)).headers["etag"]
    await layered.read("grace", "hedy")
    assert await layered.flushed() == 3
    await layered.client.expire(f"counts:{layered.post_id}")
    answer = await layered.client.send("GET", path)
    assert (3, tag) == (answer.json()["counts"]["views"], answer.headers["etag"])


async def test_a_view_that_cannot_be_counted_is_no_error(
    layered: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads go on; what was not counted is counted when the reader comes again."""
    with monkeypatch.context() as broken:

        async def refused(_: Any) -> None:
            raise ConnectionError

        broken.setattr(layered.views._counts, "count", refused)
        await layered.read("grace", "hedy")
        await layered.counted()
    assert await layered.flushed() == 0
    await layered.read("grace", "hedy")
    assert await layered.flushed() == 2


async def test_nobody_waits_for_a_count(layered: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one hangs everybody reads, and it is counted when it ends."""
    hangs, count = asyncio.Event(), layered.views._counts.count

    async def hanging(seen: Any) -> None:
        await hangs.wait()
        await count(seen)

    monkeypatch.setattr(layered.views._counts, "count", hanging)
    await layered.read(*PEOPLE)
    assert await layered.stored() == 0
    hangs.set()
    assert await layered.flushed() == len(PEOPLE)


async def test_a_batch_is_written_once_wherever_its_flusher_dies(
    layered: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the rows are written it is written later; after, it is refused the second time."""
    write, died = views.add_batch, []

    async def dies_before(*_: Any) -> None:
        died.append("before")
        raise ConnectionError

    async def dies_after(*batch: Any) -> None:
        await write(*batch)
        died.append("after")
        raise ConnectionError

    await layered.read("grace", "hedy")
    await layered.counted()
    for death, there in ((dies_before, 0), (dies_after, 2), (dies_after, 2)):
        monkeypatch.setattr(views, "add_batch", death)
        with pytest.raises(ConnectionError):
            await layered.views.flush()
        assert there == await layered.stored()
    await layered.read("john")
    monkeypatch.setattr(views, "add_batch", write)
    assert await layered.flushed() == 3
    assert ["before", "after", "after"] == died


async def test_without_its_note_a_batch_would_be_written_twice(
    layered: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id matters: a database that takes every batch counts those of the dead twice."""
    monkeypatch.setattr(views, "NOTE", text("select cast(:batch as text)"))
    write = views.add_batch

    async def dies_after(*batch: Any) -> None:
        await write(*batch)
        raise ConnectionError

    await layered.read("grace")
    await layered.counted()
    with monkeypatch.context() as dying:
        dying.setattr(views, "add_batch", dies_after)
        with pytest.raises(ConnectionError):
            await layered.views.flush()
    assert await layered.flushed() == 2


async def test_a_view_of_what_is_deleted_meanwhile_is_passed_by(layered: Site) -> None:
    """Its batch is written all the same."""
    gone = layered.post_id
    await layered.begin()
    kept = layered.post_id
    for layered.post_id in (gone, kept):
        await layered.read("grace")
    await layered.counted()
    connection = await asyncpg.connect(layered.database_url)
    await connection.execute("delete from posts where id = $1", gone)
    await connection.close()
    assert await layered.flushed() == 1


async def test_a_crowd_of_viewers_is_bounded(
    layered: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits, and what a process remembers: more is not counted, or is asked again."""
    monkeypatch.setattr("service.strategies.views.MOST_WAITING", 5)
    for place in range(8):
        layered.views.seen(layered.post_id, f"user {place}")
    assert await layered.flushed() == 5
    monkeypatch.setattr("service.strategies.views.MOST_KNOWN", 2)
    for viewer in ("user 9", "user 0", "user 1"):
        layered.views.seen(layered.post_id, viewer)
    assert await layered.flushed() == 6
    assert len(layered.views._known) <= 2


class Seen:
    """Notes who was told of."""

    def __init__(self) -> None:
        self.viewers: set[str] = set()

    def seen(self, post_id: int, viewer: str) -> None:
        """Note it."""
        self.viewers.add(viewer)


@pytest.mark.parametrize(
    ("addresses", "viewers"),
    [
        (["10.0.0.1", "10.0.0.2"], 2),
        (["2001:db8::1", "2001:db8::ffff:1"], 1),
        (["2001:db8::1", "2001:db8:0:1::1"], 2),
        (["::ffff:192.0.2.1", "192.0.2.1"], 1),
        (["::ffff:192.0.2.1", "::ffff:192.0.2.2"], 2),
        (["nowhere", "nowhere"], 1),
    ],
)
def test_one_subscriber_is_one_viewer(addresses: list[str], viewers: int) -> None:
    """Of IPv6 everybody has more addresses than there are readers: a network is one."""
    seen = Seen()
    for address in addresses:
        count_view(1, None, address, views=seen)
    assert viewers == len(seen.viewers)
    count_view(1, 7, "10.0.0.1", views=seen)
    count_view(1, 7, "10.0.0.9", views=seen)
    assert viewers + 1 == len(seen.viewers)
