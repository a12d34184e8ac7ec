"""Results to draw, all made up: no figure here was measured, and none may leave the tests."""

import json
from collections.abc import Callable
from typing import Any

from loadtests.goals import goals
from loadtests.report.reading import Result
from tests.loadtests.sample import sample

Change = Callable[[Result], None] | None

LATE = "starts were late: p99 42 ms, at most 20 allowed"

HOSTILE = "<script src='https://evil.example/x.js'>&\"\\|*`\x00"


def drawn(change: Change = None) -> Result:
    """The sample as it comes back from its file, with `change` applied."""
    result: Result = json.loads(json.dumps(sample()))
    if change:
        change(result)
    return result


def invalid(result: Result) -> None:
    """The generator was too busy, so nothing may be concluded."""
    result["conditions"]["valid"] = False
    result["conditions"]["why"] = ["naive high: generator took 93 % of a core"]


def broke(result: Result, strategy: str, name: str, why: str = LATE) -> None:
    """One phase, added where it is missing, broke its conditions; the goals follow from that."""
    phases = result["conditions"]["phases"]
    is_it = {"strategy": strategy, "phase": name}.items()
    phase = next((one for one in phases if is_it <= one.items()), None)
    if phase is None:
        phase = {**phases[0], **dict(is_it)}
        phases.append(phase)
    phase.update(valid=False, why=[why])
    result["conditions"]["valid"] = False
    result["conditions"]["why"].append(f"{strategy} {name}: {why}")
    result["goals"] = goals(result["strategies"], result["conditions"])


def partly(result: Result) -> None:
    """Naive's burst was late, and nothing else was wrong."""
    broke(result, "naive", "stampede")


def missed(result: Result) -> None:
    """One goal is missed and says why."""
    goal = next(goal for goal in result["goals"] if goal["id"] == "bytes")
    goal.update(met=False, value=0.351, why="the data set is too small")


def unknown_memory(result: Result) -> None:
    """What a shared store does not tell."""
    for figures in result["strategies"].values():
        for key in ("cache_bytes", "cache_keys", "bytes_per_post_entry"):
            figures[key] = None
            figures["not_measured"][key] = "not known on a shared store"


def thin(result: Result) -> None:
    """Every list is short, so that drawing it hundreds of times is quick."""
    for figures in result["strategies"].values():
        for key in ("histogram_low", "histogram_high"):
            figures[key] = figures[key][::20]
        for key in ("timeline", "loads_timeline"):
            figures["stampede"][key] = figures["stampede"][key][::50]
        figures["series"] = {rate: windows[:4] for rate, windows in figures["series"].items()}


def hostile(result: Result) -> None:
    """Every free text of the run is markup, or worse."""
    result["command"] = result["created_at"] = result["machine"]["cpu"] = HOSTILE
    result["versions"] = {HOSTILE: HOSTILE}
    result["dataset"]["source"] = HOSTILE
    result["conditions"].update(valid=False, why=[HOSTILE])
    result["goals"][0].update(text=HOSTILE, why=HOSTILE, unit=HOSTILE, met=False)
    result["strategies"]["naive"]["stampede"]["timeline"][0][2] = HOSTILE


def nulls(tree: Any, *, kept: tuple[str, ...] = ("schema",)) -> Any:
    """The same tree with every leaf null."""
    if isinstance(tree, dict):
        return {key: value if key in kept else nulls(value) for key, value in tree.items()}
    return [nulls(item) for item in tree] if isinstance(tree, list) else None


def paths(tree: Any, *walked: str | int) -> list[tuple[str | int, ...]]:
    """Where every object, list and leaf of the tree stands; of a list only the first item."""
    found: list[tuple[str | int, ...]] = [walked] if walked else []
    if isinstance(tree, dict):
        for key, value in tree.items():
            found += paths(value, *walked, key)
    elif isinstance(tree, list) and tree:
        found += paths(tree[0], *walked, 0)
    return found


def without(result: Result, path: tuple[str | int, ...]) -> None:
    """Make the value under `path` null."""
    place: Any = result
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = None
