"""PostgreSQL and Valkeys from wheels, held by a process that ends them when we end."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.errors import LoadTestError
from loadtests.processes import running, tail
from loadtests.services import CORRAL

END_S = 12.0  # PostgreSQL has its time to close what is open; more than that is a hang


@dataclass(frozen=True)
class Servers:
    """Where they listen; caches by the names they were asked for under."""

    database_url: str
    redis_urls: Mapping[str, str]


@asynccontextmanager
async def servers(
    home: Path, names: Sequence[str], *, work: Path, env: Mapping[str, str]
) -> AsyncIterator[Servers]:
    """One PostgreSQL and a Valkey a name, their data in `home`, up for the length of the block.

    Raises LoadTestError with their own words when they cannot start, as when another run has them.
    """
    command = [*CORRAL, "env", "up", "--home", str(home), "--json"]
    command += [word for name in names for word in ("--valkey", name)]
    log = work / "servers.log"
    async with running(command, env=env, log=log, talks=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = await process.stdout.readline()
            if not line:
                raise LoadTestError(f"The servers of this run did not start:\n{tail(log)}")
            yield Servers(**json.loads(line))
        finally:
            # The end of its input is its order to end them in good order, and to wait for it.
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(END_S):
                    await process.wait()
