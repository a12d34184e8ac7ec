"""The runner's end of the Locust process: a plan goes in, a report comes out."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypedDict

from loadtests.errors import LoadTestError
from loadtests.plan import Plan
from loadtests.processes import running, tail
from loadtests.recorder import Report

SCENARIO = Path(__file__).parent / "sending" / "measured.py"


class Moment(TypedDict):
    """What a running plan tells now and then."""

    at_s: float
    rate_per_s: float
    p99_ms: float


Watch = Callable[[Moment], None]


class Generator:
    """A Locust process that waits for plans."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.pid = process.pid
        self.ended = process.wait
        self._orders, self._words = process.stdin, process.stdout
        self._log = log

    async def ready(self) -> None:
        """Wait until Locust is up."""
        await self._hear("ready", lambda _moment: None)

    def end(self) -> None:
        """Give no more orders: Locust leaves by itself."""
        self._orders.close()

    async def run(self, plan: Plan, watch: Watch = lambda _moment: None) -> Report:
        """Carry out one plan. Raises LoadTestError when Locust breaks down."""
        self._orders.write(plan.to_line().encode())
        await self._orders.drain()
        await self._hear("done", watch)
        return _read(plan.out)

    async def _hear(self, word: str, watch: Watch) -> None:
        while line := (await self._words.readline()).decode():
            if not line.startswith("@ "):
                continue
            message = json.loads(line[2:])
            if word in message:
                return
            if "at_s" in message:
                watch(message)
        raise LoadTestError(f"Locust ended too early; {self._log} says:\n{tail(self._log)}")


def _read(path: str) -> Report:
    report: Report = json.loads(Path(path).read_text())
    return report


@asynccontextmanager
async def generating(*, env: Mapping[str, str], logs: Path) -> AsyncIterator[Generator]:
    """A generator for the length of the block; wait for `ready` before use."""
    log = logs / "locust.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "locust", "-f", str(SCENARIO), "--headless", "--users", "1"]
    command += ["--only-summary", "--exit-code-on-error", "0"]
    async with running(command, env=alone(env, logs), log=log, talks=True, cwd=logs) as process:
        yield Generator(process, log)


def alone(env: Mapping[str, str], home: Path) -> dict[str, str]:
    """The environment without what Locust would read from it: settings of somebody's own tests."""
    kept = {name: value for name, value in env.items() if not name.startswith("LOCUST_")}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(SCENARIO.parents[2])}
