"""An expiry wave: what was filled together ends together, unless lives differ a little."""

from collections import Counter
from collections.abc import Sequence

from loadtests.histogram import histogram_of
from loadtests.mixes.round_robin import POSTS
from loadtests.recorder import Report
from loadtests.services import Load
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.schema import Drawing
from loadtests.trials.stage import Stage

TTL_SCALE = 240
LIFE_S = 3_600 / TTL_SCALE  # of a post: 15 s; a tenth of it is jitter, where there is any
WINDOW_S = 0.1
AROUND_S = 1.0
FILL_S = 2.0  # how long filling may take before it is no longer at once
AFTERWARDS_S = 4.0
KIND = "post"
FIGURES = ("wave_loads", "wave_p99_ms", "p99_ms", "loads", "fill_s")


async def _play(stage: Stage) -> Seen:
    if stage.contest.shared_stores:
        return _unknown("these stores are shared: what lies there is not ours to drop")
    await stage.contestant.store.flush()
    filling = await stage.closed(POSTS, mix="round-robin")
    duration_s = LIFE_S - FILL_S + AFTERWARDS_S
    reading = await stage.steady(stage.low_per_s, duration_s, mix="round-robin")
    if not reading.report["hits"]:
        return _unknown("nothing is kept, so nothing expires")
    seen = wave_figures(reading.loads, reading.report)
    seen.figures["fill_s"] = filling.report["duration_s"]
    return seen


def wave_figures(loads: Sequence[Load], report: Report) -> Seen:
    """The 100 ms in which most posts were loaded, and the second around them."""
    began_s = report["started_at"]
    starts = [load["start_s"] - began_s for load in loads if load["kind"] == KIND]
    if not starts:
        return _unknown(f"nothing expires: no post was loaded again within {LIFE_S:.0f} s and more")
    windows = Counter(int(start // WINDOW_S) for start in starts)
    peak, most = max(windows.items(), key=lambda item: (item[1], -item[0]))
    middle_ms = (peak + 0.5) * WINDOW_S * 1_000
    around_ms = AROUND_S / 2 * 1_000
    good = [(at, end) for at, end, how in report["rows"] if how != "error"]
    then = histogram_of(end - at for at, end in good if abs(at - middle_ms) <= around_ms)
    return Seen(
        figures={
            "wave_loads": most,
            "wave_p99_ms": then.quantile_ms(0.99),
            "p99_ms": histogram_of(end - at for at, end in good).quantile_ms(0.99),
            "loads": len(starts),
            "errors": report["errors"],
        },
        drawing=Drawing(series=report["series"], events=[(peak * WINDOW_S, "height of the wave")]),
    )


def _unknown(why: str) -> Seen:
    return Seen(unknown=dict.fromkeys(FIGURES, why))


EXPIRY_WAVE = Scenario(
    name="expiry-wave",
    summary=f"{POSTS} posts are filled at once, then read in turn until they have expired",
    symptom="loads in the worst 100 ms: keys without jitter end together",
    table="natural",
    figures=FIGURES,
    play=_play,
    expected_s=LIFE_S + AFTERWARDS_S + 2,
    rates=("low",),
    settings={"CORRAL_TTL_SCALE": str(TTL_SCALE)},
    starts_warm=False,
    distorts=f"lives are divided by {TTL_SCALE}: a post lives {LIFE_S:.0f} s, its jitter spreads "
    "the wave over a tenth of that; in life the same wave comes after an hour, over six minutes",
)
