"""Two processes read and write the same items for a while, and every single read is checked."""

import asyncio
import time
from collections import Counter
from pathlib import Path

from msgspec.structs import replace

from tests.faults.checker import Stale, stale_reads
from tests.faults.fleet import Crew
from tests.faults.history import Operation, read_history
from tests.faults.proxy import Proxy
from tests.faults.rig import Setup
from tests.faults.sizes import size

ITEMS = list(range(1, 21))
PROCESSES = 2
CALLERS = 32  # in each process
OPERATIONS = size(5_000, 50_000)
JITTER_S = 0.020
# Of four turns an item is written in one: it is quiet for longer than the bound.
TURN_S = 0.5
BOUND_S = 1.0  # the published one: no read that starts later than this after a write is older


async def play(
    crew: Crew, setup: Setup, proxy: Proxy, folder: Path, operations: int
) -> tuple[list[Operation], int]:
    """Let the processes read and write behind a link of changing speed.

    Returns what they did, and how many fills were refused.
    """
    url = f"redis://127.0.0.1:{proxy.port}/0"
    far = replace(setup, redis_url=url, push_url=url)
    workers = await crew.open(*[far] * PROCESSES)
    proxy.slow(0.0, JITTER_S)
    errors = await asyncio.gather(
        *(
            worker.ask(
                "play",
                folder=str(folder),
                items=ITEMS,
                until_s=time.monotonic() + 8 * TURN_S,
                callers=CALLERS,
                turn_s=TURN_S,
                least=operations // PROCESSES,
            )
            for worker in workers
        )
    )
    proxy.heal()
    assert [{}] * PROCESSES == errors
    refused = sum([(await worker.counts())["refused_fill"] for worker in workers])
    return read_history(folder), refused


async def test_no_read_is_older_than_promised(
    crew: Crew, setup: Setup, proxy: Proxy, tmp_path: Path
) -> None:
    """No single one; and the race was run: fills came too late, and were refused."""
    started_s = time.monotonic()
    brief = replace(setup, load_s=JITTER_S / 2)
    history, refused = await play(crew, brief, proxy, tmp_path, OPERATIONS)
    old = stale_reads(history)
    kinds = Counter(operation.name for operation in history)
    longest_s = max((stale.late_s for stale in old), default=0.0)
    print(
        f"{dict(kinds)} in {time.monotonic() - started_s:.0f} s, {refused} fills refused, "
        f"{len(old)} reads behind a finished write, by {longest_s * 1000:.0f} ms at most"
    )
    assert len(history) >= OPERATIONS
    assert 0.4 < kinds["write"] / len(history) < 0.6
    assert [] == stale_reads(history, bound_s=BOUND_S)
    assert refused > OPERATIONS // 1000


async def test_without_the_fence_reads_stay_old(
    crew: Crew, setup: Setup, proxy: Proxy, tmp_path: Path
) -> None:
    """The switch: late fills are stored, and seen long after the writes that they undid.

    Loads take longer here, so that many are under way when the last write of a turn is made.
    """
    unfenced = replace(setup, shared="unfenced", load_s=3 * JITTER_S)
    stale: list[Stale] = []
    for attempt in range(5):  # one is enough nearly always
        folder = tmp_path / str(attempt)
        folder.mkdir()
        history, _ = await play(crew, unfenced, proxy, folder, 2_000)
        stale = stale_reads(history, bound_s=BOUND_S)
        print(f"{len(stale)} of {len(history)} operations read what was over {BOUND_S:.0f} s old")
        if stale:
            break
    assert len(stale) > 0
