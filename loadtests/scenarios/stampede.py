"""The cold stampede: the expensive, hot entry is dropped, and everybody asks for it at once."""

from loadtests.alone import UnclearError
from loadtests.mixes.request import TOP_OF_DAY
from loadtests.recorder import Report
from loadtests.result import Stampede
from loadtests.services import Load
from loadtests.stampede import TIMEOUT_S, entry_alone_ms, make_cold, summarize
from loadtests.trials.epochs import SLOW_MS
from loadtests.trials.reading import by_outcome, work
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.schema import Drawing
from loadtests.trials.stage import Stage

EXPECTED_S = 6.0  # an unguarded herd takes 20 s, a guarded one less than one


async def _play(stage: Stage) -> Seen:
    service, sizes = stage.contestant.service, stage.contest.sizes
    alone_ms, unclear = None, ""
    try:
        alone_ms = await entry_alone_ms(service)
    except UnclearError as why:
        unclear = str(why)
    await make_cold(service)
    burst = await stage.burst(
        TOP_OF_DAY,
        sizes.burst_requests,
        sizes.burst_s,
        timeout_s=TIMEOUT_S,
        expected_s=EXPECTED_S,
    )
    seen = stampede_figures(burst.report, burst.loads, alone_ms, unclear)
    seen.figures |= work(burst)
    return seen


def stampede_figures(
    report: Report, loads: list[Load], alone_ms: float | None, unclear: str = ""
) -> Seen:
    """What a burst at a cold key says, with a bar a request and the loads beneath.

    `alone_ms`: what a load takes without a burst, for one in a burst is slowed by it; None where
    that is `unclear`.
    """
    burst = summarize(report, loads)
    seen = Seen(
        figures={
            "loads": burst["loads"],
            "peak_loads": burst["peak_concurrent_loads"],
            "load_ms": burst["load_ms"],
            "slow_requests": _slow(burst),
            "errors": burst["errors"],
            **_first_fresh(burst),
        },
        by_outcome=by_outcome(report),
        drawing=Drawing(timeline=burst["timeline"], loads_timeline=burst["loads_timeline"]),
    )
    bounds = burst.get("at_least", ())
    seen.note("p50_ms", burst["p50_ms"], at_least="p50_ms" in bounds)
    seen.note("p99_ms", burst["p99_ms"], at_least="p99_ms" in bounds)
    seen.note("max_ms", burst["max_ms"], at_least="max_ms" in bounds)
    if alone_ms is None:
        seen.unknown |= dict.fromkeys(("alone_load_ms", "over_load_ms"), unclear)
    else:
        seen.figures["alone_load_ms"] = alone_ms
        seen.note("over_load_ms", burst["p99_ms"] - alone_ms, at_least="p99_ms" in bounds)
    return seen


def _slow(burst: Stampede) -> int:
    return sum(how == "error" or end - start > SLOW_MS for start, end, how in burst["timeline"])


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
    expected_s=EXPECTED_S + 2,
    least_s=4.1,
    reach="admin",
    distorts="the entry is dropped by an administrator: in life a key gets cold by eviction, a "
    "flush or a change of encoding",
)
