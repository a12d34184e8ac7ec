"""Which patterns serve which data: the before, the after, the lower bound, and what is between."""

from difflib import get_close_matches

from service.strategies.article import ARTICLE
from service.strategies.ladder import LADDER
from service.strategies.layered import LAYERED
from service.strategies.mistakes import MISTAKES
from service.strategies.naive import NAIVE
from service.strategies.no_cache import NO_CACHE
from service.strategies.plan import Plan

STRATEGIES: dict[str, Plan] = {plan.name: plan for plan in (NO_CACHE, NAIVE, ARTICLE, LAYERED)}
# The steps between them, and what goes wrong without one of the last one's pieces.
RUNGS: dict[str, Plan] = {
    rung.plan.name: rung.plan for rung in LADDER if rung.plan.name not in STRATEGIES
}
WRONG: dict[str, Plan] = {mistake.name: mistake.plan for mistake in MISTAKES}


def plan_named(name: str) -> Plan:
    """The only look-up by name. Raises ValueError."""
    for plans in (STRATEGIES, RUNGS, WRONG):
        if name in plans:
            return plans[name]
    near = get_close_matches(name, [*STRATEGIES, *RUNGS, *WRONG], n=1)
    meant = f" (is {near[0]} meant?)" if near else ""
    raise ValueError(
        f"there is no strategy {name!r}{meant}; choose from {', '.join((*STRATEGIES, *RUNGS))}, "
        "or a mistake from `corral strategies --mistakes`"
    )
