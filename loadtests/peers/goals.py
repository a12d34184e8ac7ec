"""What is to be reached, and whether it was: a verdict only where something valid was measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from loadtests.peers.result import ClientCheck, Goal, Herd, Side, Spread, Warm

SOFT_WINDOW_MS = 2_000.0
BULKHEAD = 8


@dataclass(frozen=True, slots=True)
class Aim:
    """One goal. `of` gives the value from a side, None where it was not measured."""

    key: str
    title: str
    side: str
    of: Callable[[Side], float | None]
    limit: float
    unit: str = ""
    at_least: bool = False
    elsewhere: str = ""


def _warm(kind: str, figure: str) -> Callable[[Side], float | None]:
    def of(side: Side) -> float | None:
        warm: Warm | None = side["hot"] if kind == "hot" else side["zipf"]
        found: Spread | None = warm[figure] if warm else None  # type: ignore[literal-required]
        return found["median"] if found else None

    return of


def _herd(work: str, figure: Callable[[Herd], float]) -> Callable[[Side], float | None]:
    def of(side: Side) -> float | None:
        herd: Herd | None = side[work]  # type: ignore[literal-required]
        return figure(herd) if herd else None

    return of


def _unanswered(herd: Herd) -> float:
    return sum(herd["requests"] - answered for answered in herd["answered"])


def _of(work: str, *figures: str) -> Callable[[Side], float | None]:
    """The sum of some figures of a work."""

    def of(side: Side) -> float | None:
        found: Mapping[str, float | None] | None = side[work]  # type: ignore[literal-required]
        values = [found[figure] for figure in figures] if found else [None]
        known = [value for value in values if value is not None]
        return sum(known) if len(known) == len(values) else None

    return of


AIMS = (
    Aim("hot", "warm, one hot key", "layered", _warm("hot", "ratio"), 1.0, "x", True, "0.78"),
    Aim("zipf", "warm, 10,000 keys Zipf", "layered", _warm("zipf", "ratio"), 0.85, "x", True,
        "0.54"),
    Aim("far_hot", "no L1, hot key", "layered_far", _warm("hot", "ratio"), 0.65, "x", True, "0.47"),
    Aim("far_zipf", "no L1, Zipf", "layered_far", _warm("zipf", "ratio"), 0.65, "x", True, "0.45"),
    Aim("real_hot", "real endpoint, hot key", "corral", _warm("hot", "ratio"), 0.55, "x", True),
    Aim("real_zipf", "real endpoint, Zipf", "corral", _warm("zipf", "ratio"), 0.55, "x", True),
    Aim("p99_hot", "p99 at 32, hot key", "layered", _warm("hot", "p99_ratio"), 1.5, "x",
        elsewhere="4-6"),
    Aim("p99_zipf", "p99 at 32, Zipf", "layered", _warm("zipf", "p99_ratio"), 1.5, "x",
        elsewhere="4-6"),
    Aim("herd_loads", "stampede: loads, worst", "layered",
        _herd("stampede", lambda herd: max(herd["loads"])), 1, "", elsewhere="1, 2, 200-500"),
    Aim("herd_errors", "stampede: errors", "layered", _herd("stampede", _unanswered), 0),
    Aim("herd_p99", "stampede: p99 over its load", "layered",
        _herd("stampede", lambda herd: median(herd["over_load_ms"])), 60, "ms",
        elsewhere="75, 90"),
    Aim("expiry_loads", "expiry: loads a window, worst", "layered",
        _of("expiry", "most_loads_a_window"), 1, elsewhere="1"),
    Aim("expiry_p99", "expiry: p99", "layered", _of("expiry", "p99_ms"), 5, "ms", elsewhere="4"),
    Aim("expiry_slow", "expiry: slow requests", "layered", _of("expiry", "slow"), 0),
    Aim("expiry_stale", "expiry: staleness", "layered", _of("expiry", "stale_ms"), SOFT_WINDOW_MS,
        "ms", elsewhere="not told"),
    Aim("killed_lost", "loader killed: unanswered", "layered",
        _herd("loader_killed", _unanswered), 0, elsewhere="0, or all"),
    Aim("killed_p99", "loader killed: p99 over its load", "layered",
        _herd("loader_killed", lambda herd: median(herd["over_load_ms"])), 1_200, "ms",
        elsewhere="2,300 in all"),
    Aim("killed_loads", "loader killed: loads, worst", "layered",
        _herd("loader_killed", lambda herd: max(herd["loads"])), 2),
    Aim("outage_errors", "cache killed: errors", "layered",
        _of("cache_killed", "down_errors", "after_errors"), 0, elsewhere="0, or 99 %"),
    Aim("outage_p99", "cache killed: p99 meanwhile", "layered",
        _of("cache_killed", "down_p99_ms"), 20, "ms", elsewhere="17"),
    Aim("outage_loads", "cache killed: loads at once", "layered",
        _of("cache_killed", "most_at_work"), BULKHEAD),
    Aim("bytes", "bytes of a post of 750 B", "layered", _of("weight", "bytes_per_post"), 560, "B",
        elsewhere="800-930"),
)  # fmt: skip


def goals(sides: Mapping[str, Side], client: ClientCheck | None) -> list[Goal]:
    """Every goal of the sides that are there; of `client`, whether warm figures are its own."""
    is_limit = client is not None and client["is_limit"]
    return [_judged(aim, sides[aim.side], is_limit) for aim in AIMS if aim.side in sides]


def _judged(aim: Aim, side: Side, is_limit: bool) -> Goal:
    value = aim.of(side)
    met, why = None, ""
    if value is None:
        why = _reason(side)
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


def _reason(side: Side) -> str:
    return "; ".join(side["cannot"].values()) or "not measured in this run"
