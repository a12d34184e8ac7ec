"""500 requests at once for one post that nobody has cached; loading it is expensive."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from loadtests.peers.contenders import Contender
from loadtests.peers.herds import Run, herd_of
from loadtests.peers.lab import PROCESSES, Lab, Sizes, hosts_of
from loadtests.peers.work import Work
from loadtests.services import Server

ALONE_S = 0.7  # what a load of 200 ms takes alone is measured before each trial, by three


@asynccontextmanager
async def two_processes(lab: Lab, one: Contender) -> AsyncIterator[Sequence[Server]]:
    """Of one side, with the expensive query; no first connection is measured."""
    async with lab.serving(one, PROCESSES, expensive=True) as servers:
        await warmed(lab, servers)
        yield servers


async def warmed(lab: Lab, servers: Sequence[Server]) -> None:
    """Ask each process for another post than those that are measured."""
    for server in servers:
        await lab.client.touch(server.host, [lab.ids[1]], connections=1)


async def _herd(lab: Lab, _one: Contender, servers: Sequence[Server], number: int) -> Run:
    post_id = lab.ids[2 + number]
    await lab.valkey.flush()
    alone_ms = await lab.database.alone_ms(post_id, lab.newest)
    before = await lab.database.loads()
    answers = await lab.client.shoot(
        hosts_of(servers),
        [(0.0, turn % len(servers), post_id) for turn in range(lab.sizes.herd)],
        prepare=-(-lab.sizes.herd // len(servers)),
        timeout_s=lab.sizes.patience_s,
    )
    loads = await lab.database.loads() - before
    return Run(answers, loads, alone_ms, lab.sizes.patience_s)


def _herds(sizes: Sizes, one: Contender) -> int:
    return sizes.herds if one.is_guarded else sizes.bare_herds


def _expected_s(sizes: Sizes, one: Contender) -> float:
    return ALONE_S + (5.0 if one.is_guarded else 3.0 + sizes.patience_s)


def late_ms(run: Run) -> float:
    """How late the client began, p99."""
    return run.late_ms


STAMPEDE = Work(
    "stampede",
    "stampede",
    two_processes,
    _herd,
    herd_of,
    repeats=_herds,
    expected_s=_expected_s,
    late_ms=late_ms,
)
