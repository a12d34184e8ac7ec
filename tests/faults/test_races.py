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
# So many at a time, one begun every so often: a process that is late is late for a few races only.
AT_A_TIME, EVERY_S = 50, 0.003
WITHIN_S, LOAD_S = 0.010, 0.030  # both sides begin within this, and a load takes up to that
BOUND_S = 1.0  # the published one


async def race(
    crew: Crew, setup: Setup, folder: Path, races: int
) -> tuple[list[Stale], list[Stale], int]:
    """Run the races; then let both processes read all items.

    Returns the reads that were older than a finished write, those beyond the bound, and how many
    fills were refused.
    """
    roomy = replace(setup, load_s=LOAD_S, loads_at_once=AT_A_TIME)
    reader, writer = await crew.open(roomy, roomy)
    for items in batches(races):
        at_s = time.monotonic() + 0.01
        await asyncio.gather(
            run(reader, "read", items, folder, at_s=at_s, every_s=EVERY_S, within_s=WITHIN_S),
            run(writer, "write", items, folder, at_s=at_s, every_s=EVERY_S, within_s=WITHIN_S),
        )
    refused = (await reader.counts())["refused_fill"]
    # Let the promised time pass since the last write, then look at what stayed.
    await asyncio.sleep(BOUND_S)
    for items in batches(races):
        await asyncio.gather(*(run(each, "read", items, folder) for each in (reader, writer)))
    history = read_history(folder)
    assert 4 * races == len(history)
    return stale_reads(history), stale_reads(history, bound_s=BOUND_S), refused


def batches(races: int) -> list[list[int]]:
    """The items, one for each race."""
    items = list(range(1, races + 1))
    return [items[place : place + AT_A_TIME] for place in range(0, races, AT_A_TIME)]


async def run(
    worker: Worker,
    role: str,
    items: list[int],
    folder: Path,
    *,
    at_s: float = 0.0,
    every_s: float = 0.0,
    within_s: float = 0.0,
) -> None:
    """Let a process read or write these items, each once."""
    times: dict[str, Any] = {"at_s": at_s, "every_s": every_s, "within_s": within_s}
    assert {} == await worker.ask("race", role=role, items=items, folder=str(folder), **times)


async def test_no_write_is_undone_by_a_late_fill(crew: Crew, setup: Setup, tmp_path: Path) -> None:
    """And late fills there were: they are counted as they are refused."""
    old, too_old, refused = await race(crew, setup, tmp_path, RACES)
    print(f"{RACES} races: {refused} fills refused, {len(old)} old reads, {len(too_old)} too old")
    assert [] == too_old
    assert refused > RACES // 100


async def test_without_the_fence_writes_are_undone(
    crew: Crew, setup: Setup, tmp_path: Path
) -> None:
    """The switch: the same races with fills that show no token."""
    races, too_old = 200, list[Stale]()
    for attempt in range(5):  # one is enough nearly always
        folder = tmp_path / str(attempt)
        folder.mkdir()
        _, too_old, _ = await race(crew, replace(setup, shared="unfenced"), folder, races)
        print(f"{races} races without the fence: {len(too_old)} reads too old")
        if too_old:
            break
    assert len(too_old) > 0
