"""One process loads an item while another writes it: whatever the order, the write stays."""

import asyncio
import time
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.faults.checker import Stale, stale_reads
from tests.faults.fleet import Crew, Worker
from tests.faults.history import read_history
from tests.faults.rig import Setup
from tests.faults.sizes import size

RACES = size(1_000, 10_000)
EVERY_S = 0.003  # one race begins; as many as two cores bear
WITHIN_S = 0.010
BOUND_S = 1.0  # the published one


async def race(crew: Crew, setup: Setup, folder: Path, races: int) -> tuple[list[Stale], int]:
    """Run the races, then let both processes read all items; old reads, and refused fills."""
    # Nobody is turned away: a slow machine makes the races slow, not fewer.
    workers = await crew.open(*[replace(setup, load_s=WITHIN_S, loads_at_once=races)] * 2)
    items = list(range(1, races + 1))
    plan: dict[str, Any] = {
        "items": items,
        "at_s": time.monotonic() + 0.1,
        "every_s": EVERY_S,
        "within_s": WITHIN_S,
        "folder": str(folder),
    }
    roles = zip(workers, ["read", "write"], strict=True)
    errors = await asyncio.gather(
        *(worker.ask("race", role=role, **plan) for worker, role in roles)
    )
    assert [{}, {}] == errors
    # Let the promised time pass since the last write, then look at what stayed.
    await asyncio.sleep(BOUND_S)
    await asyncio.gather(*(look(worker, items, folder) for worker in workers))
    refused = sum([(await worker.counts())["refused_fill"] for worker in workers])
    history = read_history(folder)
    assert 4 * races == len(history)
    return stale_reads(history, bound_s=BOUND_S), refused


async def look(worker: Worker, items: list[int], folder: Path) -> None:
    """Let a process read every item once."""
    now_s = time.monotonic()
    plan: dict[str, Any] = {"at_s": now_s, "every_s": 0.0, "within_s": 0.0}
    assert {} == await worker.ask("race", role="read", items=items, folder=str(folder), **plan)


async def test_no_write_is_undone_by_a_late_fill(crew: Crew, setup: Setup, tmp_path: Path) -> None:
    """And late fills there were: they are counted as they are refused."""
    stale, refused = await race(crew, setup, tmp_path, RACES)
    print(f"{len(stale)} old reads, {refused} fills refused in {RACES} races")
    assert [] == stale
    assert refused > RACES // 100


async def test_without_the_fence_writes_are_undone(
    crew: Crew, setup: Setup, tmp_path: Path
) -> None:
    """The switch: the same races with fills that show no token."""
    stale, _ = await race(crew, replace(setup, shared="unfenced"), tmp_path, 200)
    print(f"{len(stale)} old reads in 200 races without the fence")
    assert len(stale) > 0
