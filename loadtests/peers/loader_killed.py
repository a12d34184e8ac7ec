"""Whoever loads is killed: its process A holds the only load, and 250 wait for it on B."""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial

from loadtests.peers.contenders import Contender
from loadtests.peers.herds import Run, herd_of
from loadtests.peers.lab import PROCESSES, Lab, hosts_of
from loadtests.peers.result import Herd
from loadtests.peers.stampede import warmed
from loadtests.peers.tally import Tally
from loadtests.peers.trial import undisturbed
from loadtests.services import Server

ARRIVE_S = 0.05  # after the load began
KILL_S = 0.1
SPARE = 2  # tries more than are wanted


class TooLate(Exception):
    """Nobody was loading any more."""


async def loader_killed(lab: Lab, one: Contender, tally: Tally) -> Herd | None:
    """As often as the sizes say, on fresh processes. None when each try was spoilt."""
    runs: list[Run] = []
    for number in range(lab.sizes.kills + SPARE):
        if len(runs) == lab.sizes.kills or (runs and not _all_answered(runs[-1])):
            break  # who lets them wait in vain does so each time
        lab.show.begin(f"loader killed {number + 1}: {one.title}", 5.0)
        async with lab.serving(one, PROCESSES, expensive=True) as servers:
            await warmed(lab, servers)
            runs += await _tried(lab, servers, tally)
        await lab.database.end_all()
        lab.show.end()
    return herd_of(runs)


async def _tried(lab: Lab, servers: Sequence[Server], tally: Tally) -> list[Run]:
    """One run, or none: a loader that was killed too late is no fault of anybody's."""
    try:
        found = await undisturbed(
            lab, servers, partial(_killed, lab, servers), tally, tries=1, late_ms=_late_ms
        )
    except TooLate as late:
        tally.made += 1
        tally.why.append(str(late))
        return []
    return [found] if found else []


def _late_ms(run: Run) -> float:
    return run.late_ms


def _all_answered(run: Run) -> bool:
    return all(one.is_good for one in run.answers)


async def _killed(lab: Lab, servers: Sequence[Server]) -> Run:
    loader, waiting = servers
    await lab.valkey.flush()
    before = await lab.database.loads()
    began: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    herd = asyncio.create_task(
        lab.client.shoot(
            hosts_of([waiting]),
            [(ARRIVE_S, 0, lab.hot_id)] * lab.sizes.waiters,
            prepare=lab.sizes.waiters,
            timeout_s=lab.sizes.patience_s,
            began=began,
        )
    )
    await asyncio.wait((began, herd), return_when=asyncio.FIRST_COMPLETED)
    asked = asyncio.create_task(_ask(loader.host, lab.hot_id))
    await asyncio.sleep(KILL_S)
    at_work = await lab.database.at_work()
    loader.process.kill()
    code = await loader.process.wait()
    answer = await asked
    answers = await herd
    if answer or not at_work:
        raise TooLate(
            f"the loader was killed too late: {at_work} at work, and it had answered {answer!r}"
        )
    fault = f"killed by signal {-code} with {at_work} at work, before it answered"
    return Run(answers, await lab.database.loads() - before, fault)


async def _ask(host: str, post_id: int) -> str:
    """The first line of an answer; "" when the other end has gone."""
    name, _, port = host.rpartition(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    writer.write(f"GET /v1/posts/{post_id} HTTP/1.1\r\nhost: corral\r\n\r\n".encode())
    line = b""
    with contextlib.suppress(OSError):
        line = await reader.readline()
    writer.close()
    return line.decode().strip()
