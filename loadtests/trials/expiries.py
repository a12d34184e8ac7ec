"""From stretches of traffic for one key whose life runs out to what its expiries were like."""

from collections.abc import Sequence
from statistics import median

from loadtests.recorder import Report
from loadtests.services import Load
from loadtests.trials.epochs import (
    SLOW_MS,
    Asked,
    Epoch,
    epochs_of,
    late_at_first,
    quickest_s,
    served_age_s,
)
from loadtests.trials.noting import note_p99
from loadtests.trials.scenario import Seen
from loadtests.trials.schema import Drawing

TTL_SCALE = 100
SOFT_S, HARD_S = 60 / TTL_SCALE, 600 / TTL_SCALE
# An early refresh begins in the second half of the soft life, which jitter shortens by a tenth.
YOUNG_S = 0.44 * SOFT_S
TOO_QUICK = f"a load takes less than {SLOW_MS:.0f} ms here, which is no wait: use more data"


def expiry_figures(
    loads: Sequence[Load], reports: Sequence[Report], filled: Sequence[Load]
) -> Seen:
    """What loads of one key and the requests for it say, epoch by epoch, since it was `filled`."""
    epochs, requests = epochs_of(loads, young_s=YOUNG_S), _requests(reports)
    measured_s = sum(report["duration_s"] for report in reports)
    seen = Seen(
        figures={
            "loads": median(len(epoch.loads) for epoch in epochs),
            "worst_loads": max(len(epoch.loads) for epoch in epochs),
            "peak_loads": max(epoch.peak for epoch in epochs),
            "loads_per_life": len(loads) * SOFT_S / measured_s,
            "stale_age_ms": _stale_ms(loads, reports, filled),
            "load_ms": max(load["end_s"] - load["start_s"] for load in loads) * 1_000,
            "epochs": len(epochs),
            "errors": sum(report["errors"] for report in reports),
        },
        drawing=_drawing(loads, reports),
    )
    note_p99(seen, "expiry_p99_ms", late_at_first(epochs, requests, reports[0]["patience_s"]))
    if quickest_s([*filled, *loads]) * 1_000 < SLOW_MS:
        seen.unknown["slow_requests"] = TOO_QUICK
    else:
        seen.figures["slow_requests"] = max(one.slow(requests, SLOW_MS / 1_000) for one in epochs)
    if fresh := _first_fresh_ms(epochs, reports):
        seen.figures["first_fresh_ms"] = max(fresh)
    else:
        seen.unknown["first_fresh_ms"] = "no load succeeded, or nobody was answered after one"
    return seen


def _first_fresh_ms(epochs: Sequence[Epoch], reports: Sequence[Report]) -> list[float]:
    """Of every epoch that was met within one stretch: between two of them nobody asks."""
    return [
        ms
        for report in reports
        for one in epochs
        if 0 <= one.began_s - report["started_at"] <= report["duration_s"]
        and (ms := one.first_fresh_ms(_requests([report]))) is not None
    ]


def _stale_ms(loads: Sequence[Load], reports: Sequence[Report], filled: Sequence[Load]) -> float:
    """How long after its soft life something was served that somebody had asked for meanwhile.

    Nobody asks between two stretches, so a later one counts from its own first fill.
    """
    served = _requests(reports[:1])
    for report in reports[1:]:
        ends = [load["end_s"] for load in loads if load["start_s"] >= report["started_at"]]
        since_s = min(ends, default=report["started_at"])
        served += [one for one in _requests([report]) if one.end_s > since_s]
    return max(0.0, served_age_s([*filled, *loads], served) - SOFT_S) * 1_000


def _requests(reports: Sequence[Report]) -> list[Asked]:
    return [
        Asked(report["started_at"] + at / 1_000, report["started_at"] + end / 1_000, how)
        for report in reports
        for at, end, how in report["rows"]
    ]


def _drawing(loads: Sequence[Load], reports: Sequence[Report]) -> Drawing:
    """All stretches on the clock of the first."""
    began_s = reports[0]["started_at"]
    by_start = sorted(loads, key=lambda load: load["start_s"])
    return Drawing(
        series=[
            (report["started_at"] - began_s + t_s, p50_ms, p99_ms, per_s)
            for report in reports
            for t_s, p50_ms, p99_ms, per_s in report["series"]
        ],
        loads_timeline=[
            ((load["start_s"] - began_s) * 1_000, (load["end_s"] - began_s) * 1_000)
            for load in by_start
        ],
    )
