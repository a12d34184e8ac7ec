"""Servers start, answer, keep what was stored, and end with the block."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from redis.asyncio import Redis

from service.embedded.errors import EmbeddedError
from service.embedded.servers import Servers, running

from .processes import all_gone, holders, kill, owner, programs, value_of, within_deadline


def assert_refused(home: Path, reason: str, valkeys: Sequence[str] = ("default",)) -> None:
    """The servers of this home do not start, and the error says why."""
    with pytest.raises(EmbeddedError, match=reason), running(home, valkeys=valkeys):
        pass


def valkey_of(home: Path) -> int:
    """Pid of the one Valkey of a home."""
    (pid,) = (pid for pid, path in programs(home).items() if path.name == "valkey-server")
    return pid


linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


async def test_postgres_keeps_its_data_and_valkey_does_not(home: Path) -> None:
    """A restart of a home finds the rows again; a cache starts empty."""
    with running(home, valkeys=("naive", "article")) as first:
        await value_of(first.database_url, "CREATE TABLE kept AS SELECT 42 AS number")
        async with Redis.from_url(first.redis_urls["naive"]) as valkey:
            await valkey.set("k", "v")
    with running(home, valkeys=("naive", "article")) as second:
        assert await value_of(second.database_url, "SELECT number FROM kept") == 42
        await value_of(second.database_url, "DROP TABLE kept")
        async with Redis.from_url(second.redis_urls["naive"]) as valkey:
            assert await valkey.dbsize() == 0


async def test_each_valkey_is_a_server_of_its_own(home: Path) -> None:
    """What one name stores, another does not see; each forgets the least recently used key."""
    with running(home, valkeys=("naive", "article"), postgres=False) as up:
        async with (
            Redis.from_url(up.redis_urls["naive"]) as naive,
            Redis.from_url(up.redis_urls["article"]) as article,
        ):
            await naive.set("k", "v")
            assert await article.dbsize() == 0
            assert (await naive.config_get("maxmemory", "maxmemory-policy", "save")) == {
                "maxmemory": "0",
                "maxmemory-policy": "allkeys-lru",
                "save": "",
            }
        assert up.database_url == ""


async def test_postgres_is_set_up_for_counting_and_loopback(home: Path) -> None:
    """Statements are counted, utility ones are not; nothing listens but one loopback port."""
    expected = {
        "shared_preload_libraries": "pg_stat_statements",
        "pg_stat_statements.track_utility": "off",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        "max_connections": "200",
        "TimeZone": "UTC",
    }
    with running(home, valkeys=()) as up:
        url = up.database_url
        found = {name: await value_of(url, f"SHOW {name}") for name in expected}
        await value_of(url, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        await value_of(url, "SELECT length('counted')")
        seen = "SELECT calls FROM pg_stat_statements WHERE query = 'SELECT length($1)'"
        assert await value_of(url, seen) == 1
        utility = "SELECT count(*) FROM pg_stat_statements WHERE query LIKE 'CREATE %'"
        assert await value_of(url, utility) == 0
    assert expected == found


def test_database_names_another_database_of_the_server() -> None:
    """Only the path of the URL changes."""
    up = Servers("postgresql://corral@127.0.0.1:5/postgres", {})
    assert up.database("corral_naive") == "postgresql://corral@127.0.0.1:5/corral_naive"


@linux_only
async def test_block_that_fails_leaves_no_server(home: Path) -> None:
    """An exception in the block ends the programs, and comes through."""
    pids: set[int] = set()

    def fail() -> None:
        with running(home):
            pids.update(holders(home))
            raise RuntimeError("ours")

    with pytest.raises(RuntimeError, match="ours"):
        fail()
    assert len(pids) > 2
    assert set() == holders(home)
    assert all_gone(pids)


@linux_only
async def test_second_user_of_a_home_is_told_who_has_it(home: Path) -> None:
    """The error names the process; the first user's servers go on."""
    with owner(home) as first:
        before = valkey_of(home)
        assert_refused(home, f"in use by process {first.process.pid}")
        assert before == valkey_of(home)


async def test_store_of_another_version_is_refused(home: Path) -> None:
    """The error names the directory and what to do, and the store stays as it was."""
    version = home / "postgres" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("17\n")
    try:
        with (
            pytest.raises(
                EmbeddedError, match=r"home/postgres was made by PostgreSQL 17.*make clean"
            ),
            running(home),
        ):
            pass
        assert version.read_text() == "17\n"
    finally:
        version.write_text(ours)


@linux_only
async def test_pid_file_that_names_a_stranger_does_not_stop_a_start(home: Path) -> None:
    """A killed server's number may be somebody else's by now: here, that of this test."""
    (home / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{home}\n0\n1\n\n\n\n")
    with running(home, valkeys=()) as up:
        assert up.database_url


async def test_half_made_store_is_made_anew(tmp_path: Path) -> None:
    """What a killed first start left behind is thrown away."""
    (tmp_path / "postgres.new" / "base").mkdir(parents=True)
    said: list[str] = []
    with running(tmp_path, valkeys=(), report=said.append) as up:
        assert up.database_url
    assert [f"PostgreSQL: making a new store in {tmp_path}/postgres"] == said
    assert not (tmp_path / "postgres.new").exists()


async def test_name_that_is_no_file_name_is_refused(home: Path) -> None:
    """A Valkey's name becomes a directory, so it may not leave the home."""
    with (
        pytest.raises(EmbeddedError, match=r"'\.\./x' is no name"),
        running(home, valkeys=("../x",)),
    ):
        pass


@linux_only
async def test_a_server_that_ends_early_is_said(home: Path) -> None:
    """The owner's stderr names the server and its log."""
    with owner(home) as up:
        kill(valkey_of(home))
        assert up.process.stderr is not None
        assert f"corral: Valkey default has ended; see {home}/valkey-default.log\n" == (
            up.process.stderr.readline()
        )
    assert within_deadline(lambda: not holders(home))
