"""The cold stampede: the expensive, hot entry is dropped, and everybody asks for it at once."""

from loadtests.contest import at_rest
from loadtests.histogram import histogram_of
from loadtests.mixes.request import TOP_OF_DAY
from loadtests.recorder import Report
from loadtests.result import Stampede
from loadtests.services import Load
from loadtests.stampede import KIND, TIMEOUT_S, make_cold, summarize
from loadtests.trials.epochs import quickest_s
from loadtests.trials.reading import by_outcome, work
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.schema import Drawing
from loadtests.trials.stage import Stage

EXPECTED_S = 6.0  # an unguarded herd takes 20 s, a guarded one less than one


async def _play(stage: Stage) -> Seen:
    alone_s = await _load_alone_s(stage)
    await make_cold(stage.contestant.service)
    sizes = stage.contest.sizes
    burst = await stage.burst(
        TOP_OF_DAY,
        sizes.burst_requests,
        sizes.burst_s,
        timeout_s=TIMEOUT_S,
        expected_s=EXPECTED_S,
    )
    seen = stampede_figures(burst.report, burst.loads, alone_s * 1_000)
    seen.figures |= work(burst)
    return seen


async def _load_alone_s(stage: Stage) -> float:
    """What the load takes while nobody else asks for anything."""
    service = stage.contestant.service
    await make_cold(service)
    marks = [stats["loads_total"] for stats in await service.stats()]
    await service.get(TOP_OF_DAY)
    await at_rest(service)
    loads = [load for stats in await service.stats(marks) for load in stats["loads"]]
    return quickest_s([load for load in loads if load["kind"] == KIND])


def stampede_figures(report: Report, loads: list[Load], alone_ms: float) -> Seen:
    """What a burst at a cold key says, with a bar a request and the loads beneath.

    `alone_ms`: what a load takes without a burst.
    """
    burst = summarize(report, loads)
    fastest_ms = quickest_s([load for load in loads if load["kind"] == KIND]) * 1_000
    took = histogram_of(end - start for start, end, _ in burst["timeline"])
    return Seen(
        figures={
            "loads": burst["loads"],
            "peak_loads": burst["peak_concurrent_loads"],
            "load_ms": burst["load_ms"],
            "alone_load_ms": alone_ms,
            "p50_ms": burst["p50_ms"],
            "p99_ms": burst["p99_ms"],
            "max_ms": took.max_ms,
            "over_load_ms": burst["p99_ms"] - fastest_ms,
            "slow_requests": _slow(burst, alone_ms / 2),
            "errors": burst["errors"],
            **_first_fresh(burst),
        },
        by_outcome=by_outcome(report),
        drawing=Drawing(timeline=burst["timeline"], loads_timeline=burst["loads_timeline"]),
    )


def _slow(burst: Stampede, limit_ms: float) -> int:
    return sum(end - start > limit_ms for start, end, _ in burst["timeline"])


def _first_fresh(burst: Stampede) -> dict[str, float]:
    answered = [end for _, end, how in burst["timeline"] if how not in {"error", "stale"}]
    return {"first_fresh_ms": min(answered)} if answered else {}


STAMPEDE = Scenario(
    name="stampede",
    summary="the best of the day is dropped everywhere, then 500 ask for it within 100 ms",
    symptom="loads of one key, and a p99 far above the time of one load",
    table="cold",
    figures=(
        "loads",
        "peak_loads",
        "p99_ms",
        "over_load_ms",
        "load_ms",
        "alone_load_ms",
        "first_fresh_ms",
        "p50_ms",
        "max_ms",
        "slow_requests",
        "commands_per_request",
        "cpu_ms_per_request",
        "errors",
    ),
    play=_play,
    expected_s=EXPECTED_S + 3,
    reach="admin",
    distorts="the entry is dropped by an administrator: in life a key gets cold by eviction, a "
    "flush or a change of encoding",
)
