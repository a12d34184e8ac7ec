"""Turns begin from a warm pair, whatever the turn before them wrote; and stores are put back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from loadtests.contest import QUICK
from loadtests.databases import with_database
from loadtests.errors import LoadTestError
from loadtests.kept_store import keep, put_back
from loadtests.resting import Idle
from loadtests.sql import connected
from loadtests.trials import beginning
from loadtests.trials.company import Company
from loadtests.trials.ground import Ground
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage
from loadtests.trials.subject import Subject
from service.embedded.servers import Servers
from tests.loadtests.trials.small_company import small_company
from tests.world import Databases

LAYERED = Subject("layered", "", {"CORRAL_STRATEGY": "layered"})
NO_CACHE = Subject("no_cache", "", {"CORRAL_STRATEGY": "no_cache"})
TINY = replace(QUICK, warm_requests=300, settle_requests=20)
ROWS = "select (select count(*) from comments) + (select count(*) from posts)"


@pytest_asyncio.fixture
async def redis(servers: Servers) -> AsyncIterator[Any]:
    """An empty store."""
    async with Redis.from_url(servers.redis_urls["naive"]) as opened:
        await opened.flushdb()
        yield opened
        await opened.flushdb()


async def test_what_lay_in_a_store_is_put_back(
    redis: Any, servers: Servers, tmp_path: Path
) -> None:
    """Every type, as many keys as take several rounds, with the lives that are left of them."""
    url, file = servers.redis_urls["naive"], tmp_path / "kept"
    await redis.mset({f"post:{number}": b"\x00\xff" * 40 for number in range(2_500)})
    await redis.hset("counts", mapping={"likes": 3, "views": 9})
    await redis.zadd("feed", {"7": 1.5, "8": 2.5})
    await redis.set("brief", "gone soon", px=50_000)
    assert await keep(url, file) == 2_503
    await redis.flushdb()
    await put_back(url, file)
    assert await redis.dbsize() == 2_503
    assert await redis.get("post:2499") == b"\x00\xff" * 40
    assert await redis.hgetall("counts") == {b"likes": b"3", b"views": b"9"}
    assert await redis.zrange("feed", 0, -1, withscores=True) == [(b"7", 1.5), (b"8", 2.5)]
    assert 0 < await redis.pttl("brief") <= 50_000
    assert -1 == await redis.ttl("post:0")


async def test_who_was_used_last_is_known_after_it_is_put_back(
    redis: Any, servers: Servers, tmp_path: Path
) -> None:
    """A cache that is cut then drops the least recently used, as it would have before."""
    url, file = servers.redis_urls["naive"], tmp_path / "kept"
    await redis.set("old", "x")
    dumped = await redis.dump("old")
    await redis.execute_command("RESTORE", "idle", 0, dumped, "IDLETIME", 1_000)
    await keep(url, file)
    await redis.flushdb()
    await put_back(url, file)
    assert await redis.object("IDLETIME", "old") < 60
    assert 1_000 <= await redis.object("IDLETIME", "idle") < 1_060


async def test_a_key_that_a_scan_told_of_twice_is_put_back_once(
    redis: Any, servers: Servers, tmp_path: Path
) -> None:
    """SCAN may: without REPLACE the second is refused, and with it the turn."""
    url, file = servers.redis_urls["naive"], tmp_path / "kept"
    await redis.set("post:1", "hello")
    await keep(url, file)
    file.write_bytes(file.read_bytes() * 2)
    await redis.flushdb()
    await put_back(url, file)
    assert (await redis.dbsize(), await redis.get("post:1")) == (1, b"hello")


async def test_a_store_that_fails_ends_the_turn_and_not_the_run(tmp_path: Path) -> None:
    """What a turn survives is a LoadTestError."""
    with pytest.raises(LoadTestError, match="The cache server failed"):
        await keep("redis://127.0.0.1:1/0", tmp_path / "kept")


@pytest.mark.parametrize(("valid", "made"), [([True], 1), ([False, True], 2), ([False] * 3, 2)])
async def test_a_warm_trace_with_errors_is_sent_once_more(
    monkeypatch: pytest.MonkeyPatch, valid: list[bool], made: int
) -> None:
    """All trials of the subject rest on it; the second is kept whatever it is."""
    pairs: list[Any] = [SimpleNamespace(phase={"valid": one}) for one in valid]
    asked = []

    async def make(*told: Any) -> Any:
        asked.append(told)
        return pairs[len(asked) - 1]

    monkeypatch.setattr(beginning, "_made", make)
    ground: Any = SimpleNamespace(pairs={})
    nothing: Any = None
    for _ in range(2):
        assert await beginning._pair(ground, nothing, LAYERED, nothing) is pairs[made - 1]
    assert len(asked) == made


async def rows(ground: Ground, database: str) -> int:
    """Posts and comments in one of its databases."""
    async with connected(with_database(ground.pristine_url, database)) as connection:
        return int(await connection.fetchval(ROWS))


def stub(*, starts_warm: bool = True) -> Scenario:
    """One that is never played."""

    async def nothing(_stage: Stage) -> Seen:
        raise AssertionError

    return Scenario("one", "", "", "steady", (), nothing, expected_s=0.0, starts_warm=starts_warm)


async def begun(
    company: Company, subject: Subject, scenario: Scenario, repeat: int
) -> tuple[int, int]:
    """Rows and keys where a turn begins; then everything is spoilt, as a turn may."""
    assert isinstance(company.ground, Ground)
    async with company.ground.opened(company.contest, subject, scenario, repeat) as contestant:
        found = await rows(company.ground, contestant.database), await contestant.store.keys()
        known = contestant.found.idle
        contestant.found.idle = known or Idle(sql_per_s=9.0 if scenario.starts_warm else 1.0)
        url = with_database(company.ground.pristine_url, contestant.database)
        async with connected(url) as connection:
            await connection.execute("truncate posts, users cascade")
    return found


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Where logs go."""
    return tmp_path


async def test_every_turn_begins_where_the_warm_trace_ended(
    servers: Servers, databases: Databases, work: Path
) -> None:
    """The trace is sent once; one that starts cold has the rows of the template and no key.

    Turns of a repeat are alike, and those of others differ by a short trace of their own.
    """
    async with small_company(servers, databases, [LAYERED, NO_CACHE], TINY, work) as company:
        assert isinstance(company.ground, Ground)
        pristine = await rows(company.ground, "corral_pristine")
        first = await begun(company, LAYERED, stub(), 1)
        again = await begun(company, LAYERED, stub(), 1)
        cold = await begun(company, LAYERED, stub(starts_warm=False), 2)
        await begun(company, NO_CACHE, stub(), 1)
        sent = [phase["phase"] for phase in company.contest.conditions]
        assert first[0] == again[0] > pristine
        assert first[1] > 50
        assert cold == (pristine, 0)
        assert sent.count("warm") == 2, "once for each subject"
        assert (await rows(company.ground, "corral_no_cache__warm")) > pristine
        assert company.ground.pairs["no_cache"].entries == 0
        idle = {key: seen.sql_per_s for key, seen in company.ground.idle.items()}
        assert 9.0 == idle["layered", stub().group] == idle["no_cache", stub().group]
        assert 1.0 == idle["layered", stub(starts_warm=False).group], "not that of warm turns"
        pair = company.ground.pairs["layered"]
        async with connected(pair.template_url) as kept:
            assert 0 == await kept.fetchval("select count(*) from outbox")
