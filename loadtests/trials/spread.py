"""Repeats to one figure each: the median of those that were valid, with the least and the most."""

from collections import defaultdict
from collections.abc import Sequence

from loadtests.trials.bounds import Known, spread_of_known
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


def shortfalls(trials: Sequence[Trial]) -> list[str]:
    """What was wrong with trials that were not made good: no other of the same repeat is valid."""
    good = {_turn(trial) for trial in trials if trial["valid"]}
    return [
        f"{trial['subject']}, {trial['scenario']}, repeat {trial['repeat']}: {text}"
        for trial in trials
        if _turn(trial) not in good
        for text in trial["why"]
    ]


def _turn(trial: Trial) -> tuple[str, str, int]:
    return trial["scenario"], trial["subject"], trial["repeat"]


def _spreads(repeats: Sequence[Trial]) -> dict[str, Spread]:
    values: defaultdict[str, list[Known]] = defaultdict(list)
    for trial in repeats:
        if trial["valid"]:
            for name, value in trial["figures"].items():
                values[name].append((value, name in trial.get("at_least", ())))
    # One that was disturbed and played again is one repeat, not two.
    made = len({trial["repeat"] for trial in repeats})
    return {name: spread_of_known(seen, of=made) for name, seen in values.items()}
