"""A run ends when whoever started it has gone."""

import asyncio
import os

import pytest

from loadtests.lifeline import cancel_without


async def forever() -> None:
    """Work that ends only when it is cancelled."""
    await asyncio.Event().wait()


async def test_a_run_whose_parent_has_gone_is_cancelled() -> None:
    """Our parent is not the one that was named: it died, and another took us over."""
    work = asyncio.create_task(forever())
    await cancel_without(os.getpid(), work)
    with pytest.raises(asyncio.CancelledError):
        await work


@pytest.mark.parametrize("parent", [os.getppid(), None])
async def test_a_run_goes_on_while_its_parent_lives(parent: int | None) -> None:
    """However often one looks; and without a parent to watch, always."""
    looks = 0

    async def look(_: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            raise TimeoutError

    work = asyncio.create_task(forever())
    with pytest.raises(TimeoutError):
        await cancel_without(parent, work, sleep=look)
    assert not work.cancelling()
    work.cancel()
