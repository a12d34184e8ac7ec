"""Bounded timeline: never half a feed, no push lost to a rebuild, and pages that do not shift."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from service.patterns.bounded_timeline import BoundedTimeline, Page, scripts

from .contract import Events, spin

ADD_ALWAYS = """
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i]) end
return 1
"""
WITHOUT_THE_LOG = scripts._CHANGE.replace("redis.call('EXISTS', KEYS[2]) == 1", "false")
WITHOUT_THE_FLOOR = scripts._CHANGE.replace("tonumber(id) > floor", "true")
UNFENCED_STORE = scripts._STORE.replace("~= ARGV[1]", "== nil")
STORE_THAT_TRUSTS_AN_ABSENT_LOG = scripts._STORE.replace(
    "redis.call('HGET', KEYS[2], 'token') ~=",
    "(redis.call('HGET', KEYS[2], 'token') or ARGV[1]) ~=",
)
STORE_BELOW_THE_FLOOR = scripts._STORE.replace("tonumber(id) > floor", "true")
STORE_WITHOUT_A_BOUND = scripts._STORE.replace("then trim() end", "then end")
CUT_AT_THE_END = scripts._CHANGE.replace("then trim() end", "then end").replace(
    "return 1\n", "trim()\nreturn 1\n"
)
BEGIN_FOR_EVERYBODY = scripts._BEGIN.replace("if standing then return standing end", "")
FIRST_WORD_ONLY = scripts._CHANGE.replace("HSET", "HSETNX")
WITHOUT_A_LOOK_AT_THE_TYPE = scripts._CHANGE.replace("~= 'zset'", "== 'none'")
PUSH_THAT_PROLONGS = f"redis.call('PEXPIRE', KEYS[1], 60000)\n{scripts._CHANGE}"


class Timelines(Protocol):
    """What makes timelines for a test."""

    def __call__(self, *, most: int = 800) -> BoundedTimeline:
        """Make them, with connections of their own."""


@pytest.fixture
def timelines(connect: Callable[[], Redis]) -> Timelines:
    """Timelines that live a minute, and rebuilds that no stall of a busy machine ends."""
    return lambda *, most=800: BoundedTimeline(connect(), ttl_s=60.0, most=most, rebuild_s=60.0)


class Database:
    """The posts of one feed, and a load that can be held between its read and its answer."""

    def __init__(self, *ids: int) -> None:
        self.ids = set(ids)
        self.asked: list[int] = []
        self.error: Exception | None = None
        self.started = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def newest(self, limit: int) -> list[int]:
        """Read the newest ids now, give them back once the gate is open."""
        self.asked.append(limit)
        ids = self.below(None, limit)
        self.started.set()
        await self.gate.wait()
        if self.error:
            raise self.error
        return ids

    def below(self, before: int | None, limit: int) -> list[int]:
        """Read a page."""
        ids = sorted(self.ids, reverse=True)
        return [each for each in ids if before is None or each < before][:limit]

    def hold(self) -> None:
        """Make the next load wait for ``gate``."""
        self.started.clear()
        self.gate.clear()


async def walk(
    timelines: BoundedTimeline,
    owner: str,
    database: Database,
    *,
    limit: int = 3,
    between: Callable[[], Awaitable[object]] | None = None,
) -> list[int]:
    """Read a feed to its end, as a client does: page by page, the rest from the database."""
    seen: list[int] = []
    while True:
        before = seen[-1] if seen else None
        page = await timelines.page(owner, before=before, limit=limit)
        assert page is not None
        ids = page.ids
        if len(ids) < limit and page.older == "database":
            below = ids[-1] if ids else before
            ids = ids + database.below(below, limit - len(ids))
        seen += ids
        if len(ids) < limit:
            return seen
        if between:
            await between()


async def test_a_push_makes_no_timeline(timelines: Timelines, redis: Redis, key: str) -> None:
    """Where there is none a push does nothing: the next read finds that it has to rebuild."""
    homes = timelines()
    assert await homes.push([key], 42) == 0
    assert await homes.page(key, limit=10) is None
    assert await redis.keys(f"{key}*") == []


async def test_control_a_push_that_adds_always_makes_half_a_feed(
    timelines: Timelines, key: str, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: with a plain ZADD the reader's past is gone, and nothing tells."""
    monkeypatch.setattr(scripts, "_CHANGE", ADD_ALWAYS)
    homes = timelines()
    await homes.push([key], 42)
    assert await homes.page(key, limit=10) == Page([42], "here")
    await homes.invalidate(key)


async def race(timelines: Timelines, key: str) -> list[int]:
    """Push one post and remove another while the timeline is rebuilt; read what it holds."""
    reader, writer = timelines(), timelines()
    database = Database(39, 40, 41)
    database.hold()
    rebuild = asyncio.create_task(reader.rebuild(key, database.newest))
    await database.started.wait()
    await writer.push([key], 42)
    await writer.remove([key], 40)
    database.gate.set()
    assert await rebuild == [41, 40, 39]  # what was loaded: the reader asked before
    page = await reader.page(key, limit=10)
    assert page is not None
    return page.ids


async def test_what_happens_during_a_rebuild_is_not_lost(timelines: Timelines, key: str) -> None:
    """The pushed post is there and the removed one is not, though the load saw it otherwise."""
    assert await race(timelines, key) == [42, 41, 39]


async def test_control_without_the_log_it_is_lost(
    timelines: Timelines, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: a push that only looks for a timeline misses the one that is being made."""
    monkeypatch.setattr(scripts, "_CHANGE", WITHOUT_THE_LOG)
    assert await race(timelines, key) == [41, 40, 39]


async def changed_twice(timelines: Timelines, key: str) -> list[int]:
    """During a rebuild take post 42 away and push it again, 43 the other way round; read."""
    homes, database = timelines(), Database(1)
    database.hold()
    rebuild = asyncio.create_task(homes.rebuild(key, database.newest))
    await database.started.wait()
    for change in (homes.remove, homes.push):
        await change([key], 42)
    for change in (homes.push, homes.remove):
        await change([key], 43)
    database.gate.set()
    await rebuild
    page = await homes.page(key, limit=10)
    assert page is not None
    return page.ids


async def test_the_last_word_on_a_post_counts(timelines: Timelines, key: str) -> None:
    """Removed and pushed again during a rebuild it is there; pushed and removed it is not."""
    assert await changed_twice(timelines, key) == [42, 1]


async def test_control_the_first_word_is_not_the_last(
    timelines: Timelines, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: a log that keeps what it heard first has it the wrong way round."""
    monkeypatch.setattr(scripts, "_CHANGE", FIRST_WORD_ONLY)
    assert await changed_twice(timelines, key) == [43, 1]


async def test_a_rebuild_of_what_exists_loses_nothing_either(
    timelines: Timelines, key: str
) -> None:
    """The old timeline serves and takes pushes meanwhile, and the new one has them too."""
    homes, database = timelines(), Database(1, 2)
    await homes.rebuild(key, database.newest)
    database.hold()
    rebuild = asyncio.create_task(homes.rebuild(key, database.newest))
    await database.started.wait()
    assert await homes.push([key], 3) == 1
    assert await homes.page(key, limit=10) == Page([3, 2, 1], "nowhere")
    database.gate.set()
    await rebuild
    assert await homes.page(key, limit=10) == Page([3, 2, 1], "nowhere")


async def test_empty_is_not_absent(timelines: Timelines, key: str) -> None:
    """A feed without posts is a timeline: it is not rebuilt, and it takes pushes."""
    homes = timelines()
    assert await homes.page(key, limit=10) is None
    assert await homes.rebuild(key, Database().newest) == []
    assert await homes.page(key, limit=10) == Page([], "nowhere")
    assert await homes.push([key], 42) == 1
    assert await homes.remove([key], 42) == 1
    assert await homes.page(key, limit=10) == Page([], "nowhere")


async def test_control_a_bare_sorted_set_ends_with_its_last_post(redis: Redis, key: str) -> None:
    """The switch: Redis deletes an empty sorted set, so empty and absent would be the same."""
    await redis.zadd(key, {"42": 42})
    await redis.zrem(key, "42")
    assert await redis.exists(key) == 0


async def test_it_keeps_the_newest_and_says_where_the_rest_is(
    timelines: Timelines, key: str
) -> None:
    """Over its bound the oldest go, and from then on the end of a page names the database."""
    homes = timelines(most=5)
    await homes.rebuild(key, Database(1, 2, 3, 4, 5).newest)
    assert await homes.page(key, limit=10) == Page([5, 4, 3, 2, 1], "nowhere")
    await homes.push([key], 6, 8, 7)
    assert await homes.page(key, limit=10) == Page([8, 7, 6, 5, 4], "database")
    assert await homes.page(key, limit=3) == Page([8, 7, 6], "here")
    assert await homes.page(key, limit=5) == Page([8, 7, 6, 5, 4], "database")
    for before in (4, 3, 1):
        assert await homes.page(key, before=before, limit=3) == Page([], "database")


async def test_a_rebuild_knows_whether_the_database_has_more(
    timelines: Timelines, key: str
) -> None:
    """It asks for one id more than it keeps, and only that one shows that there is more."""
    homes, database = timelines(most=3), Database(1, 2, 3)
    await homes.rebuild(key, database.newest)
    assert await homes.page(key, limit=3) == Page([3, 2, 1], "nowhere")
    database.ids.add(4)
    assert await homes.rebuild(key, database.newest) == [4, 3, 2]
    assert await homes.page(key, limit=3) == Page([4, 3, 2], "database")
    assert database.asked == [4, 4]


async def test_a_long_timeline_is_stored_whole(timelines: Timelines, key: str) -> None:
    """Also one that takes several commands of the script."""
    homes, database = timelines(most=1201), Database(*range(1, 1301))
    await homes.rebuild(key, database.newest)
    assert await homes.page(key, limit=2000) == Page(list(range(1300, 99, -1)), "database")


async def feed_with_a_late_push(timelines: Timelines, key: str) -> list[int]:
    """Deliver a push of post 3 late, after the timeline was cut at 5; read the whole feed."""
    homes, database = timelines(most=4), Database(*range(1, 10))
    await homes.rebuild(key, database.newest)
    database.ids -= {8, 9}
    await homes.remove([key], 8, 9)  # now there would be room
    await homes.push([key], 3)
    return await walk(homes, key, database)


async def test_a_post_below_the_cut_leaves_no_gap(timelines: Timelines, key: str) -> None:
    """What is older than the cut is the database's: taken in alone it would hide its neighbours."""
    assert await feed_with_a_late_push(timelines, key) == [7, 6, 5, 4, 3, 2, 1]


async def test_control_without_the_floor_posts_vanish(
    timelines: Timelines, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: taken in wherever there is room, the late post hides those above it."""
    monkeypatch.setattr(scripts, "_CHANGE", WITHOUT_THE_FLOOR)
    assert await feed_with_a_late_push(timelines, key) == [7, 6, 3, 2, 1]


async def feed_with_a_late_push_in_the_log(timelines: Timelines, key: str) -> list[int]:
    """Deliver a push of post 1 late, during a rebuild that is cut at 3; read the whole feed."""
    homes, database = timelines(most=4), Database(*range(1, 7))
    database.hold()
    rebuild = asyncio.create_task(homes.rebuild(key, database.newest))
    await database.started.wait()
    database.ids -= {5, 6}
    await homes.remove([key], 5, 6)
    await homes.push([key], 1)
    database.gate.set()
    await rebuild
    return await walk(homes, key, database)


async def test_a_post_below_the_cut_of_a_rebuild_leaves_no_gap(
    timelines: Timelines, key: str
) -> None:
    """What the log has from below the new cut is left to the database as well."""
    assert await feed_with_a_late_push_in_the_log(timelines, key) == [4, 3, 2, 1]


async def test_control_a_log_played_below_the_cut_hides_a_post(
    timelines: Timelines, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: post 2 is neither in the timeline nor asked for."""
    monkeypatch.setattr(scripts, "_STORE", STORE_BELOW_THE_FLOOR)
    assert await feed_with_a_late_push_in_the_log(timelines, key) == [4, 3, 1]


async def pushed_beyond_the_bound(timelines: Timelines, key: str) -> Page | None:
    """Push two posts while a timeline of at most two is rebuilt; read it."""
    homes, database = timelines(most=2), Database(1, 2)
    database.hold()
    rebuild = asyncio.create_task(homes.rebuild(key, database.newest))
    await database.started.wait()
    await homes.push([key], 3, 4)
    database.gate.set()
    await rebuild
    return await homes.page(key, limit=9)


async def test_what_the_log_adds_is_bounded_as_well(timelines: Timelines, key: str) -> None:
    """Over the bound the oldest of load and log together go."""
    assert await pushed_beyond_the_bound(timelines, key) == Page([4, 3], "database")


async def test_control_a_log_without_a_bound_is_kept_whole(
    timelines: Timelines, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: however long the log was, so long is the timeline."""
    monkeypatch.setattr(scripts, "_STORE", STORE_WITHOUT_A_BOUND)
    assert await pushed_beyond_the_bound(timelines, key) == Page([4, 3, 2, 1], "nowhere")


async def test_pages_do_not_shift_under_pushes(timelines: Timelines, key: str) -> None:
    """Whoever pages while posts come in sees each old post once, also those that were cut off."""
    homes, database = timelines(most=12), Database(*range(1, 11))
    await homes.rebuild(key, database.newest)
    new = iter(range(11, 100))

    async def three_posts() -> None:
        for _ in range(3):
            post = next(new)
            database.ids.add(post)
            await homes.push([key], post)

    assert await walk(homes, key, database, between=three_posts) == list(range(10, 0, -1))


async def test_control_pages_by_rank_repeat(redis: Redis, timelines: Timelines, key: str) -> None:
    """The switch: the second page by offset begins with posts of the first."""
    homes = timelines()
    await homes.rebuild(key, Database(*range(1, 11)).newest)
    first = await redis.zrevrange(f"{key}:z", 0, 2)
    await homes.push([key], 11, 12)
    second = await redis.zrevrange(f"{key}:z", 3, 5)
    assert [b"10", b"9", b"8"] == first
    assert [b"9", b"8", b"7"] == second


async def test_undo_restores_the_timeline(timelines: Timelines, key: str) -> None:
    """A push and its removal, and a removal and its push, leave what was there."""
    homes = timelines()
    await homes.rebuild(key, Database(1, 2, 4).newest)
    await homes.push([key], 3)
    assert await homes.page(key, limit=9) == Page([4, 3, 2, 1], "nowhere")
    await homes.remove([key], 3)
    await homes.remove([key], 4)
    await homes.push([key], 4)
    assert await homes.page(key, limit=9) == Page([4, 2, 1], "nowhere")


async def test_a_push_that_comes_twice_counts_once(timelines: Timelines, key: str) -> None:
    """Delivery at least once is enough."""
    homes = timelines()
    await homes.rebuild(key, Database(1).newest)
    await homes.push([key], 2)
    await homes.push([key], 2)
    assert await homes.page(key, limit=9) == Page([2, 1], "nowhere")


async def test_a_followed_author_is_merged_in(timelines: Timelines, key: str) -> None:
    """Old posts take their places among the others, but make no timeline where there is none."""
    homes = timelines(most=6)
    assert await homes.merge(key, [1, 3, 5]) is False
    await homes.rebuild(key, Database(2, 4, 6).newest)
    assert await homes.merge(key, [1, 3, 5]) is True
    assert await homes.page(key, limit=9) == Page([6, 5, 4, 3, 2, 1], "nowhere")


async def merged_with_one_more(timelines: Timelines, key: str, given: int) -> Page | None:
    """Follow an author of four posts with an empty timeline of at most three; read it."""
    homes = timelines(most=3)
    await homes.rebuild(key, Database().newest)
    await homes.merge(key, [4, 3, 2, 1][:given])
    return await homes.page(key, limit=9)


async def test_one_more_than_is_kept_tells_that_something_is_cut_off(
    timelines: Timelines, key: str
) -> None:
    """With no more than the bound the author's oldest post would be nowhere."""
    assert await merged_with_one_more(timelines, key, 4) == Page([4, 3, 2], "database")
    assert await merged_with_one_more(timelines, key, 3) == Page([4, 3, 2], "nowhere")


async def encoding(timelines: Timelines, redis: Redis, key: str) -> tuple[int, bytes]:
    """Cut a rebuild, play a long log, push all ids anew; how many members, stored how."""
    homes, database = timelines(most=120), Database(*range(1, 200))
    database.hold()
    rebuild = asyncio.create_task(homes.rebuild(key, database.newest))
    await database.started.wait()
    await homes.push([key], *range(200, 321))
    database.gate.set()
    await rebuild
    await homes.push([key], *range(321, 442))
    assert await homes.page(key, limit=120) == Page(list(range(441, 321, -1)), "database")
    return await redis.zcard(f"{key}:z"), await redis.object("ENCODING", f"{key}:z")


async def test_a_short_timeline_stays_compact(timelines: Timelines, redis: Redis, key: str) -> None:
    """Up to 128 members, by default, a sorted set is a listpack: so never, not for a moment, more.

    120 ids, and the marker.
    """
    assert await encoding(timelines, redis, key) == (121, b"listpack")


async def test_control_what_was_long_for_a_moment_stays_large(
    timelines: Timelines, redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: cut once all ids are in, it is as short, and a skip list for good."""
    monkeypatch.setattr(scripts, "_CHANGE", CUT_AT_THE_END)
    assert await encoding(timelines, redis, key) == (121, b"skiplist")


async def test_a_thousand_readers_are_pushed_to(timelines: Timelines, key: str) -> None:
    """In more than one round trip, each where there is a timeline."""
    homes = timelines()
    readers = [f"{key}:{i}" for i in range(1200)]
    for reader in readers[::400]:
        await homes.rebuild(reader, Database(1).newest)
    assert await homes.push(readers, 2) == 3
    for reader in readers[::400]:
        assert await homes.page(reader, limit=9) == Page([2, 1], "nowhere")


async def fenced_race(timelines: Timelines, key: str) -> Page | None:
    """Invalidate a timeline while it is rebuilt; read what there is."""
    homes, database = timelines(), Database(1)
    database.hold()
    rebuild = asyncio.create_task(homes.rebuild(key, database.newest))
    await database.started.wait()
    await timelines().invalidate(key)
    database.gate.set()
    assert await rebuild == [1]
    return await homes.page(key, limit=9)


async def test_an_invalidated_rebuild_is_not_stored(timelines: Timelines, key: str) -> None:
    """Its log is gone, so it cannot know what it missed; its caller still has its answer."""
    assert await fenced_race(timelines, key) is None


async def test_control_an_unfenced_rebuild_is_stored(
    timelines: Timelines, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without the token check the invalidated timeline is back."""
    monkeypatch.setattr(scripts, "_STORE", UNFENCED_STORE)
    assert await fenced_race(timelines, key) == Page([1], "nowhere")


async def evict_the_log(timelines: Timelines, redis: Redis, key: str) -> Page | None:
    """Take the log away under a rebuild, then push a post; read what there is."""
    homes, database = timelines(), Database(1)
    database.hold()
    rebuild = asyncio.create_task(homes.rebuild(key, database.newest))
    await database.started.wait()
    await redis.delete(f"{key}:b")
    await homes.push([key], 2)
    database.gate.set()
    await rebuild
    return await homes.page(key, limit=9)


async def test_an_evicted_log_refuses_the_rebuild(
    timelines: Timelines, redis: Redis, key: str
) -> None:
    """After eviction, flush or the end of its life the log is not whole: nothing is stored."""
    assert await evict_the_log(timelines, redis, key) is None
    assert await redis.keys(f"{key}*") == []


async def test_control_a_log_that_is_taken_for_empty_loses_a_push(
    timelines: Timelines, redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: no token is taken for no change, and post 2 is missing from the feed."""
    monkeypatch.setattr(scripts, "_STORE", STORE_THAT_TRUSTS_AN_ABSENT_LOG)
    assert await evict_the_log(timelines, redis, key) == Page([1], "nowhere")


async def test_a_dead_rebuild_keeps_nobody_from_storing(timelines: Timelines, key: str) -> None:
    """The log it began is whole for whoever loads later, and has what came in between."""
    homes, database = timelines(), Database(1)
    database.hold()
    dead = asyncio.create_task(homes.rebuild(key, database.newest))
    await database.started.wait()
    dead.cancel()
    await asyncio.wait([dead])
    await homes.push([key], 2)
    database.gate.set()
    await timelines().rebuild(key, database.newest)
    assert await homes.page(key, limit=9) == Page([2, 1], "nowhere")


async def two_rebuilds(timelines: Timelines, key: str) -> list[Page | None]:
    """Begin a rebuild and another, push a post; let them end in that order, and read after each."""
    homes, databases, rebuilds = timelines(), [Database(1), Database(1)], []
    for database in databases:
        database.hold()
        rebuilds.append(asyncio.create_task(timelines().rebuild(key, database.newest)))
        await database.started.wait()
    await homes.push([key], 2)
    pages = []
    for database, rebuild in zip(databases, rebuilds, strict=True):
        database.gate.set()
        assert await rebuild == [1]  # what was loaded, stored or not
        pages.append(await homes.page(key, limit=9))
    return pages


async def test_of_two_rebuilds_the_first_to_end_is_stored(timelines: Timelines, key: str) -> None:
    """Both go by one log. The second finds it used up, and answers its caller all the same."""
    assert await two_rebuilds(timelines, key) == [Page([2, 1], "nowhere")] * 2


async def test_control_a_log_for_the_last_comer_keeps_the_others_from_storing(
    timelines: Timelines, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: while rebuilds keep coming, none of those that end is stored."""
    monkeypatch.setattr(scripts, "_BEGIN", BEGIN_FOR_EVERYBODY)
    assert await two_rebuilds(timelines, key) == [None, Page([2, 1], "nowhere")]


async def test_pages_are_counted(connect: Callable[[], Redis], key: str, events: Events) -> None:
    """A page is a hit or a miss; a rebuild that is not stored is told."""
    homes, database = BoundedTimeline(connect(), ttl_s=60, observe=events), Database(1)

    async def overtaken(limit: int) -> list[int]:
        await homes.invalidate(key)
        return await database.newest(limit)

    await homes.page(key, limit=9)
    await homes.rebuild(key, overtaken)
    await homes.rebuild(key, database.newest)
    await homes.page(key, limit=9)
    expected = ["miss", "refused_fill", "hit"]
    assert [(event, {"key": key}) for event in expected] == events.seen


async def test_a_token_is_no_post(redis: Redis, key: str) -> None:
    """It stands in the log among the changes, and could be one of the two."""
    homes = BoundedTimeline(redis, ttl_s=60, token=lambda: "1")
    await homes.rebuild(key, Database(42).newest)
    assert await homes.page(key, limit=9) == Page([42], "nowhere")


async def test_a_failed_load_stores_nothing(timelines: Timelines, redis: Redis, key: str) -> None:
    """Its error reaches the caller, and the next rebuild is none the worse."""
    homes, database = timelines(), Database(1)
    database.error = LookupError("the database said no")
    with pytest.raises(LookupError, match="said no"):
        await homes.rebuild(key, database.newest)
    assert await homes.page(key, limit=9) is None
    database.error = None
    await homes.rebuild(key, database.newest)
    assert await homes.page(key, limit=9) == Page([1], "nowhere")


@pytest.mark.parametrize("post", [0, -1, 2**53])
async def test_an_id_that_a_score_cannot_hold_is_refused(
    timelines: Timelines, key: str, post: int
) -> None:
    """Before anything is sent: a score has 53 bits."""
    homes = timelines()
    with pytest.raises(ValueError, match="53"):
        await homes.push([key], 1, post)
    with pytest.raises(ValueError, match="53"):
        await homes.rebuild(key, Database(post).newest)


async def test_the_greatest_ids_keep_their_order(timelines: Timelines, key: str) -> None:
    """Up to 2^53 - 1 neighbours differ, through the scripts as well."""
    homes, top = timelines(most=2), 2**53 - 1
    await homes.rebuild(key, Database(top - 1, top - 2, top - 3).newest)
    await homes.push([key], top)
    assert await homes.page(key, limit=9) == Page([top, top - 1], "database")
    assert await homes.page(key, before=top, limit=1) == Page([top - 1], "database")


async def test_control_above_53_bits_neighbours_are_the_same(redis: Redis, key: str) -> None:
    """The switch: two ids above the bound have one score, and a page between them is wrong."""
    await redis.zadd(key, {str(2**53): 2**53, str(2**53 + 1): 2**53 + 1})
    assert await redis.zscore(key, str(2**53)) == await redis.zscore(key, str(2**53 + 1))
    await redis.delete(key)


async def rebuild_twice(timelines: Timelines, key: str, *, alone: bool) -> list[int]:
    """Two rebuilds of one feed at once, in two processes; how many ids each of them loaded."""
    one, other, database = timelines(), timelines(), Database(2, 1)
    database.hold()
    first = asyncio.create_task(one.rebuild_alone(key, database.newest))
    await database.started.wait()
    second = None
    if alone:
        assert await other.rebuild_alone(key, database.newest) is None
    else:
        database.started.clear()
        second = asyncio.create_task(other.rebuild(key, database.newest))
        await database.started.wait()
    await one.push([key], 3)
    database.gate.set()
    assert await first == [2, 1]
    assert second is None or await second == [2, 1]
    assert await one.page(key, limit=9) == Page([3, 2, 1], "nowhere")
    return database.asked


async def test_who_rebuilds_alone_loads_alone(timelines: Timelines, key: str) -> None:
    """The second is told so, and loads nothing; what was pushed meanwhile is there."""
    assert len(await rebuild_twice(timelines, key, alone=True)) == 1


async def test_control_two_rebuilds_load_twice(timelines: Timelines, key: str) -> None:
    """The switch."""
    assert len(await rebuild_twice(timelines, key, alone=False)) == 2


async def test_who_fails_alone_gives_the_place_up(
    timelines: Timelines, redis: Redis, key: str
) -> None:
    """The next one need not wait until the log's life is over."""
    homes, database = timelines(), Database(1)
    database.error = LookupError("the database said no")
    with pytest.raises(LookupError, match="said no"):
        await homes.rebuild_alone(key, database.newest)
    assert await redis.keys(f"{key}*") == []
    database.error = None
    assert await homes.rebuild_alone(key, database.newest) == [1]


async def test_what_is_read_can_be_prolonged(timelines: Timelines, redis: Redis, key: str) -> None:
    """From then on it lives as long as after a rebuild; what is absent stays absent."""
    homes = timelines()
    assert not await homes.prolong(key)
    await homes.rebuild(key, Database(1).newest)
    await redis.pexpire(f"{key}:z", 30_000)
    assert await homes.prolong(key)
    assert 30_000 < await redis.pttl(f"{key}:z") <= 60_000


async def test_every_key_has_a_ttl_that_nothing_prolongs(
    timelines: Timelines, redis: Redis, key: str
) -> None:
    """A lost push is healed by the rebuild: so neither reads nor pushes keep a timeline alive."""
    homes, database = timelines(), Database(1)
    database.hold()
    rebuild = asyncio.create_task(homes.rebuild(key, database.newest))
    await database.started.wait()
    await homes.push([key], 2)
    assert 0 < await redis.pttl(f"{key}:b") <= 60_000
    database.gate.set()
    await rebuild
    assert [f"{key}:z".encode()] == await redis.keys(f"{key}*")
    assert 0 < await redis.pttl(f"{key}:z") <= 60_000
    await redis.pexpire(f"{key}:z", 30_000)
    await homes.push([key], 3)
    await homes.page(key, limit=9)
    assert 0 < await redis.pttl(f"{key}:z") <= 30_000


async def test_control_a_timeline_that_pushes_prolong_is_never_healed(
    timelines: Timelines, redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: while somebody writes, a post whose push was lost stays away."""
    monkeypatch.setattr(scripts, "_CHANGE", PUSH_THAT_PROLONGS)
    homes = timelines()
    await homes.rebuild(key, Database(1).newest)
    await redis.pexpire(f"{key}:z", 30_000)
    await homes.push([key], 3)
    assert 30_000 < await redis.pttl(f"{key}:z")


async def test_a_log_does_not_outlive_its_rebuild(
    timelines: Timelines, redis: Redis, key: str
) -> None:
    """Neither pushes nor other rebuilds prolong it: else one that keeps failing lets it grow."""
    homes, database = timelines(), Database(1)
    database.error = LookupError("the database said no")
    with pytest.raises(LookupError, match="said no"):
        await homes.rebuild(key, database.newest)
    await redis.pexpire(f"{key}:b", 30_000)
    with pytest.raises(LookupError, match="said no"):
        await homes.rebuild(key, database.newest)
    await homes.push([key], 2)
    assert 0 < await redis.pttl(f"{key}:b") <= 30_000


async def test_scripts_survive_being_forgotten(
    timelines: Timelines, redis: Redis, key: str
) -> None:
    """After SCRIPT FLUSH, as after a restart, every step works again."""
    homes = timelines()
    await redis.script_flush()
    await homes.rebuild(key, Database(1).newest)
    await redis.script_flush()
    assert await homes.push([key, f"{key}:absent"], 2) == 1
    assert await homes.page(key, limit=9) == Page([2, 1], "nowhere")


async def play(seed: int, timelines: Timelines, key: str) -> bool:
    """Write, delete and rebuild in an order drawn from ``seed``; say whether the feed is right."""
    dice, database = random.Random(seed), Database(*range(1, 8))
    pushed = set(database.ids)  # what may be removed: a removal must not overtake its push
    homes = [timelines(most=6) for _ in range(2)]

    async def load(limit: int) -> list[int]:
        ids = database.below(None, limit)
        await spin(dice.randrange(60))
        return ids

    async def act(step: int) -> None:
        await spin(dice.randrange(200))
        home = dice.choice(homes)
        if dice.random() < 0.3:
            await home.rebuild(key, load)
        elif dice.random() < 0.3:
            if pushed:  # what was pushed may all be gone
                gone = dice.choice(sorted(pushed))
                pushed.discard(gone)
                database.ids.discard(gone)
                await home.remove([key], gone)
        else:
            database.ids.add(10 + step)
            await home.push([key], 10 + step)
            pushed.add(10 + step)

    await homes[0].rebuild(key, load)
    await asyncio.gather(*(act(step) for step in range(20)))
    return await walk(homes[0], key, database) == sorted(database.ids, reverse=True)


async def first_wrong(timelines: Timelines, key: str, games: int) -> int | None:
    """Play games until one goes wrong; return its seed."""
    for seed in range(games):
        if not await play(seed, timelines, f"{key}:{seed}"):
            return seed
    return None


async def test_timeline_and_database_together_are_the_feed(timelines: Timelines, key: str) -> None:
    """Whatever the order of pushes, removals and rebuilds, whoever reads to the end misses none."""
    assert await first_wrong(timelines, key, 25) is None


async def test_control_the_game_finds_a_missing_log(
    timelines: Timelines, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch: without the log some order of the same game ends with a wrong feed."""
    monkeypatch.setattr(scripts, "_CHANGE", WITHOUT_THE_LOG)
    assert await first_wrong(timelines, key, 50) is not None  # four games in ten go wrong


async def test_another_tools_value_is_no_timeline(
    timelines: Timelines, redis: Redis, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read past, pushed past, and replaced by the next rebuild."""
    lines, database = timelines(), Database(1, 2, 3)
    await redis.set(f"{key}:z", b"\x80\x04bytes of another tool")
    assert await lines.page(key, limit=2) is None
    assert await lines.push([key], 4) == 0
    monkeypatch.setattr(scripts, "_CHANGE", WITHOUT_A_LOOK_AT_THE_TYPE)
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await lines.push([key], 4)
    await lines.rebuild(key, database.newest)
    assert await lines.page(key, limit=2) == Page([3, 2], "here")
