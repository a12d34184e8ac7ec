"""The link that tells a process of invalidations breaks while keys change elsewhere."""

import asyncio
import time
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.faults.checker import Stale, stale_reads
from tests.faults.fleet import Crew, Worker
from tests.faults.history import read_history
from tests.faults.items import Gate
from tests.faults.proxy import Proxy
from tests.faults.rig import Setup
from tests.faults.sizes import size
from tests.waiting import until

ITEMS = list(range(1, size(200, 1_000) + 1))
TRUST_S = 2.0  # how long a link that has fallen silent is trusted: the bound of what is near


async def reader_and_writer(crew: Crew, setup: Setup, proxy: Proxy) -> tuple[Worker, Worker]:
    """A reader with all items near it, and its subscribers behind the proxy; a writer."""
    # A bulkhead that turns nobody away: all items are loaded at about the same time.
    roomy = replace(setup, loads_at_once=len(ITEMS))
    behind = replace(roomy, push_url=f"redis://127.0.0.1:{proxy.port}/0")
    reader, writer = await crew.open(behind, roomy)

    async def is_trusted() -> bool:
        return (await reader.counts())["trusted"] >= 1

    await until(is_trusted)
    await reader.ask("read", items=ITEMS)
    before = await reader.counts()
    await reader.ask("read", items=ITEMS)
    assert before == await reader.counts()  # nothing was asked of the shared cache
    return reader, writer


async def old_after_a_cut(crew: Crew, gate: Gate, setup: Setup, proxy: Proxy) -> int:
    """Cut the link, change all items, let it be made anew; how many old ones are then read."""
    reader, writer = await reader_and_writer(crew, setup, proxy)
    links = (await reader.counts())["link_up"]
    proxy.refuse()
    await writer.ask("write", items=ITEMS)
    proxy.heal()

    async def is_up() -> bool:
        return (await reader.counts())["link_up"] >= links + 2  # of the wake, and of the push

    await until(is_up)
    pairs = zip(await reader.ask("read", items=ITEMS), await gate.versions(ITEMS), strict=True)
    return sum(seen < written for seen, written in pairs)


async def test_a_new_link_leaves_nothing_old_near(
    crew: Crew, gate: Gate, setup: Setup, proxy: Proxy
) -> None:
    """Nobody repeats what was published meanwhile, so all that is near goes."""
    assert 0 == await old_after_a_cut(crew, gate, setup, proxy)


async def test_without_the_flush_all_that_is_near_stays_old(
    crew: Crew, gate: Gate, setup: Setup, proxy: Proxy
) -> None:
    """The switch: a push that goes on with a new link as if nothing had been missed."""
    trusting = replace(setup, near="trusting")
    assert len(ITEMS) == await old_after_a_cut(crew, gate, trusting, proxy)


async def old_behind_a_dead_link(
    crew: Crew, setup: Setup, proxy: Proxy, folder: Path
) -> tuple[list[Stale], list[Stale]]:
    """Let the link fall silent, change all items, read them all the time.

    Returns the old values read at all, and those read beyond the bound.
    """
    reader, writer = await reader_and_writer(crew, setup, proxy)

    async def run(worker: Worker, role: str, seconds: float) -> None:
        plan: dict[str, Any] = {"role": role, "items": ITEMS, "folder": str(folder)}
        plan |= {"at_s": time.monotonic(), "every_s": seconds / len(ITEMS), "within_s": 0.0}
        assert {} == await worker.ask("race", **plan)

    proxy.hang("down")
    writing = asyncio.create_task(run(writer, "write", 0.5))
    until_s = float("inf")
    while time.monotonic() < until_s:
        await run(reader, "read", 0.5)
        if writing.done():
            until_s = min(until_s, time.monotonic() + TRUST_S + 0.5)
    await writing
    history = read_history(folder)
    return stale_reads(history), stale_reads(history, bound_s=TRUST_S)


async def test_a_silent_link_is_not_trusted_for_long(
    crew: Crew, setup: Setup, proxy: Proxy, tmp_path: Path
) -> None:
    """What is near is old for a while, and no longer than the heartbeat allows."""
    old, too_old = await old_behind_a_dead_link(crew, setup, proxy, tmp_path)
    print(f"{len(old)} old reads, at most {max(stale.late_s for stale in old):.2f} s")
    assert len(old) > 0
    assert [] == too_old


async def test_without_the_heartbeat_a_silent_link_is_trusted(
    crew: Crew, setup: Setup, proxy: Proxy, tmp_path: Path
) -> None:
    """The switch: a trust that outlives its proof by far."""
    credulous = replace(setup, trust_s=60.0)
    _, too_old = await old_behind_a_dead_link(crew, credulous, proxy, tmp_path)
    assert len(too_old) > 0
