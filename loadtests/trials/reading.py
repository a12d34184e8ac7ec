"""From a measured phase to the figures of a trial."""

from loadtests.cache_status import HITS
from loadtests.conditions import answers_in_time_per_s
from loadtests.recorder import Report
from loadtests.result import LatencyName
from loadtests.trials.scenario import Seen
from loadtests.trials.schema import Drawing
from loadtests.trials.stage import Measured
from loadtests.unanswered import lateness_of

LEAST_FOR_P999 = 1_000  # fewer have no such part
_NAMES: tuple[LatencyName, ...] = ("mean", "p50", "p99", "max")


def steady_figures(phase: Measured, duration_s: float) -> Seen:
    """What a phase of open-loop traffic says: latency, work a request, what the cache did."""
    report = phase.report
    seen = Seen(
        figures={**_outcomes(report), **work(phase)},
        by_outcome=by_outcome(report),
        drawing=Drawing(series=report["series"], histogram=report["histogram"]),
    )
    _latency(seen, report)
    seen.figures["errors"] = report["errors"]
    seen.figures["dropped"] = report["dropped"]
    seen.figures["achieved_per_s"] = answers_in_time_per_s(report, duration_s)
    return seen


def by_outcome(report: Report) -> dict[str, tuple[int, float, float]]:
    """Requests, p50 and p99 in ms, apart by Cache-Status."""
    return {
        str(name): (part["requests"], part["p50_ms"], part["p99_ms"])
        for name, part in report["by_outcome"].items()
    }


def _latency(seen: Seen, report: Report) -> None:
    """Of all planned requests, answered or not."""
    latency = report["latency_ms"]
    if latency is None:
        return
    bounds = latency.get("at_least", ())
    for name in _NAMES:
        seen.note(f"{name}_ms", latency[name], at_least=name in bounds)
    late = lateness_of(report["rows"], report["patience_s"] * 1_000)
    if late.count >= LEAST_FOR_P999:
        seen.note("p999_ms", late.quantile_ms(0.999), at_least=late.is_bounded_at(0.999))
    else:
        seen.unknown["p999_ms"] = f"fewer than {LEAST_FOR_P999:,} requests"


def _outcomes(report: Report) -> dict[str, float]:
    if not report["reads"]:
        return {}
    stale = report["outcomes"].get("stale", 0)
    hits = sum(report["outcomes"].get(outcome, 0) for outcome in HITS)
    return {"hit_rate": hits / report["reads"], "stale_rate": stale / report["reads"]}


def work(phase: Measured) -> dict[str, float]:
    """What a request cost, by the servers' own counts.

    Not what the services would have done meanwhile without any: that is given apart.
    """
    requests, idle = phase.report["requests"], phase.idle
    if not requests:
        return {}
    cpu_s = phase.cpu_s - idle.cpu * phase.lasted_s
    statements = phase.sql.by_driver - idle.sql_per_s * phase.lasted_s
    commands = phase.commands - idle.commands_per_s * phase.lasted_s
    return {
        "cpu_ms_per_request": max(0.0, cpu_s) * 1_000 / requests,
        "sql_per_request": max(0.0, statements) / requests,
        "commands_per_request": max(0.0, commands) / requests,
        "loads_per_request": phase.loads_made / requests,
        "idle_cpu": idle.cpu,
        "idle_sql_per_s": idle.sql_per_s,
        "idle_commands_per_s": idle.commands_per_s,
    }
