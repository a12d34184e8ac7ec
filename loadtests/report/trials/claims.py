"""What the article says of a step, quoted beside what was measured and never as ours."""

from collections.abc import Callable, Mapping

from loadtests.report import units
from loadtests.report.reading import Result, number

# By rung and figure, as the article words it.
STEPS = {
    # In brackets what is ours to say: a cache that was filled some seconds ago cannot show it.
    ("ttl", "cache_bytes"): "−40 % [nothing has lived long enough here for a TTL to end: see "  # noqa: RUF001
    "time-lapse]",
    ("small-entries", "cache_bytes"): "another −60 %",  # noqa: RUF001
}


def _gigabytes(value: float) -> str:
    return f"{value:,.0f} GB"


def _milliseconds(value: float) -> str:
    return f"{value:,.0f} ms"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


_WHOLE: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "cache_bytes": ("memory_gb", _gigabytes),
    "dollars": ("dollars_per_month", units.dollars),
    "mean_ms": ("latency_ms", _milliseconds),
    "hit_rate": ("hit_rate", _percent),
}


def of_step(rung: str, figure: str) -> str:
    """The article's claim for this step and figure; empty where it has none."""
    return STEPS.get((rung, figure), "")


def of_whole(result: Result, measure: str) -> str:
    """The article's own before and after; empty where it has none."""
    if measure not in _WHOLE:
        return ""
    name, show = _WHOLE[measure]
    ends = [number(result, "article", name, end) for end in ("before", "after")]
    before, after = ends
    return "" if before is None or after is None else f"{show(before)} → {show(after)}"
