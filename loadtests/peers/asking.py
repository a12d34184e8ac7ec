"""The runner's end of the client: orders out, answers in."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from loadtests.errors import LoadTestError
from loadtests.peers.client.closed import Window
from loadtests.processes import running, tail

MOST_CONNECTIONS = 1_000


@dataclass(frozen=True, slots=True)
class Answered:
    """One request of an open loop, in seconds since its beginning."""

    at_s: float
    started_s: float
    end_s: float
    outcome: int | str
    age_s: float | None

    @property
    def latency_s(self) -> float:
        """From the time that was meant."""
        return self.end_s - self.at_s

    @property
    def is_good(self) -> bool:
        """Whether it got the post."""
        return self.outcome == 200


class Client:
    """A client process; it carries out one order at a time."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self._heard = bytearray()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def window(
        self, host: str, ids: Sequence[int], *, connections: int, for_s: float, pids: Sequence[int]
    ) -> Window:
        """Ask over and over, for so long."""
        order = {"host": host, "ids": ids, "connections": connections, "for_s": for_s}
        return cast("Window", await self._ask("closed", order, pids=pids, once=False))

    async def touch(self, host: str, ids: Sequence[int], *, connections: int) -> Window:
        """Ask for each once."""
        order = {"host": host, "ids": ids, "connections": connections, "for_s": 0.0}
        return cast("Window", await self._ask("closed", order, pids=(), once=True))

    async def shoot(
        self,
        hosts: Sequence[str],
        shots: Sequence[tuple[float, int, int]],
        *,
        prepare: int = 0,
        timeout_s: float,
        began: "asyncio.Future[float] | None" = None,
    ) -> list[Answered]:
        """Send each (time, host's number, id) at its time; `began` is told when that is."""
        order = {"hosts": hosts, "shots": shots, "prepare": prepare, "timeout_s": timeout_s}
        await self._tell("open", order | {"most": MOST_CONNECTIONS})
        at_s = (await self._hear())["began"]
        if began is not None:
            began.set_result(at_s)
        return [Answered(*shot) for shot in (await self._hear())["answer"]["shots"]]

    async def place(self, cores: Sequence[int]) -> None:
        """Run on these cores."""
        await self._ask("place", {"cores": list(cores)})

    async def _ask(self, order: str, details: Mapping[str, Any], **more: Any) -> Any:
        await self._tell(order, {**details, **more})
        return (await self._hear())["answer"]

    async def _tell(self, order: str, details: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"order": order, **details}).encode() + b"\n")
        await self._process.stdin.drain()

    async def _hear(self) -> Any:
        assert self._process.stdout is not None
        while b"\n" not in self._heard:  # a line may be longer than what a StreamReader allows
            piece = await self._process.stdout.read(1 << 16)
            if not piece:
                raise LoadTestError(f"The client has ended; its last words:\n{tail(self._log)}")
            self._heard += piece
        line, _, rest = bytes(self._heard).partition(b"\n")
        self._heard = bytearray(rest)
        message = json.loads(line)
        if "error" in message:
            raise LoadTestError(f"The service could not be asked: {message['error']}")
        return message


@asynccontextmanager
async def asking(env: Mapping[str, str], work: Path) -> AsyncIterator[Client]:
    """A client for the length of the block."""
    command = [sys.executable, "-m", "loadtests.peers.client"]
    log = work / "client.log"
    async with running(command, env=env, log=log, talks=True) as process:
        yield Client(process, log)
