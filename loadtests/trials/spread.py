"""Repeats to one figure each: the median of those that were valid, with the least and the most."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from loadtests.trials.schema import Spread, Trial

Summary = dict[str, dict[str, dict[str, Spread]]]


def summarize(trials: Sequence[Trial]) -> Summary:
    """Scenario to subject to figure. A figure without any valid repeat is absent."""
    together: defaultdict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        together[trial["scenario"], trial["subject"]].append(trial)
    found: Summary = {}
    for (scenario, subject), repeats in together.items():
        found.setdefault(scenario, {})[subject] = _spreads(repeats)
    return found


def _spreads(repeats: Sequence[Trial]) -> dict[str, Spread]:
    values: defaultdict[str, list[float]] = defaultdict(list)
    for trial in repeats:
        if trial["valid"]:
            for name, value in trial["figures"].items():
                values[name].append(value)
    return {name: spread(seen, of=len(repeats)) for name, seen in values.items()}


def spread(values: Sequence[float], *, of: int) -> Spread:
    """The spread of at least one value, out of `of` repeats."""
    return {
        "median": median(values),
        "least": min(values),
        "most": max(values),
        "valid": len(values),
        "of": of,
    }
