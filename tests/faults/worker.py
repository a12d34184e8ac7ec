"""One process of a fleet: `python -m tests.faults.worker`.

Standard input: a line of JSON per order, `{"id": 1, "order": "read", ...}`; standard output: a
line per answer, `{"id": 1, "answer": ...}` or `{"id": 1, "error": "..."}`, in the order in which
they are ready. It ends with its input, and with the process that started it.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import uvloop

from service.embedded.linux import die_with_parent
from tests.faults.history import Recorder
from tests.faults.items import Item
from tests.faults.rig import Rig, Setup
from tests.faults.stack import opened

T = TypeVar("T")
SOME = 8


class Worker:
    """Carries out orders; the public methods are the orders."""

    def __init__(self) -> None:
        self._closing = AsyncExitStack()
        self._rig: Rig | None = None
        self._callers: dict[str, list[asyncio.Task[Item]]] = {}

    @property
    def rig(self) -> Rig:
        """The stack in use."""
        assert self._rig is not None, "the first order is `open`"
        return self._rig

    async def open(self, setup: dict[str, Any]) -> int:
        """Build a stack, after closing the one before; return this process's number."""
        await self.close()
        self._rig = await self._closing.enter_async_context(opened(msgspec.convert(setup, Setup)))
        return os.getpid()

    async def close(self) -> None:
        """Close the stack."""
        self._callers.clear()
        self._rig = None
        await self._closing.aclose()

    async def counts(self) -> dict[str, int]:
        """What the patterns reported since `open`."""
        return dict(self.rig.events)

    async def start(self, name: str, item: int, count: int, at_s: float = 0.0) -> None:
        """Let so many callers ask for an item, at a time; answer when all of them have asked."""
        await asyncio.sleep(max(0.0, at_s - time.monotonic()))
        self._callers[name] = [asyncio.create_task(self.rig.read(item)) for _ in range(count)]
        await asyncio.sleep(0)

    async def cancel(self, name: str, place: int = 0) -> None:
        """Cancel one of the callers of that name, as the end of its client's connection does."""
        self._callers[name][place].cancel()
        await asyncio.wait([self._callers[name][place]])

    async def finish(self, name: str) -> dict[str, Any]:
        """Wait for all callers of that name; return how many got each version or error."""
        callers = self._callers.pop(name)
        await asyncio.wait(callers)
        versions: Counter[int] = Counter()
        errors: Counter[str] = Counter()
        for caller in callers:
            if caller.cancelled():
                errors["CancelledError"] += 1
            elif error := caller.exception():
                errors[repr(error)] += 1
            else:
                versions[caller.result().version] += 1
        return {"versions": versions, "errors": errors}

    async def read(self, items: list[int]) -> list[int]:
        """Read items, a few at a time; return their versions."""
        return [item.version for item in await _some_at_a_time(self.rig.read, items)]

    async def write(self, items: list[int]) -> list[int]:
        """Write items, a few at a time; return their new versions."""
        return [version for version, _ in await _some_at_a_time(self.rig.write, items)]

    async def die_after_commit(self, item: int) -> None:
        """Write an item, and be gone before anybody else hears of it."""
        await self.rig.commit(item)
        os.kill(os.getpid(), signal.SIGKILL)

    async def race(
        self, role: str, items: list[int], at_s: float, every_s: float, within_s: float, folder: str
    ) -> dict[str, int]:
        """Read or write each item once, at a random time within its race, and record it.

        The races begin at `at_s`, one every `every_s`; both sides are given the same times.
        """
        errors: Counter[str] = Counter()
        with Recorder(Path(folder), os.getpid()) as recorder:

            async def run(place: int, item: int) -> None:
                start_s = at_s + place * every_s + random.uniform(0, within_s)
                await asyncio.sleep(start_s - time.monotonic())
                await self._operate(role, item, recorder, errors)

            await asyncio.gather(*(run(place, item) for place, item in enumerate(items)))
        return errors

    async def play(
        self,
        folder: str,
        items: Sequence[int],
        until_s: float,
        callers: int,
        turn_s: float,
        least: int = 0,
        pause_s: float = 0.0,
    ) -> dict[str, int]:
        """Read and write at random until a time, and `least` operations; record them.

        Half are reads and half are writes. Reads go to all items; writes to a quarter of them, each
        quarter in its turn of `turn_s`, so that every item has a quiet time in which an old value
        would show.
        """
        errors: Counter[str] = Counter()
        quarters = [items[place::4] for place in range(4)]
        with Recorder(Path(folder), os.getpid()) as recorder:

            async def call() -> None:
                while (now_s := time.monotonic()) < until_s or recorder.operations < least:
                    if random.random() < 0.5:
                        turn = quarters[int(now_s / turn_s) % 4]
                        await self._operate("write", random.choice(turn), recorder, errors)
                    else:
                        await self._operate("read", random.choice(items), recorder, errors)
                    await asyncio.sleep(random.uniform(0, pause_s))

            await asyncio.gather(*(call() for _ in range(callers)))
        return errors

    async def _operate(
        self, name: str, item: int, recorder: Recorder, errors: Counter[str]
    ) -> None:
        started_s = time.monotonic()
        try:
            if name == "read":
                version = (await self.rig.read(item)).version
            else:
                version, is_told = await self.rig.write(item)
                name = "write" if is_told else "untold"
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller did not get an answer
            errors[repr(error)] += 1
        else:
            recorder.record(name, item, version, started_s)


async def _some_at_a_time(operate: Callable[[int], Awaitable[T]], items: Sequence[int]) -> list[T]:
    """The answers for all items, in their order."""
    answers: list[T] = []
    for place in range(0, len(items), SOME):
        answers += await asyncio.gather(*map(operate, items[place : place + SOME]))
    return answers


async def serve() -> None:
    """Take orders until there are no more."""
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    worker = Worker()
    under_way: set[asyncio.Task[None]] = set()
    while line := await orders.readline():
        task = asyncio.create_task(_carry_out(worker, json.loads(line)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    for task in under_way:
        task.cancel()
    await worker.close()


async def _carry_out(worker: Worker, order: dict[str, Any]) -> None:
    number, name = order.pop("id"), order.pop("order")
    try:
        answer = {"id": number, "answer": await getattr(worker, name)(**order)}
    except Exception as error:  # noqa: BLE001 - the test is told, and decides
        answer = {"id": number, "error": repr(error)}
    os.write(sys.stdout.fileno(), json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    die_with_parent(os.getppid(), signal.SIGKILL)
    uvloop.run(serve())  # as the service runs
