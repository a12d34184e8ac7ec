"""A goal as text: its mark, what was measured, what was wanted, and why there is no verdict."""

from loadtests.peers.result import Goal, Result

NONE = "-"


def mark(goal: Goal) -> str:
    """✓, ✗, or ? where nothing valid was measured."""
    return {True: "✓", False: "✗", None: "?"}[goal["met"]]


def figure(goal: Goal) -> str:
    """What was measured."""
    if goal["value"] is None:
        return NONE
    return ("≥ " if goal["is_bound"] else "") + _with_unit(goal["value"], goal)


def limit(goal: Goal) -> str:
    """What was wanted."""
    return f"{'≥' if goal['at_least'] else '≤'} {_with_unit(goal['limit'], goal)}"


def undecided(result: Result) -> list[str]:
    """Which goals are neither met nor missed, and why: one line each."""
    return [
        f"No verdict on {goal['title']}: {' '.join(goal['why'].split())}"
        for goal in result["goals"]
        if goal["met"] is None
    ]


def _with_unit(value: float, goal: Goal) -> str:
    number = f"{value:.2f}" if goal["unit"] == "x" else f"{value:,.0f}"
    if (goal["unit"] == "ms" and value < 100) or goal["key"] == "expiry_lives":
        number = f"{value:.1f}".removesuffix(".0")
    return f"{number} {goal['unit']}".strip()
