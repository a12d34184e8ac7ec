"""Ladders and mistakes made up for judging: figures of a subject in a scenario in, a file out."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from loadtests.trials.figures import FIGURES
from loadtests.trials.schema import Trial, Trials
from loadtests.trials.spread import summarize

Figures = Mapping[str, float]
Played = Mapping[tuple[str, str], Sequence[Figures]]

NAIVE: Mapping[str, Figures] = {
    "memory": {"cache_bytes": 1_000.0, "post_entry_bytes": 100.0, "keys": 10.0},
    "browse-low": {"mean_ms": 10.0, "hit_rate": 0.8, "cpu_ms_per_request": 4.0},
    "browse-high": {"mean_ms": 1_000.0, "achieved_per_s": 90.0},
    "knee": {"knee_per_s": 100.0},
}
LAYERED: Mapping[str, Figures] = {
    "memory": {"cache_bytes": 150.0, "post_entry_bytes": 4.0, "keys": 20.0},
    "browse-low": {"mean_ms": 10.0, "hit_rate": 0.9, "cpu_ms_per_request": 1.0},
    "browse-high": {"mean_ms": 150.0, "achieved_per_s": 320.0},
    "knee": {"knee_per_s": 400.0},
    "equal-budget": {"hit_rate": 0.9, "evicted_keys": 0.0},
    "natural-expiry": {
        "worst_loads": 1.0,
        "loads_per_life": 2.0,
        "slow_requests": 0.0,
        "epochs": 4.0,
        "peak_loads": 1.0,
        "first_fresh_ms": 80.0,
    },
    "stampede": {
        "loads": 1.0,
        "over_load_ms": 60.0,
        "peak_loads": 1.0,
        "p99_ms": 260.0,
        "load_ms": 240.0,
        "alone_load_ms": 200.0,
        "errors": 0.0,
    },
}


def ladder(*, repeats: int = 5, **other: Any) -> Trials:
    """A ladder that meets every goal, just so."""
    played: dict[tuple[str, str], list[Figures]] = {}
    for subject, scenarios in (("naive", NAIVE), ("layered", LAYERED)):
        for scenario, figures in scenarios.items():
            played[subject, scenario] = [figures] * repeats
    return run(played, **other)


def run(played: Played, **other: Any) -> Trials:
    """A file of these repeats."""
    trials = [
        cast("Trial", trial(subject, scenario, number, figures))
        for (subject, scenario), repeats in played.items()
        for number, figures in enumerate(repeats, start=1)
    ]
    found: dict[str, Any] = {
        "quick": False,
        "duration_s": 3_600.0,
        "rates": {"low": 50.0, "high": 320.0, "rule": "made up"},
        "figures": FIGURES,
        "trials": trials,
    }
    return resummed(cast("Trials", {**found, **other}))


def trial(subject: str, scenario: str, repeat: int, figures: Figures) -> dict[str, Any]:
    """One that kept its conditions."""
    return {
        "subject": subject,
        "scenario": scenario,
        "repeat": repeat,
        "figures": dict(figures),
        "unknown": {},
        "valid": True,
        "why": [],
    }


def resummed(trials: Trials) -> Trials:
    """The same, its summary made anew of its trials."""
    trials["summary"] = summarize(trials["trials"])
    return trials


def trials_of(trials: Trials, subject: str, scenario: str) -> list[Trial]:
    """All repeats of one subject in one scenario."""
    return [
        one for one in trials["trials"] if (one["subject"], one["scenario"]) == (subject, scenario)
    ]
