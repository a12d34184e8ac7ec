"""A race as a TOML file: its lanes, and the steps between them in the order they happen in.

At the top `title` and `lanes` (names, from left to right); then a table `[[step]]` for each step:
`from` and `to` are lanes (without `to` it is an action in the lane of `from`), `text` says what
happens, `mark` is "bad" where the harm is done, "good" where a protection acts, or left out.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What fits a picture as wide as a page of text, at a size that is still read on it.
TITLE_CHARS, LANE_CHARS, TEXT_CHARS = 60, 20, 34
LANES, STEPS = (2, 4), (2, 14)
MARKS = ("", "bad", "good")


@dataclass(frozen=True)
class Step:
    """An arrow, or an action of one lane (`start == end`)."""

    start: int
    end: int
    text: str
    mark: str


@dataclass(frozen=True)
class Race:
    """What a picture shows."""

    title: str
    lanes: tuple[str, ...]
    steps: tuple[Step, ...]


def read_race(path: Path) -> Race:
    """The race in a file. Raises ValueError that names the file, the step and what is wrong."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return _race(found)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def _race(found: Mapping[str, Any]) -> Race:
    _only(found, {"title", "lanes", "step"})
    lanes, steps = found.get("lanes"), found.get("step")
    if not isinstance(lanes, list) or not LANES[0] <= len(lanes) <= LANES[1]:
        raise ValueError(f"`lanes` must be a list of {LANES[0]} to {LANES[1]} names.")
    if not isinstance(steps, list) or not STEPS[0] <= len(steps) <= STEPS[1]:
        raise ValueError(f"A race has {STEPS[0]} to {STEPS[1]} tables [[step]].")
    for lane in lanes:
        _text("a lane", lane, LANE_CHARS)
    if len(set(lanes)) < len(lanes):
        raise ValueError("Two lanes have the same name.")
    title = _text("`title`", found.get("title"), TITLE_CHARS)
    made = []
    for number, step in enumerate(steps, start=1):
        try:
            made.append(_step(step, lanes))
        except ValueError as error:
            raise ValueError(f"step {number}: {error}") from error
    return Race(title, tuple(lanes), tuple(made))


def _step(step: Mapping[str, Any], lanes: list[str]) -> Step:
    _only(step, {"from", "to", "text", "mark"})
    start = step.get("from", "")
    end = step.get("to", start)
    for name in (start, end):
        if name not in lanes:
            raise ValueError(f"{name!r} is none of the lanes {', '.join(lanes)}.")
    mark = step.get("mark", "")
    if mark not in MARKS:
        raise ValueError(f"`mark` is {mark!r}; it is 'bad', 'good' or left out.")
    text = _text("`text`", step.get("text"), TEXT_CHARS)
    return Step(lanes.index(start), lanes.index(end), text, mark)


def _text(what: str, value: object, most: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{what} must be a text that says something, not {value!r}.")
    if len(value) > most:
        raise ValueError(f"{what} is {len(value)} characters long, {most} fit: {value!r}.")
    return value


def _only(table: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is unknown here; there are {sorted(known)}.")
