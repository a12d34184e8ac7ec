"""The cold stampede: one entry dropped everywhere, then 500 requests for it at once."""

from dataclasses import replace

from loadtests.contest import Contest, Contestant, at_rest
from loadtests.counting import intervals, peak_concurrent
from loadtests.histogram import histogram_of
from loadtests.mixes.request import TOP_OF_DAY
from loadtests.recorder import Report
from loadtests.result import Stampede, TimelineOutcome
from loadtests.services import Load, Service

ENTRY = "top:day"
KIND = ENTRY.partition(":")[0]
LOAD_S = 0.04  # a guess for the time left: 80 ms of the database, on two cores
REFRESHED_WITHIN_S = 0.5  # the warming request may have begun a refresh in the background
TIMEOUT_S = 60.0  # unguarded herds take that long, and are let finish
# Nobody guards these: their errors are what the stampede does, not a fault of the run.
UNGUARDED = frozenset({"no_cache", "naive"})
_OUTCOMES: dict[str, TimelineOutcome] = {
    "hit": "hit",
    "stale": "stale",
    "collapsed": "collapsed",
    "error": "error",
}


async def stampede(contest: Contest, contestant: Contestant) -> None:
    """Warm the entry, drop it, send the burst, and gather both sides of it."""
    sizes, service = contest.sizes, contestant.service
    await make_cold(service)
    marks = [stats["loads_total"] for stats in await service.stats()]
    plan = replace(
        contest.plan("burst", "stampede", contestant),
        requests=sizes.burst_requests,
        duration_s=sizes.burst_s,
        path=TOP_OF_DAY,
        timeout_s=TIMEOUT_S,
    )
    unguarded = contestant.strategy in UNGUARDED
    expected_s = sizes.burst_requests * LOAD_S if unguarded else 1.0
    report = await contest.run(contestant, "stampede", plan, expected_s=expected_s, may_fail=True)
    await at_rest(service)
    loads = [load for stats in await service.stats(marks) for load in stats["loads"]]
    contestant.found.stampede = summarize(report, loads)


async def make_cold(service: Service) -> None:
    """Warm everything around the entry, then drop it everywhere."""
    await service.get(TOP_OF_DAY)
    await at_rest(service, quiet_s=REFRESHED_WITHIN_S)
    await service.expire(ENTRY)


def summarize(report: Report, loads: list[Load]) -> Stampede:
    """Requests and loads of one burst on one clock: milliseconds since it began."""
    began = report["started_at"]
    spans = [
        ((start - began) * 1_000, (end - began) * 1_000)
        for start, end in intervals(loads, kind=KIND)
        if start >= began
    ]
    rows = report["rows"]
    answered = [row for row in rows if row[2] != "error"] or rows
    took = histogram_of(end - start for start, end, _ in answered)
    return {
        "entry": ENTRY,
        "path": TOP_OF_DAY,
        "requests": report["requests"],
        "errors": report["errors"],
        "loads": len(spans),
        "peak_concurrent_loads": peak_concurrent(spans),
        "load_ms": max((end - start for start, end in spans), default=0.0),
        "p50_ms": took.quantile_ms(0.50),
        "p99_ms": took.quantile_ms(0.99),
        "max_ms": took.max_ms,
        "within_ms": max((start for start, _, _ in rows), default=0.0),
        "timeline": [
            (round(start, 3), round(end, 3), _OUTCOMES.get(how, "miss")) for start, end, how in rows
        ],
        "loads_timeline": [(round(start, 3), round(end, 3)) for start, end in spans],
    }
