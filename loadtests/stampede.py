"""The cold stampede: one entry dropped everywhere, then 500 requests for it at once."""

from dataclasses import replace

from loadtests.alone import UnclearError, load_alone_ms
from loadtests.contest import Contest, Contestant
from loadtests.counting import intervals, peak_concurrent
from loadtests.histogram import Histogram
from loadtests.loads import load_marks, loads_since
from loadtests.mixes.request import TOP_OF_DAY
from loadtests.recorder import Report
from loadtests.resting import at_rest
from loadtests.result import Stampede, TimelineOutcome
from loadtests.services import Load, Service
from loadtests.unanswered import lateness_of

ENTRY = "top:day"
KIND = ENTRY.partition(":")[0]
LOAD_S = 0.04  # a guess for the time left: 80 ms of the database, on two cores
REFRESHED_WITHIN_S = 0.5  # the warming request may have begun a refresh in the background
TIMEOUT_S = 60.0  # unguarded herds take that long, and are let finish
# A guess for the time left: nobody guards these, so they load hundreds of times, not once.
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
    try:
        alone_ms = await entry_alone_ms(service)
    except UnclearError:
        alone_ms = None
    await make_cold(service)
    marks = await load_marks(service)
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
    loads = await loads_since(service, marks)
    if loads.doubt:
        contest.distrust(loads.doubt)
    contestant.found.stampede = {**summarize(report, loads.known), "alone_load_ms": alone_ms}


async def entry_alone_ms(service: Service) -> float:
    """What the load of the entry takes while nobody asks for anything. Raises UnclearError."""
    await make_cold(service)

    async def load_once() -> float | None:
        await service.expire(ENTRY)
        marks = await load_marks(service)
        await service.get(TOP_OF_DAY)
        await at_rest(service)
        loads = await loads_since(service, marks)
        took = [end - start for start, end in intervals(loads.known, kind=KIND)]
        return min(took) * 1_000 if took else None

    return await load_alone_ms(load_once)


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
    took = lateness_of(rows, report["patience_s"] * 1_000)
    found: Stampede = {
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
    if took.is_bounded:
        found["at_least"] = _bounds(took)
    return found


def _bounds(took: Histogram) -> list[str]:
    shares = (("p50_ms", 0.50), ("p99_ms", 0.99))
    return [*(name for name, share in shares if took.is_bounded_at(share)), "max_ms"]
