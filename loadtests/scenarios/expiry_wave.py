"""An expiry wave: what was filled together ends together, unless lives differ a little."""

from collections.abc import Sequence

from loadtests.mixes.round_robin import POSTS
from loadtests.recorder import Report
from loadtests.services import Load
from loadtests.trials.expiries import TTL_SCALE
from loadtests.trials.noting import note_p99
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.schema import Drawing
from loadtests.trials.stage import Stage
from loadtests.unanswered import lateness_of

LIFE_S = 3_600 / TTL_SCALE  # of a post; a tenth of it is jitter, where there is any
AFTERWARDS_S = 3.0
SHORT_S, LONG_S = 0.1, 1.0
KIND = "post"
FIGURES = ("wave_loads", "wave_peak_loads", "wave_p99_ms", "p99_ms", "loads", "fill_s", "errors")


async def _play(stage: Stage) -> Seen:
    if stage.contest.shared_stores:
        return _unknown("these stores are shared: what lies there is not ours to drop")
    await stage.contestant.store.flush()
    filling = await stage.closed(POSTS, mix="round-robin")
    reading = await stage.steady(stage.low_per_s, LIFE_S + AFTERWARDS_S, mix="round-robin")
    if not reading.report["hits"]:
        return _unknown("nothing is kept, so nothing expires")
    seen = wave_figures(reading.loads, reading.report)
    if seen.figures:
        seen.figures["fill_s"] = filling.report["duration_s"]
    return seen


def wave_figures(loads: Sequence[Load], report: Report) -> Seen:
    """The second, and the 100 ms, in which most posts were loaded, and how it went meanwhile."""
    began_s = report["started_at"]
    starts = sorted(load["start_s"] - began_s for load in loads if load["kind"] == KIND)
    if not starts:
        return _unknown(f"nothing expires: no post was loaded again within {LIFE_S:.0f} s and more")
    most, at_s = _fullest(starts, LONG_S)
    then = [row for row in report["rows"] if at_s <= row[0] / 1_000 < at_s + LONG_S]
    seen = Seen(
        figures={
            "wave_loads": most,
            "wave_peak_loads": _fullest(starts, SHORT_S)[0],
            "loads": len(starts),
            "errors": report["errors"],
        },
        drawing=Drawing(
            series=report["series"],
            loads_timeline=[
                ((load["start_s"] - began_s) * 1_000, (load["end_s"] - began_s) * 1_000)
                for load in loads
            ],
            events=[(at_s, "height of the wave")],
        ),
    )
    for figure, rows in (("wave_p99_ms", then), ("p99_ms", report["rows"])):
        note_p99(seen, figure, lateness_of(rows, report["patience_s"] * 1_000))
    return seen


def _fullest(starts: Sequence[float], length_s: float) -> tuple[int, float]:
    """The most starts within so long, and since when."""
    most, since_s, first = 0, 0.0, 0
    for last, start_s in enumerate(starts):
        while starts[first] <= start_s - length_s:
            first += 1
        if last - first + 1 > most:
            most, since_s = last - first + 1, starts[first]
    return most, since_s


def _unknown(why: str) -> Seen:
    return Seen(unknown=dict.fromkeys(FIGURES, why))


EXPIRY_WAVE = Scenario(
    name="expiry-wave",
    summary=f"{POSTS} posts are filled at once, then read in turn until they have expired",
    symptom="loads in the worst second: keys without jitter end together",
    table="natural",
    figures=FIGURES,
    play=_play,
    leaves_its_mark=True,
    tells_work=False,
    expected_s=LIFE_S + AFTERWARDS_S + 3,
    rates=("low",),
    settings={"CORRAL_TTL_SCALE": str(TTL_SCALE)},
    starts_warm=False,
    distorts=f"lives are divided by {TTL_SCALE}: a post lives {LIFE_S:.0f} s, and jitter spreads "
    f"the wave over {LIFE_S / 10:.1f} s; in life it comes after an hour, spread over six minutes",
)
