"""The one database of a run: 10,000 seeded posts, and how many loads they have met."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from loadtests.alone import UnclearError, load_alone_ms
from loadtests.errors import LoadTestError
from loadtests.peers.statements import COUNTER, EXPENSIVE
from loadtests.processes import output_of, running, tail
from loadtests.services import CORRAL
from loadtests.sql import Connection, connected

NAME = "corral_peers"
POSTS = 10_000  # what `corral seed --size small` makes
SEED = 1
LOAD_MS = 200.0
TRIED = 1_000  # posts compared in the first try, from which the number is reckoned
PROSE = 426  # bytes of title and body in an answer of 750
BODY = "octet_length(p.title) + octet_length(p.body)"


@dataclass(frozen=True, slots=True)
class Loads:
    """Loads since some beginning: begun (by the sequence), done and their time (by statistics)."""

    begun: int
    done: int
    exec_ms: float

    def __sub__(self, earlier: "Loads") -> "Loads":
        return Loads(
            self.begun - earlier.begun, self.done - earlier.done, self.exec_ms - earlier.exec_ms
        )

    @property
    def mean_ms(self) -> float | None:
        """How long one took, as PostgreSQL saw it."""
        return self.exec_ms / self.done if self.done else None


class Database:
    """Counts and looks; what is measured goes over connections of others."""

    def __init__(self, url: str, connection: Connection) -> None:
        self.url = url
        self._connection = connection

    async def loads(self) -> Loads:
        """All so far."""
        begun = await self.begun()
        row = await self._connection.fetchrow(
            "SELECT coalesce(sum(s.calls), 0)::bigint AS done, "
            "coalesce(sum(s.total_exec_time), 0)::float8 AS exec_ms FROM pg_stat_statements s "
            "JOIN pg_database d ON d.oid = s.dbid "
            "WHERE d.datname = current_database() AND s.query LIKE '%begun as materialized%'"
        )
        assert row is not None
        return Loads(begun, row["done"], row["exec_ms"])

    async def begun(self) -> int:
        """Loads that have begun: a look at the sequence, which costs next to nothing."""
        return int(
            await self._connection.fetchval(
                f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {COUNTER}"  # noqa: S608
            )
        )

    async def at_work(self) -> int:
        """Loads that run at this moment."""
        return int(
            await self._connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND state = 'active' AND query LIKE '%begun as materialized%' "
                "AND pid <> pg_backend_pid()"
            )
        )

    async def end_all(self) -> None:
        """End every connection but ours: who was killed has left statements that still run."""
        await self._connection.fetch(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    async def ids(self) -> list[int]:
        """Every post, those first whose text makes an answer of about 750 bytes."""
        rows = await self._connection.fetch(
            f"SELECT p.id FROM posts p WHERE p.deleted_at IS NULL "  # noqa: S608 - constants
            f"ORDER BY abs({BODY} - {PROSE}), p.id"
        )
        return [row["id"] for row in rows]

    async def tuned(self, post_id: int, *, wanted_ms: float = LOAD_MS) -> tuple[int, float]:
        """How many posts the expensive query must compare to take so long, and how long it does."""
        tried_ms = await self._median_ms(post_id, TRIED)
        newest = round(min(max(TRIED * wanted_ms / tried_ms, 10), POSTS))
        return newest, await self._median_ms(post_id, newest)

    async def _median_ms(self, post_id: int, newest: int) -> float:
        return median([await self._once_ms(post_id, newest) for _ in range(5)])

    async def alone_ms(self, post_id: int, newest: int) -> float | None:
        """What the expensive query takes while nobody else asks; None where that is not clear."""
        with suppress(UnclearError):
            return await load_alone_ms(partial(self._once_ms, post_id, newest))
        return None

    async def _once_ms(self, post_id: int, newest: int) -> float:
        before = await self.loads()
        await self._connection.fetchrow(EXPENSIVE, post_id, newest)
        return (await self.loads() - before).exec_ms

    async def version(self) -> str:
        """Of the server."""
        return str(await self._connection.fetchval("SHOW server_version"))


@asynccontextmanager
async def servers(home: Path, env: Mapping[str, str], work: Path) -> AsyncIterator[tuple[str, str]]:
    """Embedded servers of `home`, up: URLs of PostgreSQL and of a Valkey, for the block.

    Raises LoadTestError.
    """
    log = work / "servers.log"
    command = [*CORRAL, "env", "up", "--json", "--home", str(home), "--valkey", "peers"]
    async with running(command, env=env, log=log, talks=True) as process:
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line:
            raise LoadTestError(f"The servers do not start; their last words:\n{tail(log)}")
        addresses = json.loads(line)
        yield addresses["database_url"], addresses["redis_urls"]["peers"]


async def seeded(server_url: str, env: Mapping[str, str]) -> str:
    """The URL of the database with 10,000 posts, made unless the last run has left it."""
    url = f"{server_url.rpartition('/')[0]}/{NAME}"
    async with connected(server_url) as connection:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", NAME):
            await connection.execute(f"CREATE DATABASE {NAME}")
    given = {**env, "DATABASE_URL": url}
    await output_of([*CORRAL, "migrate"], env=given)
    async with connected(url) as connection:
        posts = await connection.fetchval("SELECT count(*) FROM posts WHERE deleted_at IS NULL")
    if posts != POSTS:
        seed = [*CORRAL, "seed", "--size", "small", "--seed", str(SEED), "--yes"]
        await output_of(seed, env=given)
    return url


@asynccontextmanager
async def database(url: str) -> AsyncIterator[Database]:
    """Ready to count. Raises LoadTestError."""
    async with connected(url) as connection:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        await connection.execute(f"DROP SEQUENCE IF EXISTS {COUNTER}")
        await connection.execute(f"CREATE SEQUENCE {COUNTER}")
        yield Database(url, connection)
