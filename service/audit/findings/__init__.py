"""All rules, one a file, in the order of their codes."""

from ..earlier import Earlier
from . import k01, k02, k04, k05, k06, k07, k08, k09, k10, k11, k12
from .finding import Context, Finding

RULES = (k01, k02, k04, k05, k06, k07, k08, k09, k10, k11, k12)

# What needs more than one look at one server.
NOT_EVALUATED = {
    "K03": "rarely hit for its size: needs hits from the service's metrics over the same time",
    "K10": "unbounded pattern: needs the report of an earlier audit (--baseline)",
}


def not_evaluated(earlier: Earlier | None) -> dict[str, str]:
    """Codes that were not judged, and why."""
    left = dict(NOT_EVALUATED)
    if earlier is not None and earlier.partial is None:
        del left["K10"]
    elif earlier is not None:
        left["K10"] = f"unbounded pattern: the earlier audit was partial: {earlier.partial}"
    return left


def findings_of(context: Context) -> list[Finding]:
    """What all rules find, what saves most first."""
    found = [finding for rule in RULES for finding in rule.find(context)]
    return sorted(found, key=lambda one: (-(one.bytes or 0), one.code, one.pattern or ""))


__all__ = ["NOT_EVALUATED", "RULES", "Context", "Finding", "findings_of", "not_evaluated"]
