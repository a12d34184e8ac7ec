"""The phases of a before/after run, each as one function over one strategy."""

from dataclasses import replace

from loadtests.arrivals import ExponentialRamp
from loadtests.contest import Contest, Contestant
from loadtests.knee import find_knee, samples_of
from loadtests.recorder import Report
from loadtests.result import EqualBudget
from loadtests.statements import Statements

CONNECTIONS = 64  # for each of the two processes
WORKERS = 8  # of a closed loop: enough to keep two processes busy
PATIENCE_S = 60.0  # a closed loop waits for the slowest
EQUAL_SHARE = 9 / 32  # the article's after and before
POLICY = "allkeys-lru"
SENT_PER_S = 230  # on few connections: eight traces of a quiet quick ladder, 198 to 293
# What a compact trace sends of what it stands for, over the browse mix: fewer the longer it is.
COMPACT_TIMES = 3.3
COMPACT_POWER = 0.77


async def warm(contest: Contest, contestant: Contestant) -> None:
    """Fill an empty cache with the trace that is equal for all, then weigh what lies in it."""
    found, store = contestant.found, contestant.store
    if not contest.shared_stores:
        await store.flush()
    found.began_empty = await store.is_empty()
    found.empty_bytes = await store.used_bytes()
    before = await _snapshot(contest, contestant)
    found.warm = await fill(contest, contestant)
    found.warm_sql = await _sql_since(contest, contestant, before)
    if not found.began_empty:
        contest.distrust("its store was not empty when the run began")
    await take_census(contestant)
    await weigh(contest, contestant)


async def fill(contest: Contest, contestant: Contestant, *, writes_only: bool = False) -> Report:
    """The trace that is equal for all. Who keeps nothing needs no more of it than its writes."""
    requests = contest.sizes.warm_requests
    plan = replace(
        contest.plan("warm", "warm", contestant),
        requests=requests,
        connections=WORKERS,
        timeout_s=PATIENCE_S,
        writes_only=writes_only,
    )
    return await contest.run(contestant, "warm", plan, expected_s=warm_s(requests))


def warm_s(requests: int) -> float:
    """About how long a warm trace takes that stands for so many requests."""
    return float(COMPACT_TIMES * requests**COMPACT_POWER / SENT_PER_S)


async def settle(contest: Contest, contestant: Contestant, repeat: int, requests: int) -> Report:
    """A short trace of this repeat alone: new processes find their feet, and repeats differ."""
    return await _closed(contest, contestant, f"settling-{repeat}", requests, name="settling")


async def take_census(contestant: Contestant) -> None:
    """Count what lies in a store in which all is this subject's."""
    found = contestant.found
    if found.began_empty and found.keys is None:
        census = await contestant.store.census()
        found.keys, found.keys_without_ttl = census.keys, census.without_ttl
        found.post_entries = census.post_entries()


async def weigh(contest: Contest, contestant: Contestant) -> None:
    """What the cache takes beyond an empty store; unknown where others fill it as well."""
    if not contest.shared_stores:
        used_bytes = await contestant.store.used_bytes()
        contestant.found.cache_bytes = used_bytes - contestant.found.empty_bytes


async def top_up(contest: Contest, contestant: Contestant, requests: int) -> None:
    """Send what the first strategy's ramp sent, so that all caches have seen the same."""
    await _closed(contest, contestant, "ramp", requests, name="top up")


async def ramp(contest: Contest, contestant: Contestant) -> None:
    """Find the knee."""
    sizes = contest.sizes
    plan = replace(
        contest.plan("ramp", "ramp", contestant),
        rate_per_s=sizes.ramp_from_per_s,
        to_rate_per_s=sizes.ramp_to_per_s,
        duration_s=sizes.ramp_s,
        connections=CONNECTIONS,
    )
    report = await contest.run(contestant, "ramp", plan, expected_s=sizes.ramp_s * 0.8)
    rate = ExponentialRamp(sizes.ramp_from_per_s, sizes.ramp_to_per_s, sizes.ramp_s).rate_per_s
    contestant.found.ramp = report
    contestant.found.knee = find_knee(samples_of(report), rate)


async def low(contest: Contest, contestant: Contestant, rate_per_s: float) -> None:
    """A steady run below every knee, with the statements that it took."""
    found = contestant.found
    before = await _snapshot(contest, contestant)
    cpu_s = await contestant.cpu_s()
    found.low = await _steady(contest, contestant, "low", rate_per_s, contest.sizes.low_s)
    found.low_cpu_s = await contestant.cpu_s() - cpu_s
    found.low_sql = await _sql_since(contest, contestant, before)


async def high(contest: Contest, contestant: Contestant, rate_per_s: float) -> None:
    """A steady run near the last strategy's knee: some will not keep up, and are not spared."""
    lasts_s = contest.sizes.high_s
    contestant.found.high = await _steady(
        contest, contestant, "high", rate_per_s, lasts_s, may_saturate=True
    )


async def equal_budget(
    contest: Contest, contestant: Contestant, budget_bytes: int, *, draw: str = ""
) -> Report:
    """The store as the traffic before left it, cut to `budget_bytes` of cache, and more traffic.

    A cache that evicts the least recently used holds after a cut what it would hold had it never
    had more room, so nothing has to be filled again: a stretch to settle, then the measured one.
    `draw` in their labels makes repeats send other requests.
    """
    sizes, store, found = contest.sizes, contestant.store, contestant.found
    await contest.at_rest(contestant)
    cache_bytes = await store.used_bytes() - found.empty_bytes
    maxmemory_bytes = await store.used_bytes_in_all() - cache_bytes + budget_bytes
    evicted_before = await store.evicted_keys()
    async with store.limited(maxmemory_bytes, POLICY):
        requests, name = sizes.budget_requests, "equal budget"
        first = requests // 2
        await _closed(contest, contestant, f"settle{draw}", first, name=f"{name}, settling")
        report = await _closed(contest, contestant, f"measured{draw}", requests, name=name)
        cache_bytes = await store.used_bytes() - found.empty_bytes
    found.budget = EqualBudget(
        stands_for=sizes.warm_requests,
        budget_bytes=budget_bytes,
        maxmemory_bytes=maxmemory_bytes,
        policy=POLICY,
        requests=report["requests"],
        evicted_keys=await store.evicted_keys() - evicted_before,
        cache_bytes=cache_bytes,
        hit_rate=report["hits"] / report["reads"] if report["reads"] else 0.0,
        latency_ms=report["latency_ms"],
    )
    return report


async def _closed(
    contest: Contest, contestant: Contestant, label: str, requests: int, *, name: str
) -> Report:
    plan = replace(
        contest.plan("closed", label, contestant),
        requests=requests,
        connections=WORKERS,
        timeout_s=PATIENCE_S,
    )
    return await contest.run(contestant, name, plan, expected_s=requests / 250)


async def _steady(
    contest: Contest,
    contestant: Contestant,
    name: str,
    rate_per_s: float,
    duration_s: float,
    *,
    may_saturate: bool = False,
) -> Report:
    plan = replace(
        contest.plan("steady", name, contestant),
        rate_per_s=rate_per_s,
        duration_s=duration_s,
        connections=CONNECTIONS,
    )
    return await contest.run(
        contestant, name, plan, expected_s=duration_s + 1, may_saturate=may_saturate
    )


async def _snapshot(contest: Contest, contestant: Contestant) -> Statements:
    await contest.at_rest(contestant)
    return await contest.counter.snapshot(contestant.service, contestant.database)


async def _sql_since(contest: Contest, contestant: Contestant, before: Statements) -> Statements:
    sql = await _snapshot(contest, contestant) - before
    if sql.doubt:
        contest.distrust(sql.doubt)
    return sql
