"""Which patterns serve which data: the before, the after, and the lower bound."""

from service.strategies.article import ARTICLE
from service.strategies.layered import LAYERED
from service.strategies.naive import NAIVE
from service.strategies.no_cache import NO_CACHE
from service.strategies.plan import Plan

STRATEGIES: dict[str, Plan] = {plan.name: plan for plan in (NO_CACHE, NAIVE, ARTICLE, LAYERED)}


def plan_named(name: str) -> Plan:
    """The only look-up by name. Raises ValueError."""
    if name not in STRATEGIES:
        raise ValueError(f"there is no strategy {name!r}; choose from {', '.join(STRATEGIES)}")
    return STRATEGIES[name]
