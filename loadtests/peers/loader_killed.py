"""Whoever loads is killed: its process A holds the only load, and 250 wait for it on B."""

import asyncio
import contextlib
from collections.abc import Sequence

from loadtests.peers.contenders import Contender
from loadtests.peers.herds import Run, herd_of
from loadtests.peers.lab import Lab, Sizes, hosts_of
from loadtests.peers.stampede import ALONE_S, late_ms, two_processes
from loadtests.peers.work import SpoiltError, Work
from loadtests.services import Server

ARRIVE_S = 0.05  # after the load began
KILL_S = 0.1


async def _killed(lab: Lab, _one: Contender, servers: Sequence[Server], _number: int) -> Run:
    loader, waiting = servers
    await lab.valkey.flush()
    alone_ms = await lab.database.alone_ms(lab.hot_id, lab.newest)
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
        raise SpoiltError(
            f"the loader was killed too late: {at_work} at work, and it had answered {answer!r}"
        )
    fault = f"killed by signal {-code} with {at_work} at work, before it answered"
    loads = await lab.database.loads() - before
    return Run(answers, loads, alone_ms, lab.sizes.patience_s, fault)


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


def _expected_s(sizes: Sizes, one: Contender) -> float:
    return ALONE_S + (5.0 if one.is_guarded else 3.0 + sizes.patience_s)


LOADER_KILLED = Work(
    "loader_killed",
    "loader killed",
    two_processes,
    _killed,
    herd_of,
    repeats=lambda sizes, _: sizes.repeats,
    expected_s=_expected_s,
    late_ms=late_ms,
)
