"""What a picture shows, said in a sentence made of the same figures."""

from loadtests.report import units
from loadtests.report.change import change
from loadtests.report.rates import Phase
from loadtests.report.reading import STRATEGIES, Result, at, number, strategy
from loadtests.report.stampede import Event


def stampede(result: Result) -> str:
    """500 readers: 473 identical queries at naive, 1 at article and 1 at layered."""
    loads = {name: number(strategy(result, name), "stampede", "loads") for name in STRATEGIES}
    parts = [
        f"{units.count(value)} at {name}" for name, value in loads.items() if value is not None
    ]
    readers = next(
        (value for name in STRATEGIES if (value := _stampede(result, name, "requests"))), None
    )
    if not parts or readers is None:
        return "The stampede was not measured."
    first, *others = parts
    first = first.replace(" at ", " identical queries at ", 1)
    return f"{units.count(readers)} readers: {_listed([first, *others])}."


def one_stampede(result: Result, event: Event) -> str:
    """What became of one strategy's readers."""
    loads, peak = _stampede(result, event.name, "loads"), event.peak
    errors, slowest = (
        _stampede(result, event.name, "errors"),
        _stampede(result, event.name, "p99_ms"),
    )
    said = []
    if loads is not None:
        at_once = f", {units.count(peak)} at once" if peak is not None and loads > 1 else ""
        said.append(f"{units.plural(loads, 'load')} of the same list{at_once}")
    if slowest is not None:
        said.append(f"99 % were answered within {units.duration(slowest)}")
    if errors is not None:
        said.append(f"{units.count(errors)} failed" if errors else "none failed")
    working = sum(end - start for start, end in event.loads)
    spent = f" Loading took {units.duration(working)} in sum." if working else ""
    return f"{_listed(said).capitalize()}.{spent}" if said else "Not measured."


def phase(result: Result, which: str) -> str:
    """Who kept up at this rate, and what layered's mean is against naive's."""
    key = "latency_ms" if which == "low" else "latency_ms_at_high"
    rate = number(result, "rates", which)
    means = {name: number(strategy(result, name), key, "mean") for name in STRATEGIES}
    parts = [
        f"{units.duration(value)} at {name}" for name, value in means.items() if value is not None
    ]
    if not parts:
        return "Latency at this rate was not measured."
    at_rate = f"At {units.per_second(rate)} the" if rate is not None else "The"
    said = f"{at_rate} mean is {_listed(parts)}"
    if which == "low":
        return f"{said}. Below saturation a hit is fast under every strategy, naive's too."
    behind = [name for name in STRATEGIES if at(strategy(result, name), "saturated_at_high")]
    if not behind:
        return f"{said}; all of them kept up."
    return f"{said}. {_listed(behind).capitalize()} could not keep up, so waiting adds up."


def percentiles(result: Result, which: str) -> str:
    """The tail at this rate."""
    key = "latency_ms" if which == "low" else "latency_ms_at_high"
    tails = {name: number(strategy(result, name), key, "p99") for name in STRATEGIES}
    parts = [f"{units.duration(ms)} at {name}" for name, ms in tails.items() if ms is not None]
    return f"One answer in a hundred takes longer than {_listed(parts)}." if parts else ""


def rates(found: list[Phase]) -> str:
    """Which phases fell behind their plan, and whose doing that was."""
    behind = [phase for phase in found if phase.achieved < 0.98 * phase.planned]
    if not behind:
        return "Every strategy answered all the traffic that was planned for it."
    parts = [f"{phase.title} ({change(phase.planned, phase.achieved)})" for phase in behind]
    said = f"Behind the plan: {_listed(parts)}."
    if all(phase.saturated for phase in behind):
        return f"{said} The requests were sent on time; the service did not keep up."
    return said


def _stampede(result: Result, name: str, key: str) -> float | None:
    return number(strategy(result, name), "stampede", key)


def _listed(parts: list[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
