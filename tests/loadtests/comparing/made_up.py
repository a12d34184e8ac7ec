"""Runs made up for comparing: one figure's repeats in, a whole file out."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from loadtests.trials.figures import FIGURES
from loadtests.trials.schema import SCHEMA, Trials
from loadtests.trials.spread import summarize

Repeats = Mapping[str, Sequence[float]]

MACHINE = {"cpu": "one", "cores": 2, "memory_gib": 24.0, "kernel": "Linux 6", "python": "3.11.7"}
ROWS = {"users": 10, "posts": 100, "comments": 50, "votes": 70, "follows": 30, "source": "made up"}


SIZES = {"warm_requests": 40_000, "steady_share": 1.0}


def run(
    figures: Repeats, *, scenario: str = "browse", bounds: Repeats | None = None, **other: Any
) -> Trials:
    """A run of `layered` whose trials saw these figures, a value a repeat.

    `bounds`: of these figures the values that are known to be no less than they are.
    """
    repeats = max((len(values) for values in figures.values()), default=5)
    bounds = bounds or {}
    trials = [
        {
            "subject": "layered",
            "scenario": scenario,
            "repeat": number + 1,
            "figures": {name: values[number] for name, values in figures.items()},
            "at_least": [name for name in bounds if figures[name][number] in bounds[name]],
            "unknown": {},
            "valid": True,
            "why": [],
        }
        for number in range(repeats)
    ]
    rates = {"low": 100.0, "high": 200.0, "rule": "given"}
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": "run",
        "created_at": "2026-11-23T12:00:00+00:00",
        "sizes": SIZES,
        "groups": [[scenario]],
        "subjects": [{"name": "layered", "settings": {"CORRAL_STRATEGY": "layered"}}],
        "unlimited": "127.0.0.1/32",
        "machine": MACHINE,
        "versions": {"postgres": "18.6", "valkey": "Valkey 9.1.2"},
        "dataset": ROWS,
        "seed": 1,
        "quick": False,
        "server_processes": 2,
        "rates": rates,
        "figures": FIGURES,
        "scenarios": [{"name": scenario, "table": "steady", "rates": ["low"]}],
        "trials": trials,
        "summary": summarize(cast("Any", trials)),
    }
    return cast("Trials", {**found, **other})
