"""Runs made up for comparing: one figure's repeats in, a whole file out."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from loadtests.trials.figures import FIGURES
from loadtests.trials.schema import SCHEMA, Trials
from loadtests.trials.spread import summarize

Repeats = Mapping[str, Sequence[float]]

MACHINE = {"cpu": "one", "cores": 2, "memory_gib": 24.0, "kernel": "Linux 6", "python": "3.11.7"}
ROWS = {"users": 10, "posts": 100, "comments": 50, "votes": 70, "follows": 30, "source": "made up"}


def run(figures: Repeats, *, scenario: str = "browse", **other: Any) -> Trials:
    """A run of `layered` whose trials saw these figures, a value a repeat."""
    repeats = max(len(values) for values in figures.values())
    trials = [
        {
            "subject": "layered",
            "scenario": scenario,
            "repeat": number + 1,
            "figures": {name: values[number] for name, values in figures.items()},
            "valid": True,
            "why": [],
        }
        for number in range(repeats)
    ]
    rates = {"low": 100.0, "high": 200.0, "rule": "given"}
    found: dict[str, Any] = {
        "schema": SCHEMA,
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
