"""The one Valkey of a run: it may be killed, and comes back empty on the same port."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from loadtests.errors import LoadTestError
from loadtests.processes import free_port, running, tail

HOST = "127.0.0.1"
UP_S = 10.0
_SCAN = 1_000


class Valkey:
    """A server from `executable`, not started; it keeps nothing on disk."""

    def __init__(self, executable: str, env: Mapping[str, str], work: Path) -> None:
        self.port = free_port()
        self._executable = executable
        self._env = env
        self._work = work
        self._log = work / "valkey.log"
        self._process: asyncio.subprocess.Process | None = None
        self._running = AsyncExitStack()
        # Without redis-py's ten retries: that it does not answer is an answer.
        self._redis: Any = Redis(host=HOST, port=self.port, retry=Retry(NoBackoff(), 0))

    def url(self, number: int) -> str:
        """One of its numbered key spaces, of which each side has one."""
        return f"redis://{HOST}:{self.port}/{number}"

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it, empty, and wait until it answers. Raises LoadTestError."""
        settings = {"port": self.port, "bind": HOST, "dir": self._work, "save": "", "databases": 32}
        words = [str(word) for name, value in settings.items() for word in (f"--{name}", value)]
        server = running([self._executable, *words], env=self._env, log=self._log)
        self._process = await self._running.enter_async_context(server)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(UP_S):
                while not await self.is_up():
                    if self._process.returncode is not None:
                        break
                    await asyncio.sleep(0.01)
                else:
                    return
        raise LoadTestError(f"Valkey does not start; its last words:\n{tail(self._log)}")

    async def kill(self) -> None:
        """SIGKILL: its port refuses at once, and all it held is gone."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def is_up(self) -> bool:
        """Whether it answers."""
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError):
            return False

    async def flush(self) -> None:
        """Empty it."""
        await self._redis.flushall()

    async def version(self) -> str:
        """What it says it is."""
        server = await self._redis.info("server")
        return f"{server.get('server_name', 'redis')} {server.get('valkey_version', '?')}"

    async def bytes_of(self, number: int) -> tuple[int, int]:
        """Keys of one key space, and their bytes: names, values, and what holds them."""
        keys = total = cursor = 0
        redis: Any = Redis.from_url(self.url(number))
        async with redis:
            while True:
                cursor, names = await redis.scan(cursor, count=_SCAN)
                pipeline = redis.pipeline(transaction=False)
                for name in names:
                    pipeline.memory_usage(name, samples=0)
                sizes = [size for size in await pipeline.execute() if size] if names else []
                keys, total = keys + len(sizes), total + sum(sizes)
                if cursor == 0:
                    return keys, total

    async def aclose(self) -> None:
        """End it."""
        await self._redis.aclose()
        await self._running.aclose()


@asynccontextmanager
async def valkey(executable: str, env: Mapping[str, str], work: Path) -> AsyncIterator[Valkey]:
    """A running server for the length of the block."""
    server = Valkey(executable, env, work)
    try:
        await server.start()
        yield server
    finally:
        await server.aclose()
