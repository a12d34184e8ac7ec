"""Trials of one side to one result: medians, but for what is counted and what is a worst case."""

from collections.abc import Collection, Mapping, Sequence
from statistics import median
from typing import Any


def combined(
    trials: Sequence[Mapping[str, Any]],
    *,
    summed: Collection[str] = (),
    worst: Collection[str] = (),
) -> dict[str, Any]:
    """One value a figure, how many trials there were, and the trials themselves."""
    found = {
        name: _one([trial[name] for trial in trials], name, summed, worst) for name in trials[0]
    }
    return {**found, "runs": len(trials), "trials": list(trials)}


def _one(values: Sequence[Any], name: str, summed: Collection[str], worst: Collection[str]) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        return None
    if isinstance(known[0], dict):
        kinds = dict.fromkeys(kind for counts in known for kind in counts)
        return {kind: sum(counts.get(kind, 0) for counts in known) for kind in kinds}
    if isinstance(known[0], list):
        return list(dict.fromkeys(name for names in known for name in names))
    if isinstance(known[0], bool):
        return all(known)
    if name in summed:
        return sum(known)
    return max(known) if name in worst else median(known)
