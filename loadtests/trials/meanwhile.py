"""What is done to a subject while traffic goes on: at its times, noted as it was done."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from loadtests.generator import Moment


class Act(NamedTuple):
    """Something to do `at_s` after the first request is meant to start."""

    at_s: float
    do: Callable[[], Awaitable[None]]


class Meanwhile:
    """Acts in order of their times. When the traffic began is learnt from what it tells."""

    def __init__(self, acts: Sequence[Act] = ()) -> None:
        self.acts = acts
        self._notes: list[tuple[float, str]] = []
        self._began: asyncio.Future[float] | None = None

    def note(self, said: str) -> None:
        """Something happened just now, for the timeline."""
        self._notes.append((time.time(), said))

    def events(self, started_at: float) -> list[tuple[float, str]]:
        """What was noted, in seconds from `started_at` (unix time)."""
        return [(at - started_at, said) for at, said in self._notes]

    def watch(self, moment: Moment) -> None:
        """Hear how far the traffic has come."""
        if self._began is not None and not self._began.done():
            self._began.set_result(time.monotonic() - moment["at_s"])

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Acts are done during the block; what was not due before its end is done at its end.

        Raises what an act raised. When the block fails, nothing more is done.
        """
        self._began = asyncio.get_running_loop().create_future()
        doing = asyncio.create_task(self._do(self._began))
        try:
            yield
            if not self._began.done():  # the traffic was over before it told anything
                self._began.set_result(time.monotonic())
            await doing
        finally:
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)

    async def _do(self, began: asyncio.Future[float]) -> None:
        began_at = await began
        for act in self.acts:
            await asyncio.sleep(began_at + act.at_s - time.monotonic())
            await act.do()
