"""One strategy's server processes: started on free ports, asked for their counters, ended."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from loadtests.errors import LoadTestError
from loadtests.http import call
from loadtests.processes import free_port, running, tail

CORRAL = (str(Path(sys.executable).with_name("corral")),)  # of the same environment
PROCESSES = 2  # with one, a process-wide guard would look like a fleet-wide one
READY_WITHIN_S = 60.0
# All load comes from one address, and a refusal would be no measurement. Reports say so.
UNLIMITED = "127.0.0.1/32"


class Load(TypedDict):
    """One load by one process; times are unix seconds."""

    id: int
    kind: str
    key: str
    start_s: float
    end_s: float
    ok: bool


class Stats(TypedDict):
    """The counters of one process since its start, and its loads since the one asked for."""

    pid: int
    strategy: str
    cpu_s: float
    sql_statements: int
    requests: dict[str, int]
    loads_total: int
    loads: list[Load]


@dataclass(frozen=True)
class Server:
    """One process, and where it writes what it has to say."""

    host: str
    process: asyncio.subprocess.Process
    log: Path

    async def ready(self) -> None:
        """Wait until it answers. Raises LoadTestError when it ends first, or stays silent."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not await self._answers():
                    self.check_alive()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise LoadTestError(
                f"{self.host} is not ready after {READY_WITHIN_S:.0f} s; it says:\n{tail(self.log)}"
            ) from None

    async def _answers(self) -> bool:
        try:
            await call(f"http://{self.host}/readyz")
        except LoadTestError:
            return False
        return True

    def check_alive(self) -> None:
        """Raise LoadTestError, with its last words, when it has ended."""
        if (code := self.process.returncode) is not None:
            raise LoadTestError(
                f"The server for {self.host} ended with {code}; its last words:\n{tail(self.log)}"
            )


@dataclass(frozen=True)
class Service:
    """The processes of one strategy."""

    strategy: str
    servers: list[Server]
    admin_token: str

    @property
    def tells(self) -> bool:
        """Whether its counters can be read."""
        return bool(self.admin_token)

    @property
    def hosts(self) -> list[str]:
        """Where they listen, as "127.0.0.1:8000"."""
        return [server.host for server in self.servers]

    @property
    def pids(self) -> list[int]:
        """Their process ids."""
        return [server.process.pid for server in self.servers]

    async def ready(self) -> None:
        """Wait until every process answers."""
        await asyncio.gather(*(server.ready() for server in self.servers))

    def check_alive(self) -> None:
        """Raise LoadTestError, with its last words, when a process has ended."""
        for server in self.servers:
            server.check_alive()

    async def stats(self, since: Sequence[int] | None = None) -> list[Stats]:
        """Counters of every process; loads after `since`, one id a process. None where untold."""
        if not self.tells:
            return []
        marks = since or [2**53] * len(self.hosts)
        return list(
            await asyncio.gather(
                *(
                    call(f"http://{host}/v1/admin/stats?since={mark}", token=self.admin_token)
                    for host, mark in zip(self.hosts, marks, strict=True)
                )
            )
        )

    async def expire(self, entry: str) -> None:
        """Drop one logical entry everywhere. One process is told; that it is enough is tested."""
        await call(
            f"http://{self.hosts[0]}/v1/admin/cache/expire",
            method="POST",
            token=self.admin_token,
            body={"entry": entry},
            expected=204,
        )

    async def get(self, path: str) -> None:
        """Ask every process once, for instance to warm what is about to expire."""
        for host in self.hosts:
            await call(f"http://{host}{path}")


@dataclass(frozen=True)
class Elsewhere(Service):
    """A service that somebody else started: `servers` is empty, `addresses` are its processes'."""

    addresses: list[str]
    local_pids: list[int]

    @property
    def hosts(self) -> list[str]:
        """Where it listens."""
        return self.addresses

    @property
    def pids(self) -> list[int]:
        """Its processes on this machine, which are no strangers to a measurement."""
        return self.local_pids


@asynccontextmanager
async def serving(
    strategy: str, *, env: Mapping[str, str], logs: Path, admin_token: str
) -> AsyncIterator[Service]:
    """Two processes for the length of the block; wait for `ready` before use.

    `env` says which plan they follow; `strategy` is what it is called here.
    """
    async with AsyncExitStack() as stack:
        servers = []
        for number in range(PROCESSES):
            port = free_port()
            log = logs / f"{strategy.replace('/', '_')}-{number + 1}.log"
            log.unlink(missing_ok=True)
            serve = [*CORRAL, "serve", "--host", "127.0.0.1"]
            serve += ["--port", str(port), "--end-with-parent"]
            process = await stack.enter_async_context(running(serve, env=env, log=log))
            servers.append(Server(f"127.0.0.1:{port}", process, log))
        yield Service(strategy, servers, admin_token)
