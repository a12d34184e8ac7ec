"""From a measured phase to the figures of a trial."""

from loadtests.cache_status import HITS
from loadtests.histogram import histogram_of
from loadtests.recorder import Report
from loadtests.trials.scenario import Seen
from loadtests.trials.schema import Drawing
from loadtests.trials.stage import Measured

LEAST_FOR_P999 = 1_000  # fewer have no such part


def steady_figures(phase: Measured, duration_s: float) -> Seen:
    """What a phase of open-loop traffic says: latency, work a request, what the cache did."""
    report = phase.report
    seen = Seen(
        figures={**_latency(report), **_outcomes(report), **work(phase)},
        by_outcome=by_outcome(report),
        drawing=Drawing(series=report["series"], histogram=report["histogram"]),
    )
    took_ms = histogram_of(end - start for start, end, how in report["rows"] if how != "error")
    if took_ms.count >= LEAST_FOR_P999:
        seen.figures["p999_ms"] = took_ms.quantile_ms(0.999)
    else:
        seen.unknown["p999_ms"] = f"fewer than {LEAST_FOR_P999:,} answers"
    seen.figures["errors"] = report["errors"]
    seen.figures["dropped"] = report["dropped"]
    in_time = sum(end <= duration_s * 1_000 for _, end, how in report["rows"] if how != "error")
    seen.figures["achieved_per_s"] = in_time / duration_s
    return seen


def by_outcome(report: Report) -> dict[str, tuple[int, float, float]]:
    """Requests, p50 and p99 in ms, apart by Cache-Status."""
    return {
        str(name): (part["requests"], part["p50_ms"], part["p99_ms"])
        for name, part in report["by_outcome"].items()
    }


def _latency(report: Report) -> dict[str, float]:
    latency = report["latency_ms"]
    if latency is None:
        return {}
    return {
        "mean_ms": latency["mean"],
        "p50_ms": latency["p50"],
        "p99_ms": latency["p99"],
        "max_ms": latency["max"],
    }


def _outcomes(report: Report) -> dict[str, float]:
    if not report["reads"]:
        return {}
    stale = report["outcomes"].get("stale", 0)
    hits = sum(report["outcomes"].get(outcome, 0) for outcome in HITS)
    return {"hit_rate": hits / report["reads"], "stale_rate": stale / report["reads"]}


def work(phase: Measured) -> dict[str, float]:
    """What a request cost, by the servers' own counts."""
    requests = phase.report["requests"]
    if not requests:
        return {}
    return {
        "cpu_ms_per_request": phase.cpu_s * 1_000 / requests,
        "sql_per_request": phase.sql.by_driver / requests,
        "commands_per_request": phase.commands / requests,
        "loads_per_request": len(phase.loads) / requests,
    }
