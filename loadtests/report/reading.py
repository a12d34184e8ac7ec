"""Reading a result whose every value may be null or absent."""

from typing import Any

Result = dict[str, Any]

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
    return [row for row in cut if all(number({"cell": cell}, "cell") is not None for cell in row)]


def strategy(result: Result, name: str) -> dict[str, Any]:
    """One strategy's figures; empty where it did not run."""
    found = at(result, "strategies", name)
    return found if isinstance(found, dict) else {}


def why_unknown(result: Result, name: str, measure: str) -> str:
    """Why the run does not know `measure` of this strategy, as a clause."""
    if not strategy(result, name):
        return "this strategy was not run"
    return text(result, "strategies", name, "not_measured", measure) or "not measured"


def is_valid(result: Result) -> bool:
    """Did the run keep its own conditions? One that does not say so did not."""
    return at(result, "conditions", "valid") is True


def words(tree: Any, *path: str) -> list[str]:
    """The list under `path` as strings; empty when there is none."""
    found = at(tree, *path)
    return [str(item) for item in found] if isinstance(found, list) else []
