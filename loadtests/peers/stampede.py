"""500 requests at once for one post that nobody has cached; loading it is expensive."""

from collections.abc import Sequence
from functools import partial

from loadtests.peers.contenders import Contender
from loadtests.peers.herds import Run, herd_of
from loadtests.peers.lab import PROCESSES, Lab, hosts_of
from loadtests.peers.result import Herd
from loadtests.peers.tally import Tally
from loadtests.peers.trial import undisturbed
from loadtests.services import Server


async def stampede(lab: Lab, one: Contender, tally: Tally) -> Herd | None:
    """Two processes; another post each time. None when others were at work all the time."""
    runs: list[Run] = []
    async with lab.serving(one, PROCESSES, expensive=True) as servers:
        await warmed(lab, servers)
        for number in range(lab.sizes.herds if one.is_guarded else 1):
            lab.show.begin(f"stampede {number + 1}: {one.title}", 2.0 if one.is_guarded else 30.0)
            trial = partial(_herd, lab, servers, number)
            found = await undisturbed(lab, servers, trial, tally, late_ms=lambda run: run.late_ms)
            runs += [found] if found else []
            lab.show.end()
    await lab.database.end_all()
    return herd_of(runs)


async def _herd(lab: Lab, servers: Sequence[Server], number: int) -> Run:
    await lab.valkey.flush()
    before = await lab.database.loads()
    answers = await lab.client.shoot(
        hosts_of(servers),
        [(0.0, turn % len(servers), lab.ids[2 + number]) for turn in range(lab.sizes.herd)],
        prepare=-(-lab.sizes.herd // len(servers)),
        timeout_s=lab.sizes.patience_s,
    )
    return Run(answers, await lab.database.loads() - before)


async def warmed(lab: Lab, servers: Sequence[Server]) -> None:
    """Ask each process for another post, so that no first connection is measured."""
    for server in servers:
        await lab.client.touch(server.host, [lab.ids[1]], connections=1)
