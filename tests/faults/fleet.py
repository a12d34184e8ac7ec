"""Processes of ours: started, told what to do, killed, replaced."""

import asyncio
import itertools
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tests.faults.rig import Setup

PROJECT = Path(__file__).parents[2]
# For an order: so long means that something hangs which must not. A history takes what it takes.
ANSWER_S = 60.0
LONG_S = {"play": 600.0}


class WorkerFailed(Exception):
    """An order could not be carried out."""


class Outcome(NamedTuple):
    """How many callers got each version, and each error."""

    versions: Counter[int]
    errors: Counter[str]

    def __add__(self, other: object) -> "Outcome":
        """Both together."""
        assert isinstance(other, Outcome)
        return Outcome(self.versions + other.versions, self.errors + other.errors)


class Worker:
    """The other end of a `tests.faults.worker`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self._process = process
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def started(cls) -> "Worker":
        """A new process."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.worker",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=PROJECT,
            limit=1 << 20,
        )
        return cls(process)

    async def ask(self, order: str, **details: Any) -> Any:
        """Give an order and wait for its answer. Raises WorkerFailed."""
        assert self._process.stdin is not None
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "order": order, **details})
        self._process.stdin.write(line.encode() + b"\n")
        try:
            async with asyncio.timeout(LONG_S.get(order, ANSWER_S)):
                return await answer
        finally:
            del self._asked[number]

    async def open(self, setup: Setup) -> None:
        """Give it a fresh stack."""
        await self.ask("open", setup=msgspec.to_builtins(setup))

    async def finish(self, name: str) -> "Outcome":
        """Wait for the callers of that name."""
        answer = await self.ask("finish", name=name)
        versions = {int(version): count for version, count in answer["versions"].items()}
        return Outcome(Counter(versions), Counter(answer["errors"]))

    async def counts(self) -> Counter[str]:
        """What the patterns of this process reported since its stack was opened."""
        return Counter(await self.ask("counts"))

    async def kill(self) -> None:
        """End it as nobody expects."""
        self._process.kill()
        await self._listening

    async def end(self) -> None:
        """Let it end in order; a process that is stopped or stuck is killed."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await self._listening
        except TimeoutError:
            await self.kill()

    @property
    def is_alive(self) -> bool:
        """Whether it can take orders."""
        return not self._listening.done()

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            answer = json.loads(line)
            asked = self._asked.get(answer["id"])
            if asked is None or asked.done():
                continue
            if "error" in answer:
                asked.set_exception(WorkerFailed(answer["error"]))
            else:
                asked.set_result(answer["answer"])
        await self._process.wait()
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(WorkerFailed(f"process {self.pid} has ended"))


class Crew:
    """As many workers as a test asks for; they serve one test after another."""

    def __init__(self) -> None:
        self._workers: list[Worker] = []

    async def open(self, *setups: Setup) -> list[Worker]:
        """A process for each set-up, with a fresh stack; the dead are replaced."""
        self._workers = [worker for worker in self._workers if worker.is_alive]
        missing = range(len(setups) - len(self._workers))
        self._workers += await asyncio.gather(*(Worker.started() for _ in missing))
        pairs = list(zip(self._workers, setups, strict=False))
        await asyncio.gather(*(worker.open(setup) for worker, setup in pairs))
        return [worker for worker, _ in pairs]

    async def one_more(self, setup: Setup) -> Worker:
        """A process beside those in use, with a fresh stack."""
        worker = await Worker.started()
        self._workers.append(worker)
        await worker.open(setup)
        return worker

    async def end(self) -> None:
        """End them all."""
        await asyncio.gather(*(worker.end() for worker in self._workers))
