"""All plans that have a name, with what sets each apart: for people, and for the load tests."""

from dataclasses import dataclass
from typing import Literal

from service.strategies import STRATEGIES
from service.strategies.ladder import LADDER
from service.strategies.layered import LAYERED
from service.strategies.mistakes import MISTAKES
from service.strategies.pieces import PIECES, changed
from service.strategies.plan import Plan

LADDER_NAMES = [rung.plan.name for rung in LADDER]
PIECE_NAMES = {field: list(pieces) for field, pieces in PIECES.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """One plan. `changed` are the fields in which it differs from the plan named by `since`.

    `why` is of a rung of the ladder; `wrong_field`, `symptom` and `scenario` are of a mistake.
    """

    name: str
    kind: Literal["strategy", "rung", "mistake"]
    summary: str
    since: str | None
    changed: dict[str, str]
    why: str | None = None
    wrong_field: str | None = None
    symptom: str | None = None
    scenario: str | None = None


def entries() -> list[Entry]:
    """Strategies, then the steps between them, then mistakes."""
    steps = {
        rung.plan.name: (before.plan if before else None, rung.why)
        for before, rung in zip((None, *LADDER), LADDER, strict=False)
    }
    plans = [*STRATEGIES.values(), *(each.plan for each in LADDER)]
    named = {plan.name: plan for plan in plans}
    return [_of(plan, *steps.get(name, (None, None))) for name, plan in named.items()] + [
        Entry(
            name=mistake.name,
            kind="mistake",
            summary=mistake.plan.summary,
            since=LAYERED.name,
            changed=dict(changed(mistake.plan, LAYERED)),
            wrong_field=mistake.wrong_field,
            symptom=mistake.symptom,
            scenario=mistake.scenario,
        )
        for mistake in MISTAKES
    ]


def _of(plan: Plan, before: Plan | None, why: str | None) -> Entry:
    return Entry(
        name=plan.name,
        kind="strategy" if plan.name in STRATEGIES else "rung",
        summary=plan.summary,
        since=before.name if before else None,
        changed=dict(changed(plan, before)) if before else {},
        why=why,
    )
