"""What is to be reached, and whether it was: a verdict only where something valid was measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from loadtests.peers.result import ClientCheck, Goal, Herd, Side, Spread, Warm

SOFT_WINDOW_MS = 2_000.0
BULKHEAD = 8
# Early refresh and jitter each end a life of 2 s some tenths before its time; a second load would
# be two.
LOADS_A_LIFE = 1.5


class Seen(NamedTuple):
    """A value, None if unknown, and in how many trials it is known; `is_bound`: it may be more."""

    value: float | None
    runs: int
    is_bound: bool = False


Sight = Callable[[Any], Seen]


@dataclass(frozen=True, slots=True)
class Aim:
    """One goal. `of` gives the value from what a work of the side brought."""

    key: str
    title: str
    side: str
    work: str
    of: Sight
    limit: float
    unit: str = ""
    at_least: bool = False
    elsewhere: str = ""


def _warm(figure: str) -> Sight:
    """The median of the rounds: drift meets the constant route alike, and a round is a second."""

    def of(warm: Warm) -> Seen:
        found: Spread | None = warm[figure]  # type: ignore[literal-required]
        return Seen(found["median"] if found else None, warm["kept"])

    return of


def _worst(*figures: str) -> Sight:
    """The sum of some figures in the trial where it was most: what is promised of every trial."""

    def of(work: Mapping[str, Any]) -> Seen:
        sums = [sum(trial[figure] for figure in figures) for trial in work["trials"]
                if all(trial[figure] is not None for figure in figures)]  # fmt: skip
        is_bound = any(set(figures) & set(trial["at_least"]) for trial in work["trials"])
        return Seen(max(sums, default=None), len(sums), is_bound)

    return of


def _herd(figure: str, *, bound: str = "") -> Sight:
    """The most of any herd, which may be any more where its quantile `bound` may."""

    def of(herd: Mapping[str, Any]) -> Seen:
        known = [value for value in herd[figure] if value is not None]
        is_bound = any(bound in names for names in herd["at_least"])
        return Seen(max(known, default=None), len(known), is_bound)

    return of


def _unanswered(herd: Herd) -> Seen:
    return Seen(sum(herd["requests"] - answered for answered in herd["answered"]), herd["runs"])


def _bytes(weight: Mapping[str, Any]) -> Seen:
    return Seen(float(weight["bytes_per_post"]), weight["runs"])


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
        _herd("over_load_ms", bound="p99_ms"), 60, "ms", elsewhere="75, 90"),
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
        _herd("over_load_ms", bound="p99_ms"), 1_200, "ms", elsewhere="2,300 in all"),
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
    seen = aim.of(work) if work else Seen(None, 0)
    value, met = seen.value, None
    why = _reason(side, aim.work, seen, least_runs)
    if not why and is_limit and aim.unit == "x":  # what is a multiple of the constant route's
        why = "the client could not ask fast enough"
    if not why and value is not None:
        met = value >= aim.limit if aim.at_least else value <= aim.limit
    return {
        "key": aim.key,
        "title": aim.title,
        "value": value,
        "is_bound": seen.is_bound,
        "limit": aim.limit,
        "at_least": aim.at_least,
        "unit": aim.unit,
        "elsewhere": aim.elsewhere,
        "met": met,
        "why": why,
    }


def _reason(side: Side, name: str, seen: Seen, least_runs: int) -> str:
    """Why there is no verdict; "" where there is one."""
    work: Any = side[name]  # type: ignore[literal-required]
    if seen.value is not None and seen.runs >= least_runs:
        errors = work["errors"] if name in {"hot", "zipf"} else 0
        return f"{errors} answers in its windows were errors" if errors else ""
    cannot = side["cannot"]
    if known := [cannot[reason] for reason in (name, "start", "warm") if reason in cannot]:
        return known[0]
    if not work:
        return "not measured in this run"
    runs = work.get("runs") or work.get("kept") or 0
    if runs < least_runs:
        return f"{runs} of at least {least_runs} trials were undisturbed"
    return f"known in {seen.runs} of {runs} trials" if seen.runs < runs else "it has no value"
