"""Memory over time by prefix as data: what is told apart, at which times, on which axes."""

from dataclasses import dataclass
from math import log

from loadtests.report import units
from loadtests.report.plot import Axis, linear
from loadtests.report.reading import at, numeric_rows
from loadtests.report.trials import events
from loadtests.report.trials.run import Run, Scenario, Subject

_MOST_PREFIXES, _MOST_POINTS = 7, 48
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
LAYERS = _MOST_PREFIXES + 1  # and all others
REST = "all others"

Rows = list[tuple[float, float]]


@dataclass(frozen=True)
class Stack:
    """One subject's memory: bytes over time by prefix, the largest first."""

    subject: Subject
    layers: dict[str, Rows]
    events: events.Events

    @property
    def totals(self) -> Rows:
        """(second, bytes of all prefixes)."""
        times = [t for t, _ in next(iter(self.layers.values()))]
        return [
            (t, sum(layer[place][1] for layer in self.layers.values()))
            for place, t in enumerate(times)
        ]


@dataclass(frozen=True)
class Stacks:
    """One scenario's memory, and the prefixes that are told apart in it."""

    scenario: Scenario
    stacks: list[Stack]
    prefixes: list[str]

    def axes(self, seconds: str = "seconds") -> tuple[Axis, Axis]:
        """The same for all."""
        totals = [point for stack in self.stacks for point in stack.totals]
        x = linear(max(t for t, _ in totals) or 1.0, seconds, units.three_digits)
        return x, _sizes((max(b for _, b in totals) or 1.0) * 1.04)


def found(run: Run) -> list[Stacks]:
    """Every scenario that kept memory by prefix, of the median repeat."""
    every = (_stacks(run, scenario) for scenario in run.scenarios)
    return [one for one in every if one.stacks]


def _stacks(run: Run, scenario: Scenario) -> Stacks:
    kept = []
    for subject in run.played(scenario.name):
        trial = run.median_trial(scenario, subject)
        memory = at(trial.drawing, "memory") if trial else None
        names = list(memory) if isinstance(memory, dict) else []
        layers = {name: numeric_rows(memory, name, width=2) for name in names}
        layers = {name: rows for name, rows in layers.items() if rows}
        if trial and layers:
            kept.append((subject, layers, events.events(trial.drawing)))
    sizes: dict[str, float] = {}
    for _, layers, _ in kept:
        for name, rows in layers.items():
            sizes[name] = max(sizes.get(name, 0.0), *(row[1] for row in rows))
    prefixes = sorted(sizes, key=lambda name: -sizes[name])[:_MOST_PREFIXES]
    stacks = [
        Stack(one, _layers(layers, prefixes, max(12, int(run.detail * _MOST_POINTS))), happened)
        for one, layers, happened in kept
    ]
    rest = [REST] if any(REST in stack.layers for stack in stacks) else []
    return Stacks(scenario, stacks, [*prefixes, *rest])


def _layers(
    layers: dict[str, list[list[float]]], prefixes: list[str], most: int
) -> dict[str, Rows]:
    """On the times of the longest layer, thinned; what has no place of its own in one layer."""
    longest = max(layers.values(), key=len)
    step = -(-len(longest) // most)
    times = [row[0] for row in longest[::step]]
    if times[-1] != longest[-1][0]:
        times.append(longest[-1][0])
    drawn = {name: _sampled(layers.get(name, []), times) for name in prefixes}
    others = [_sampled(rows, times) for name, rows in layers.items() if name not in prefixes]
    if others:
        drawn[REST] = [(t, sum(one[i][1] for one in others)) for i, t in enumerate(times)]
    return drawn


def _sampled(rows: list[list[float]], times: list[float]) -> Rows:
    """The last value known at each time; zero before the first."""
    kept, place, value = [], 0, 0.0
    for t in times:
        while place < len(rows) and rows[place][0] <= t:
            value = rows[place][1]
            place += 1
        kept.append((t, value))
    return kept


def _sizes(most_bytes: float) -> Axis:
    """Round numbers of the unit in which the most is written."""
    power = min(4, int(log(most_bytes, 1024))) if most_bytes > 1 else 0
    unit = 1024.0**power
    axis = linear(most_bytes / unit, "", lambda value: f"{value:g} {_UNITS[power]}")
    ticks = tuple((value * unit, text) for value, text in axis.ticks)
    return Axis(lambda value: axis.place(value / unit), ticks, axis.title)
