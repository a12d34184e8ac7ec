"""What is to be reached, and whether it was: a verdict only where something valid was measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loadtests.peers.result import ClientCheck, Goal, Herd, Side, Spread, Warm

SOFT_WINDOW_MS = 2_000.0
BULKHEAD = 8
# Early refresh and jitter each end a life of 2 s some tenths before its time; a second load would
# be two.
LOADS_A_LIFE = 1.5


@dataclass(frozen=True, slots=True)
class Aim:
    """One goal. `of` gives the value from what a work of the side brought, None if unknown."""

    key: str
    title: str
    side: str
    work: str
    of: Callable[[Any], float | None]
    limit: float
    unit: str = ""
    at_least: bool = False
    elsewhere: str = ""


def _warm(figure: str) -> Callable[[Any], float | None]:
    """The median of the rounds: drift meets the constant route alike, and a round is a second."""

    def of(warm: Warm) -> float | None:
        found: Spread | None = warm[figure]  # type: ignore[literal-required]
        return found["median"] if found else None

    return of


def _worst(*figures: str) -> Callable[[Any], float | None]:
    """The sum of some figures in the trial where it was most: what is promised of every trial."""

    def of(work: Mapping[str, Any]) -> float | None:
        sums = [sum(trial[figure] for figure in figures) for trial in work["trials"]
                if all(trial[figure] is not None for figure in figures)]  # fmt: skip
        return max(sums, default=None)

    return of


def _herd(figure: str) -> Callable[[Any], float | None]:
    """The most of any herd."""

    def of(herd: Mapping[str, Any]) -> float | None:
        return max(herd[figure], default=None)

    return of


def _unanswered(herd: Herd) -> float:
    return sum(herd["requests"] - answered for answered in herd["answered"])


def _bytes(weight: Mapping[str, Any]) -> float:
    return float(weight["bytes_per_post"])


AIMS = (
    Aim("hot", "warm, one hot key", "layered", "hot", _warm("ratio"), 1.0, "x", True, "0.78"),
    Aim("zipf", "warm, 10,000 keys Zipf", "layered", "zipf", _warm("ratio"), 0.85, "x", True,
        "0.54"),
    Aim("far_hot", "no L1, hot key", "layered_far", "hot", _warm("ratio"), 0.65, "x", True, "0.47"),
    Aim("far_zipf", "no L1, Zipf", "layered_far", "zipf", _warm("ratio"), 0.65, "x", True, "0.45"),
    Aim("real_hot", "real endpoint, hot key", "corral", "hot", _warm("ratio"), 0.55, "x", True),
    Aim("real_zipf", "real endpoint, Zipf", "corral", "zipf", _warm("ratio"), 0.55, "x", True),
    Aim("p99_hot", "p99 at 32, hot key", "layered", "hot", _warm("p99_ratio"), 1.5, "x",
        elsewhere="4-6"),
    Aim("p99_zipf", "p99 at 32, Zipf", "layered", "zipf", _warm("p99_ratio"), 1.5, "x",
        elsewhere="4-6"),
    Aim("herd_loads", "stampede: loads, worst", "layered", "stampede", _herd("loads"), 1,
        elsewhere="1, 2, 200-500"),
    Aim("herd_errors", "stampede: errors", "layered", "stampede", _unanswered, 0),
    Aim("herd_p99", "stampede: p99 over its load, worst", "layered", "stampede",
        _herd("over_load_ms"), 60, "ms", elsewhere="75, 90"),
    Aim("expiry_loads", "expiry: loads a window, worst", "layered", "expiry",
        _worst("most_loads_a_window"), 1, elsewhere="1"),
    Aim("expiry_lives", "expiry: loads a life, worst", "layered", "expiry",
        _worst("loads_a_life"), LOADS_A_LIFE),
    Aim("expiry_p99", "expiry: p99, worst", "layered", "expiry", _worst("p99_ms"), 5, "ms",
        elsewhere="4"),
    Aim("expiry_slow", "expiry: slow requests, worst", "layered", "expiry", _worst("slow"), 0),
    Aim("expiry_stale", "expiry: staleness, worst", "layered", "expiry", _worst("stale_ms"),
        SOFT_WINDOW_MS, "ms", elsewhere="not told"),
    Aim("killed_lost", "loader killed: unanswered", "layered", "loader_killed", _unanswered, 0,
        elsewhere="0, or all"),
    Aim("killed_p99", "loader killed: p99 over its load, worst", "layered", "loader_killed",
        _herd("over_load_ms"), 1_200, "ms", elsewhere="2,300 in all"),
    Aim("killed_loads", "loader killed: loads, worst", "layered", "loader_killed",
        _herd("loads"), 2),
    Aim("outage_errors", "cache killed: errors, worst", "layered", "cache_killed",
        _worst("down_errors", "after_errors"), 0, elsewhere="0, or 99 %"),
    Aim("outage_p99", "cache killed: p99 meanwhile, worst", "layered", "cache_killed",
        _worst("down_p99_ms"), 20, "ms", elsewhere="17"),
    Aim("outage_loads", "cache killed: loads at once, worst", "layered", "cache_killed",
        _worst("most_at_work"), BULKHEAD),
    Aim("bytes", "bytes of a post of 750 B", "layered", "weight", _bytes, 560, "B",
        elsewhere="800-930"),
)  # fmt: skip


def goals(
    sides: Mapping[str, Side], client: ClientCheck | None, *, least_runs: int = 1
) -> list[Goal]:
    """Every goal of the sides that are there; a verdict needs `least_runs` undisturbed trials.

    Of `client`: whether warm figures are its own.
    """
    is_limit = client is not None and client["is_limit"]
    return [
        _judged(aim, sides[aim.side], is_limit, least_runs) for aim in AIMS if aim.side in sides
    ]


def _judged(aim: Aim, side: Side, is_limit: bool, least_runs: int) -> Goal:
    work: Any = side[aim.work]  # type: ignore[literal-required]
    value = aim.of(work) if work else None
    runs = (work.get("runs") or work.get("kept") or 0) if work else 0
    met, why = None, ""
    if value is None:
        why = _reason(side, aim.work)
    elif runs < least_runs:
        why = f"{runs} of at least {least_runs} trials were undisturbed"
    elif is_limit and aim.unit == "x":  # what is a multiple of the constant route's
        why = "the client could not ask fast enough"
    else:
        met = value >= aim.limit if aim.at_least else value <= aim.limit
    return {
        "key": aim.key,
        "title": aim.title,
        "value": value,
        "limit": aim.limit,
        "at_least": aim.at_least,
        "unit": aim.unit,
        "elsewhere": aim.elsewhere,
        "met": met,
        "why": why,
    }


def _reason(side: Side, work: str) -> str:
    cannot = side["cannot"]
    known = [cannot[name] for name in (work, "start", "warm") if name in cannot]
    return known[0] if known else "not measured in this run"
