"""Jobs end with their block, also when a library loses the cancellation that should end them."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import SimpleNamespace
from typing import cast

import pytest

from service.jobs import purging, view_flush
from service.jobs.notes import Notes
from service.strategies.tools import Tools

PATIENCE_S = 20.0


class Lossy:
    """Loses the first cancellation, as a driver's `wait_for` can; holds from then on."""

    def __init__(self) -> None:
        self.held = asyncio.Event()
        self.lost = 0

    async def hold(self, *_: object) -> int:
        """Wait for ever, until cancelled."""
        self.held.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if self.lost:
                raise
            self.lost += 1
        return 0

    async def flush(self) -> None:
        """The same."""
        await self.hold()


def purges(lossy: Lossy, monkeypatch: pytest.MonkeyPatch) -> AbstractAsyncContextManager[None]:
    """The purge of keys, held in its statement."""
    monkeypatch.setattr(purging, "purge_keys", lossy.hold)
    tools = cast("Tools", SimpleNamespace(engine=None))
    return purging.purging(tools, Notes(lambda *_, **__: None), every_s=0.001)


def flushes(lossy: Lossy, _: pytest.MonkeyPatch) -> AbstractAsyncContextManager[None]:
    """The flush of views, held in its script."""
    return view_flush.flushing_views(lossy, every_s=0.001, observe=lambda *_, **__: None)


Job = Callable[[Lossy, pytest.MonkeyPatch], AbstractAsyncContextManager[None]]


async def has_ended(job: Job, monkeypatch: pytest.MonkeyPatch, *, within_s: float) -> bool:
    """Whether the block of a job that loses a cancellation is left in time."""
    lossy, leave = Lossy(), asyncio.Event()

    async def block() -> None:
        async with job(lossy, monkeypatch):
            await leave.wait()

    task = asyncio.create_task(block())
    await lossy.held.wait()
    leave.set()
    done, _ = await asyncio.wait((task,), timeout=within_s)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert lossy.lost == 1
    return bool(done)


@pytest.mark.parametrize("job", [purges, flushes])
async def test_a_lost_cancellation_is_repeated(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends."""
    assert await has_ended(job, monkeypatch, within_s=PATIENCE_S)


async def cancelled_once(task: "asyncio.Task[None]") -> None:
    """The switch: one cancellation, and patience."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(("job", "module"), [(purges, purging), (flushes, view_flush)])
async def test_control_cancelled_once_it_goes_on(
    job: Job, module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And whoever waits for it waits for ever."""
    monkeypatch.setattr(module, "ended", cancelled_once)
    assert not await has_ended(job, monkeypatch, within_s=1.0)
