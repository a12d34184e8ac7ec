"""A release that writes every entry in another way takes the place of the one before it."""

import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from urllib.parse import urlsplit, urlunsplit

from loadtests.services import Server
from loadtests.stores import connected
from loadtests.trials.around_fault import around_fault
from loadtests.trials.faults import drawing, watched
from loadtests.trials.gate import Gate, balanced
from loadtests.trials.meanwhile import Act, Meanwhile
from loadtests.trials.reading import by_outcome
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Measured, Stage

BEFORE_S, ROLLING_S, AFTER_S = 4.0, 4.0, 12.0
DATABASES = 16  # numbers that a cache server has unless told otherwise
FIGURES = (
    "extra_loads",
    "errors",
    "p99_before_ms",
    "p99_during_ms",
    "p99_after_ms",
    "loads_during",
    "peak_loads_during",
    "p99_back_s",
    "hits_back_s",
    "bytes_left",
)
SHARED = "the next database number of a shared cache server may be somebody else's"


async def _play(stage: Stage) -> Seen:
    if stage.contest.shared_stores:
        return Seen(unknown=dict.fromkeys(FIGURES, SHARED))
    store, service = stage.contestant.store, stage.contestant.service
    renamed = next_database(store.url)
    async with AsyncExitStack() as stack:
        beside = await stack.enter_async_context(connected(renamed))
        await beside.flush()
        stack.push_async_callback(beside.flush)
        former = service.serving
        gates = [
            await stack.enter_async_context(
                balanced(server.host, env=os.environ, logs=stage.contest.work)
            )
            for server in former
        ]
        stage.contest.pids |= {gate.pid for gate in gates}
        # Started before anybody asks: what a start costs is not what the change of keys costs.
        later = [await service.add({"REDIS_URL": renamed}) for _ in former]
        phase, acts, lasts_s = await _rolled(stage, gates, former, later)
        with_former_bytes = await store.used_bytes()
        await store.flush()
        bytes_left = with_former_bytes - await store.used_bytes()
    return _seen(phase, acts, lasts_s, bytes_left)


async def _rolled(
    stage: Stage, gates: Sequence[Gate], former: Sequence[Server], later: Sequence[Server]
) -> tuple[Measured, Meanwhile, float]:
    """Steady browsing while one process after the other is replaced."""
    before_s, rolling_s, after_s = (stage.long(part) for part in (BEFORE_S, ROLLING_S, AFTER_S))
    every_s = rolling_s / (len(former) - 1)

    def replacing(number: int) -> Act:
        async def replace() -> None:
            await gates[number].lead_to(later[number].host)
            acts.note(f"process {number + 1} of {len(former)} is the new release")

        return Act(before_s + number * every_s, replace)

    async def retire() -> None:
        for server in former:
            await stage.contestant.service.retire(server)
        acts.note("the former release has ended")

    lasts_s = before_s + rolling_s + after_s
    acts = Meanwhile(
        [*map(replacing, range(len(former))), Act(before_s + rolling_s + after_s / 4, retire)]
    )
    hosts = [gate.host for gate in gates]
    phase = await stage.steady(stage.low_per_s, lasts_s, hosts=hosts, meanwhile=acts)
    return phase, acts, lasts_s


def _seen(phase: Measured, acts: Meanwhile, lasts_s: float, bytes_left: float) -> Seen:
    events = acts.events(phase.report["started_at"])
    first_s, last_s = events[0][0], events[-2][0]
    seen = around_fault(watched(phase, first_s, last_s, lasts_s))
    seen.figures["bytes_left"] = bytes_left
    seen.by_outcome = by_outcome(phase.report)
    seen.drawing = drawing(phase, events)
    return seen


def next_database(url: str) -> str:
    """The same server, another keyspace: what every key is called there, it is not called here."""
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{(number + 1) % DATABASES}"))


DEPLOY = Scenario(
    name="deploy",
    summary="browse at the low rate; two processes, one after the other within 4 s, are replaced "
    "by a release whose keys all have other names",
    symptom="a whole cache is cold at once: loads, p99 and the time until it is as before",
    table="fault",
    figures=FIGURES,
    play=_play,
    expected_s=BEFORE_S + ROLLING_S + AFTER_S + 6,
    rates=("low",),
    leaves_its_mark=True,
    distorts="Any change of an encoding changes the names of keys; here the new release has the "
    "next database number of the same server instead, with the same effect: neither release reads, "
    "or drops, what the other keeps. Messages between processes pass between the two all the same. "
    "Requests come through a balancer that leads each to the process of its turn, the same for all "
    "subjects, and the new processes are started before.",
)
