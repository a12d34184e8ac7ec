"""A gate before one subject's cache: the services reach it through a process that can be shut."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from loadtests.errors import LoadTestError
from loadtests.processes import running, tail

ROOT = Path(__file__).parents[2]
KEEPER = "loadtests.trials.gatekeeper"
ANSWERS_WITHIN_S = 10.0
DEFAULT_PORT = 6379


class Gate:
    """The runner's end of a passage; each order returns when it is in force.

    It is a process of its own: what the runner does meanwhile delays no command. `url` is how the
    services reach their cache through it.
    """

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders, self._words, self._log = process.stdin, process.stdout, log
        self.pid = process.pid
        self.url = ""

    async def stand_before(self, url: str) -> None:
        """Learn the port, and with it the address."""
        parts = urlsplit(url)
        user, at, _ = parts.netloc.rpartition("@")
        place = f"{user}{at}127.0.0.1:{(await self._hear())['port']:.0f}"
        self.url = urlunsplit(parts._replace(netloc=place))

    async def open(self) -> None:
        """End every fault."""
        await self._order("open")

    async def shut(self) -> None:
        """The cache is down: connections are reset, new ones refused."""
        await self._order("shut")

    async def hang(self) -> None:
        """The cache hangs: connections are accepted, and nothing comes back."""
        await self._order("hang")

    async def slow(self, delay_s: float) -> None:
        """The cache is slow: every answer comes so much later."""
        await self._order(f"slow {delay_s}")

    async def lead_to(self, host: str) -> None:
        """Every request that begins from now on goes to this process of the service."""
        await self._order(f"lead {host.replace(':', ' ')}")

    @property
    def host(self) -> str:
        """Its own address, as "127.0.0.1:8000"."""
        return urlsplit(self.url).netloc

    async def cpu_s(self) -> float:
        """CPU time that it has taken so far."""
        return (await self._order("cpu"))["cpu_s"]

    async def _order(self, words: str) -> dict[str, float]:
        self._orders.write(f"{words}\n".encode())
        await self._orders.drain()
        return await self._hear()

    async def _hear(self) -> dict[str, float]:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                line = await self._words.readline()
        except TimeoutError:
            line = b""
        if not line:
            raise LoadTestError(f"The gate before the cache is gone; it says:\n{tail(self._log)}")
        said: dict[str, float] = json.loads(line)
        return said


@asynccontextmanager
async def gated(url: str, *, env: Mapping[str, str], logs: Path) -> AsyncIterator[Gate]:
    """An open gate for the length of the block. Raises LoadTestError for what it cannot forward."""
    parts = urlsplit(url)
    if parts.scheme != "redis" or not parts.hostname:
        raise LoadTestError("A gate stands only before a cache at redis://host:port, without TLS.")
    place = (parts.hostname, parts.port or DEFAULT_PORT)
    async with _kept("bytes", place, env, logs / "gate.log") as gate:
        await gate.stand_before(url)
        yield gate


@asynccontextmanager
async def balanced(host: str, *, env: Mapping[str, str], logs: Path) -> AsyncIterator[Gate]:
    """A gate before a process of the service at `host`, which may lead to another later."""
    name, _, port = host.rpartition(":")
    log = logs / f"balancer-{port}.log"
    async with _kept("requests", (name, int(port)), env, log) as gate:
        await gate.stand_before(f"http://{host}")
        yield gate


@asynccontextmanager
async def _kept(
    link: str, place: tuple[str, int], env: Mapping[str, str], log: Path
) -> AsyncIterator[Gate]:
    command = [sys.executable, "-m", KEEPER, link, place[0], str(place[1])]
    given = {**env, "PYTHONPATH": str(ROOT)}
    async with running(command, env=given, log=log, talks=True) as process:
        yield Gate(process, log)
