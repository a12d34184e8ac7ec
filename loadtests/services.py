"""One strategy's server processes: started on free ports, asked for their counters, ended."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NotRequired, TypedDict

from loadtests.errors import LoadTestError
from loadtests.http import call
from loadtests.processes import end, free_port, running, tail

CORRAL = (str(Path(sys.executable).with_name("corral")),)  # of the same environment
PROCESSES = 2  # with one, a process-wide guard would look like a fleet-wide one
READY_WITHIN_S = 60.0
UNLIMITED = "127.0.0.1/32"  # all load comes from there; a refusal would be no measurement


class Load(TypedDict):
    """One load by one process; times are unix seconds."""

    id: int
    kind: str
    key: str
    start_s: float
    end_s: float
    ok: bool


class Stats(TypedDict):
    """The counters of one process: `loads_total` have begun; older services tell fewer."""

    pid: int
    strategy: str
    cpu_s: float
    sql_statements: int
    sql_failed: NotRequired[int]
    sql_cut_off: NotRequired[int]
    requests: dict[str, int]
    in_flight: NotRequired[dict[str, int]]
    loads_total: int
    loads: list[Load]


async def stats_at(host: str, since: int, admin_token: str) -> Stats:
    """The counters of the process there, and its loads after the one with that number."""
    stats: Stats = await call(f"http://{host}/v1/admin/stats?since={since}", token=admin_token)
    return stats


@dataclass(frozen=True)
class Server:
    """One process at `host` ("127.0.0.1:8000"), and its log. `final`: its counters at its end."""

    host: str
    process: asyncio.subprocess.Process
    log: Path
    final: Stats | None = None

    async def stats(self, since: int, admin_token: str) -> Stats:
        """Its counters, and its loads after the one with that number."""
        if self.final is not None:
            later = [load for load in self.final["loads"] if load["id"] > since]
            return {**self.final, "loads": later, "in_flight": {}}
        return await stats_at(self.host, since, admin_token)

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


Launch = Callable[[int, Mapping[str, str]], Awaitable[Server]]


@dataclass(frozen=True)
class Service:
    """The processes of one strategy. Replaced ones stay listed, for their counts; `launch` adds."""

    strategy: str
    servers: list[Server]
    admin_token: str
    launch: Launch | None = field(default=None, kw_only=True)

    @property
    def tells(self) -> bool:
        """Whether its counters can be read."""
        return bool(self.admin_token)

    @property
    def serving(self) -> list[Server]:
        """Those that have not been replaced."""
        return [server for server in self.servers if server.final is None]

    @property
    def former(self) -> list[Server]:
        """Those that have; what they did at their end is in no counter of theirs."""
        return [server for server in self.servers if server.final is not None]

    @property
    def hosts(self) -> list[str]:
        """Where they listen."""
        return [server.host for server in self.serving]

    @property
    def pids(self) -> list[int]:
        """Their process ids, former ones included."""
        return [server.process.pid for server in self.servers]

    async def ready(self) -> None:
        """Wait until every process answers."""
        await asyncio.gather(*(server.ready() for server in self.serving))

    def check_alive(self) -> None:
        """Raise LoadTestError, with its last words, when a process has ended."""
        for server in self.serving:
            server.check_alive()

    async def add(self, changes: Mapping[str, str]) -> Server:
        """One more process, ready, with these changes of its environment."""
        assert self.launch is not None, "only services that we started can be added to"
        server = await self.launch(len(self.servers) + 1, changes)
        self.servers.append(server)
        await server.ready()
        return server

    async def retire(self, server: Server) -> None:
        """End a process that nobody sends anything any more, and keep its counters."""
        final = await server.stats(0, self.admin_token)
        self.servers[self.servers.index(server)] = replace(server, final=final)
        await end(server.process)

    async def stats(self, since: Sequence[int] | None = None) -> list[Stats]:
        """Counters of every process; loads after `since`, one id a process. None where untold."""
        if not self.tells:
            return []
        known = [2**53] * len(self.servers) if since is None else list(since)
        marks = known + [0] * (len(self.servers) - len(known))
        told = map(lambda server, mark: server.stats(mark, self.admin_token), self.servers, marks)
        return list(await asyncio.gather(*told))

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


@asynccontextmanager
async def serving(
    strategy: str, *, env: Mapping[str, str], logs: Path, admin_token: str
) -> AsyncIterator[Service]:
    """Two processes for the length of the block; wait for `ready` before use.

    `env` says which plan they follow; `strategy` is what it is called here.
    """
    async with AsyncExitStack() as stack:

        async def launch(number: int, changes: Mapping[str, str]) -> Server:
            port, log = free_port(), logs / f"{strategy.replace('/', '_')}-{number}.log"
            log.unlink(missing_ok=True)
            serve = f"serve --host 127.0.0.1 --port {port} --end-with-parent".split()
            starting = running([*CORRAL, *serve], env={**env, **changes}, log=log)
            process = await stack.enter_async_context(starting)
            return Server(f"127.0.0.1:{port}", process, log)

        servers = [await launch(number + 1, {}) for number in range(PROCESSES)]
        yield Service(strategy, servers, admin_token, launch=launch)
