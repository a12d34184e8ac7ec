"""A run ends when it is told to, and when whoever started it has gone."""

import asyncio
import os
import signal
from collections import Counter

import pytest

from loadtests.lifeline import Stopping, stop_without
from tests.waiting import until


async def test_a_run_whose_parent_has_gone_is_stopped() -> None:
    """Our parent is not the one that was named: it died, and another took us over."""
    calls: Counter[str] = Counter()
    await stop_without(os.getpid(), lambda: calls.update(["stopped"]))
    assert calls["stopped"] == 1


@pytest.mark.parametrize("parent", [os.getppid(), None])
async def test_a_run_goes_on_while_its_parent_lives(parent: int | None) -> None:
    """However often one looks; and without a parent to watch, always."""
    calls: Counter[str] = Counter()

    async def look(_: float) -> None:
        calls["looks"] += 1
        if calls["looks"] == 3:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await stop_without(parent, lambda: calls.update(["stopped"]), sleep=look)
    assert calls["stopped"] == 0


async def cleaned_up(requests: int, *, once: bool) -> bool:
    """Whether a task got through its clean-up, told to stop that often."""
    working, ending, done = asyncio.Event(), asyncio.Event(), False

    async def work() -> None:
        nonlocal done
        try:
            working.set()
            await asyncio.Event().wait()
        finally:
            await ending.wait()
            done = True

    task = asyncio.create_task(work())
    stop = Stopping(task, lambda: None).ask if once else task.cancel
    await working.wait()
    for _ in range(requests):
        stop()
        await asyncio.sleep(0)
    ending.set()
    await asyncio.gather(task, return_exceptions=True)
    return done


async def test_only_the_first_request_to_stop_cancels() -> None:
    """The next ones would cancel the clean-up; and so they do without the guard."""
    assert await cleaned_up(4, once=True)
    assert not await cleaned_up(4, once=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_cancels_and_raises_nothing(number: signal.Signals) -> None:
    """Raised in the event loop, an exception would lose what was about to be woken."""
    told = asyncio.Event()
    task = asyncio.create_task(asyncio.Event().wait())
    Stopping(task, told.set).listen()
    try:
        for _ in range(4):
            os.kill(os.getpid(), number)
        await asyncio.wait_for(told.wait(), 5)
        with pytest.raises(asyncio.CancelledError):
            await task
    finally:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)


async def test_a_clean_up_that_hangs_can_be_broken_off() -> None:
    """When the patience is over, a signal is again what it is everywhere."""
    task = asyncio.create_task(asyncio.Event().wait())
    stopping = Stopping(task, lambda: None, patience_s=0)
    stopping.listen()
    stopping.ask()
    await asyncio.gather(task, return_exceptions=True)

    async def is_let_go() -> bool:
        return signal.getsignal(signal.SIGINT) is signal.default_int_handler

    await until(is_let_go)


async def test_a_stop_is_said_aloud_once() -> None:
    """What was started takes seconds to end, and nobody knows whether the key was heard."""
    said: list[str] = []
    task = asyncio.create_task(asyncio.Event().wait())
    stopping = Stopping(task, lambda: said.append("Stopping"))
    stopping.ask()
    stopping.ask()
    assert said == ["Stopping"]
    with pytest.raises(asyncio.CancelledError):
        await task
