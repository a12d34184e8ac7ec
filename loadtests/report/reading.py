"""Reading a result whose every value may be null or absent."""

from math import inf
from typing import Any, Literal

Result = dict[str, Any]
State = Literal["valid", "partly", "invalid"]

# Before, the article's fixes, ours: the order of every column, panel and legend.
STRATEGIES = ("naive", "article", "layered")

ROLES = {
    "naive": "the article's before",
    "article": "the article's six fixes",
    "layered": "Corral's layers",
}


def at(tree: Any, *path: str) -> Any:
    """The value under `path`, or None where any step is null, absent or no object."""
    for step in path:
        if not isinstance(tree, dict):
            return None
        tree = tree.get(step)
    return tree


def number(tree: Any, *path: str) -> float | None:
    """The number under `path`; None for anything else, NaN and infinity included."""
    value = at(tree, *path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < float("inf") else None


def text(tree: Any, *path: str, unknown: str = "") -> str:
    """What stands under `path` as text; `unknown` for null."""
    value = at(tree, *path)
    return unknown if value is None else str(value)


def objects(tree: Any, *path: str) -> list[dict[str, Any]]:
    """The objects in the list under `path`, whatever else is in it left out."""
    found = at(tree, *path)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def rows(tree: Any, *path: str, width: int) -> list[list[Any]]:
    """The rows under `path` that have at least `width` cells, the null ones left out."""
    found = at(tree, *path)
    if not isinstance(found, list):
        return []
    return [list(row) for row in found if isinstance(row, list | tuple) and len(row) >= width]


def numeric_rows(tree: Any, *path: str, width: int) -> list[list[float]]:
    """`rows` cut to `width` cells, those with anything but finite numbers left out."""
    cut = [row[:width] for row in rows(tree, *path, width=width)]
    return [row for row in cut if all(map(_is_finite, row))]


def _is_finite(cell: Any) -> bool:
    return type(cell) in (int, float) and abs(cell) < inf


def strategy(result: Result, name: str) -> dict[str, Any]:
    """One strategy's figures; empty where it did not run."""
    found = at(result, "strategies", name)
    return found if isinstance(found, dict) else {}


def why_unknown(result: Result, name: str, measure: str) -> str:
    """Why the run does not know `measure` of this strategy, as a clause."""
    if not strategy(result, name):
        return "this strategy was not run"
    return text(result, "strategies", name, "not_measured", measure) or "not measured"


def state(result: Result) -> State:
    """How far the run may be judged; the one place where that is decided.

    valid: all phases kept their conditions. partly: some broke them, so what rests on those has no
    verdict and all else has. invalid: nothing can be judged, or it is not known what broke.
    """
    if not objects(result, "conditions", "phases"):
        return "invalid"
    broken = broken_phases(result)
    if not broken:
        return "valid" if at(result, "conditions", "valid") is True else "invalid"
    own_stores = at(result, "conditions", "shared_stores") is False
    judged = any(at(goal, "met") is not None for goal in objects(result, "goals"))
    return "partly" if own_stores and judged else "invalid"


def broken_phases(result: Result) -> list[dict[str, Any]]:
    """The phases that broke their conditions; one that does not say that it kept them did."""
    phases = objects(result, "conditions", "phases")
    return [phase for phase in phases if at(phase, "valid") is not True]


def words(tree: Any, *path: str) -> list[str]:
    """The list under `path` as strings; empty when there is none."""
    found = at(tree, *path)
    return [str(item) for item in found if item is not None] if isinstance(found, list) else []
