"""Processes of one side: started once, given a fresh stack for every measurement."""

import asyncio
import itertools
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.contenders import Contender
from benchmarks.environments import ROOT
from benchmarks.errors import BenchError
from benchmarks.processes import clean_environment, dying_with_us
from benchmarks.sides.side import CannotDo

# For any order: so long means that something hangs which must not.
ANSWER_S = 90.0


class Worker:
    """The other end of a `benchmarks.worker`."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.versions: dict[str, str] = {}
        self._process = process
        self._log = log
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._began: dict[str, asyncio.Event] = {}
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def started(cls, python: str, side: str, log: Path) -> "Worker":
        """A new process."""
        with log.open("ab") as said:
            process = await asyncio.create_subprocess_exec(
                *(python, "-m", "benchmarks.worker", side),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                cwd=ROOT,
                env=clean_environment(),
                limit=1 << 22,
                start_new_session=True,
                preexec_fn=dying_with_us(),
            )
        return cls(process, log)

    async def ask(self, order: str, **details: Any) -> Any:
        """Give an order and wait for its answer. Raises CannotDo or BenchError."""
        assert self._process.stdin is not None
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "order": order, **details})
        self._process.stdin.write(line.encode() + b"\n")
        try:
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            raise BenchError(f"A process did not answer to {order} in {ANSWER_S} s.") from None
        finally:
            del self._asked[number]

    async def began(self, key: str) -> None:
        """Wait until it begins to load a key."""
        await self._began.setdefault(key, asyncio.Event()).wait()

    def kill(self) -> None:
        """End it as nobody expects."""
        self._process.kill()

    async def end(self) -> None:
        """Let it end in order; one that is stuck is killed."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(3):
                await self._listening
        except TimeoutError:
            self.kill()
            await self._listening

    @property
    def is_alive(self) -> bool:
        """Whether it can take orders."""
        return not self._listening.done() and self._process.returncode is None

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self._hear(json.loads(line))
        await self._process.wait()
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(
                    BenchError(f"A process has ended before it answered; {self._log} says why.")
                )

    def _hear(self, message: dict[str, Any]) -> None:
        if "began" in message:
            self._began.setdefault(message["began"], asyncio.Event()).set()
            return
        asked = self._asked.get(message["id"])
        if asked is None or asked.done():
            return
        if "cannot" in message:
            asked.set_exception(CannotDo(message["cannot"]))
        elif "error" in message:
            asked.set_exception(BenchError(message["error"]))
        else:
            asked.set_result(message["answer"])


class Crew:
    """Workers by contender; those of the others sleep meanwhile, with everything closed."""

    def __init__(self, python: Callable[[Contender], str], folder: Path) -> None:
        self.versions: dict[str, dict[str, str]] = {}
        self._python = python
        self._folder = folder
        self._workers: dict[str, list[Worker]] = {}

    @asynccontextmanager
    async def opened(
        self, contender: Contender, count: int, **setup: Any
    ) -> AsyncIterator[list[Worker]]:
        """So many processes with a fresh stack each; the dead are replaced."""
        workers = [worker for worker in self._workers.get(contender.key, []) if worker.is_alive]
        missing = range(count - len(workers))
        workers += await asyncio.gather(*(self._started(contender) for _ in missing))
        self._workers[contender.key] = workers
        in_use = workers[:count]
        opening = (worker.ask("open", variant=contender.variant, **setup) for worker in in_use)
        for hello in await asyncio.gather(*opening):
            self.versions[contender.key] = hello["versions"]
        try:
            yield in_use
        finally:
            alive = [worker for worker in in_use if worker.is_alive]
            await asyncio.gather(*(worker.ask("close") for worker in alive))

    async def dismiss(self, contender: Contender) -> None:
        """End the workers of one side, whatever state they are in."""
        await asyncio.gather(*(worker.end() for worker in self._workers.pop(contender.key, [])))

    async def end(self) -> None:
        """End them all."""
        everybody = [worker for workers in self._workers.values() for worker in workers]
        await asyncio.gather(*(worker.end() for worker in everybody))

    async def _started(self, contender: Contender) -> Worker:
        log = self._folder / f"{contender.key}.log"
        return await Worker.started(self._python(contender), contender.module, log)
