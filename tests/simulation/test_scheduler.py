"""The loop keeps asyncio's promises, and repeats itself exactly."""

import asyncio
import hashlib
import subprocess
import sys

import pytest

from tests.simulation.scheduler import START_S, Stuck, new_scheduler
from tests.simulation.world import World


def test_time_passes_only_when_nothing_is_ready() -> None:
    """An hour of sleep takes no time, and others sleep meanwhile."""
    loop = new_scheduler(1)

    async def main() -> list[str]:
        done: list[str] = []

        async def sleep(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            done.append(name)

        await asyncio.gather(sleep("late", 3600), sleep("early", 60))
        return done

    assert ["early", "late"] == loop.run_until_complete(main())
    assert START_S + 3600 == loop.time()


def test_the_tools_of_asyncio_work() -> None:
    """Timeouts, events, wait and cancellation, as the patterns use them."""
    loop = new_scheduler(1)

    async def main() -> str:
        event = asyncio.Event()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await event.wait()
        task = asyncio.create_task(event.wait())
        _done, pending = await asyncio.wait((task,), timeout=1)
        assert {task} == pending
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        loop.call_soon(event.set)
        return "over" if await event.wait() else ""

    assert "over" == loop.run_until_complete(main())


def test_one_lane_runs_in_order_and_two_in_any() -> None:
    """Within a process asyncio's order holds; between two the seed decides."""

    def run(seed: int) -> tuple[str, ...]:
        loop, said = new_scheduler(seed), list[str]()
        lanes = [loop.new_lane(name) for name in "ab"]

        async def say(name: str) -> None:
            for number in range(3):
                said.append(f"{name}{number}")
                await asyncio.sleep(0)

        async def main() -> None:
            for lane in lanes:
                loop.spawn(lane, say(lane.name))
            await asyncio.sleep(1)

        loop.run_until_complete(main())
        return tuple(said)

    orders = {run(seed) for seed in range(50)}
    assert len(orders) > 10
    for said in orders:
        assert ["a0", "a1", "a2"] == [word for word in said if word[0] == "a"]


def test_a_frozen_lane_stands_still_and_loses_nothing() -> None:
    """A process that stands still hears everything later."""
    loop = new_scheduler(1)
    lane = loop.new_lane("a")
    heard: list[float] = []

    async def main() -> None:
        lane.frozen = True
        loop.arrive(lane, 1.0, lambda: heard.append(loop.time()))
        await asyncio.sleep(5)
        lane.frozen = False
        await asyncio.sleep(1)

    loop.run_until_complete(main())
    assert [START_S + 5] == heard


def test_a_deadlock_is_an_error() -> None:
    """Whoever waits for what nobody will do fails the schedule at once."""
    with pytest.raises(Stuck, match="nobody will ever wake"):
        new_scheduler(1).run_until_complete(asyncio.Event().wait())


def digest_of_traces() -> str:
    """Of some schedules, word by word."""
    lines: list[str] = []
    for seed in range(12):
        world = World(seed, ("failover", "holder_pause", "lost_messages")[seed % 3], traced=True)
        world.run()
        lines += world.lines
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_a_seed_gives_the_same_schedule_everywhere() -> None:
    """Also in another process, where sets are in another order: else no failure could be shown."""
    code = f"from {__name__} import digest_of_traces as d; print(d())"
    command = [sys.executable, "-c", code]
    other = subprocess.run(command, capture_output=True, text=True, check=True)
    assert digest_of_traces() == other.stdout.strip()
