"""The before/after run: the same traffic against every strategy, from empty cache to overload."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from loadtests.assemble import strategy_result
from loadtests.conditions import overall
from loadtests.contest import FULL, QUICK, Contest, Contestant, Sizes
from loadtests.dataset import count_rows
from loadtests.faults import STATEMENTS_FORGOTTEN
from loadtests.goals import goals
from loadtests.machine import package_versions, this_machine
from loadtests.phases import EQUAL_SHARE, equal_budget, high, low, ramp, top_up, warm
from loadtests.progress import showing
from loadtests.result import ARTICLE, DOLLARS_PER_GB_MONTH, SCHEMA, Rates, Result, Verdict
from loadtests.setup import Ground, prepared
from loadtests.sql import connected
from loadtests.stampede import stampede

LOW_SHARE, HIGH_SHARE = 0.5, 0.8
EXPECTED_S = {False: 200.0, True: 50.0}  # three strategies on two cores, by `quick`


@dataclass(frozen=True)
class Order:
    """What was asked for."""

    database_url: str
    redis_urls: Mapping[str, str]
    strategies: Sequence[str]
    seed: int
    quick: bool
    shared_stores: bool
    source: str
    command: str

    @property
    def sizes(self) -> Sizes:
        """How long everything takes."""
        return QUICK if self.quick else FULL


async def before_after(
    order: Order, *, work: Path, env: Mapping[str, str], console: Console
) -> Result:
    """Make the whole run. Raises LoadTestError when it cannot be made."""
    began, created_at = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    dataset = await count_rows(order.database_url, order.source)
    async with _started(order, work, env, console) as ground:
        contest, rates = await _contest(order, ground, work, console)
        versions = await _versions(order, ground)
    return {
        "schema": SCHEMA,
        "created_at": created_at,
        "command": order.command,
        "quick": order.quick,
        "duration_s": time.monotonic() - began,
        "machine": this_machine(),
        "versions": versions,
        "seed": order.seed,
        "dataset": dataset,
        "price_dollars_per_gb_month": DOLLARS_PER_GB_MONTH,
        "article": ARTICLE,
        "rates": rates,
        **_verdict(contest, ground.contestants),
    }


@asynccontextmanager
async def _started(
    order: Order, work: Path, env: Mapping[str, str], console: Console
) -> AsyncIterator[Ground]:
    """The ground of a run; that it is on its way moves on a terminal."""
    said = f"Starting servers for {', '.join(order.strategies)}, and Locust (10 to 20 s)"
    console.print(said, style="dim")
    async with AsyncExitStack() as stack:
        with console.status("starting"):
            ground = await stack.enter_async_context(
                prepared(
                    template_url=order.database_url,
                    redis_urls=order.redis_urls,
                    strategies=order.strategies,
                    work=work,
                    env=env,
                )
            )
        yield ground


def _verdict(contest: Contest, contestants: Sequence[Contestant]) -> Verdict:
    conditions = overall(contest.conditions, shared_stores=contest.shared_stores)
    naive_bytes = _naive_bytes(contestants)
    strategies = {one.strategy: strategy_result(contest, one, naive_bytes) for one in contestants}
    return {
        "conditions": conditions,
        "strategies": strategies,
        "goals": goals(strategies, conditions),
    }


async def _versions(order: Order, ground: Ground) -> dict[str, str]:
    async with connected(order.database_url) as connection:
        postgres = str(await connection.fetchval("SHOW server_version"))
    store = await ground.contestants[0].store.version()
    return {"postgres": postgres, "valkey": store, **package_versions()}


async def _contest(
    order: Order, ground: Ground, work: Path, console: Console
) -> tuple[Contest, Rates]:
    forgotten = await ground.counter.forgotten()
    with showing(console, EXPECTED_S[order.quick] * len(order.strategies) / 3) as show:
        contest = Contest(
            generator=ground.generator,
            counter=ground.counter,
            show=show,
            sizes=order.sizes,
            seed=order.seed,
            population=ground.population,
            work=work,
            shared_stores=order.shared_stores,
            pids=ground.pids,
        )
        rates = await _traffic(contest, ground.contestants)
        await _special(contest, ground.contestants)
    if await ground.counter.forgotten() != forgotten:
        contest.distrust(STATEMENTS_FORGOTTEN)
    return contest, rates


async def _traffic(contest: Contest, contestants: Sequence[Contestant]) -> Rates:
    """Warm, find the knees, then the two rates: there in one order, back in the other.

    The first strategy's knee sets the low rate, so its ramp comes first; what it sent goes to the
    others, too, before they are measured at that rate. Their own ramps come after.
    """
    first, others = contestants[0], contestants[1:]
    for one in contestants:
        await warm(contest, one)
    await ramp(contest, first)
    assert first.found.ramp is not None
    for one in others:
        await top_up(contest, one, first.found.ramp["planned"])
    low_per_s = LOW_SHARE * _knee_per_s(first)
    for one in contestants:
        await low(contest, one, low_per_s)
    for one in others:
        await ramp(contest, one)
    last = next((one for one in contestants if one.strategy == "layered"), contestants[-1])
    high_per_s = HIGH_SHARE * _knee_per_s(last)
    for one in reversed(contestants):
        await high(contest, one, high_per_s)
    knees = {one.strategy: _knee_per_s(one) for one in contestants}
    return {
        "low": low_per_s,
        "high": high_per_s,
        "naive_knee": knees.get("naive"),
        "layered_knee": knees.get("layered"),
        "rule": f"low: half of {first.strategy}'s knee; high: four fifths of {last.strategy}'s",
    }


async def _special(contest: Contest, contestants: Sequence[Contestant]) -> None:
    """The stampede, then the equal budget: it empties the stores, so it comes last."""
    for one in contestants:
        await stampede(contest, one)
    naive_bytes = _naive_bytes(contestants)
    if naive_bytes is not None and not contest.shared_stores:
        for one in contestants:
            await equal_budget(contest, one, round(EQUAL_SHARE * naive_bytes))


def _knee_per_s(contestant: Contestant) -> float:
    assert contestant.found.knee is not None
    return contestant.found.knee.per_s


def _naive_bytes(contestants: Sequence[Contestant]) -> int | None:
    found = (one.found.cache_bytes for one in contestants if one.strategy == "naive")
    return next(found, None)
