"""Layered with one field wrong at a time: what each decision is for, seen by its absence.

`cached` has no mistake here: where lists are ids there is no query beneath them.
"""

from dataclasses import dataclass, replace
from typing import Any

from service.strategies import slots
from service.strategies.codecs import json_text
from service.strategies.counters import DroppedCounts
from service.strategies.invalidation import InsideTransactionAndOutbox
from service.strategies.layered import LAYERED
from service.strategies.outage import FAIL
from service.strategies.plan import Plan
from service.strategies.rankings import ComputedTrending
from service.strategies.reputation import ComponentCounts
from service.strategies.view_counts import AtOnce
from service.strategies.whole_graphs import WholeGraphPages


@dataclass(frozen=True, slots=True)
class Mistake:
    """One field that is wrong, what one will see of it, and the load test that shows it."""

    name: str
    wrong_field: str
    plan: Plan
    symptom: str
    scenario: str


def _mistake(name: str, wrong_field: str, piece: Any, symptom: str, scenario: str) -> Mistake:
    full = f"{LAYERED.name}.{name}"
    summary = f"layered, but {wrong_field} is {slots.name_of(piece)}"
    changed: dict[str, Any] = {"name": full, "summary": summary, wrong_field: piece}
    return Mistake(full, wrong_field, replace(LAYERED, **changed), symptom, scenario)
