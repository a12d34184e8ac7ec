# SPDX-License-Identifier: MIT
r"""Exposition: counters and histograms of one process, in Prometheus's text format 0.0.4.

Closes: series that appear with their first event, so that no alert can see that event.
Race (the first error, as a scrape meets it):
    1. a scrape finds no series for errors: nothing has failed yet
    2. the cache fails once; the series is born with the value 1
    3. ``increase()`` sees a series that was always 1: no increase, no alert
  So every combination of labels stands there from the start, at zero.
Does not: merge processes (add the samples of all, never their ratios or percentiles) or guard
    against threads: count in the event loop's own. Cost: a line for each combination.
Use:
    >>> asked = Counter("asked_total", "Questions asked.", who=("cat", "dog"))
    >>> asked.add("cat")
    >>> print("\n".join(lines(asked)))
    # HELP asked_total Questions asked.
    # TYPE asked_total counter
    asked_total{who="cat"} 1
    asked_total{who="dog"} 0

Source: prometheus.io, "Exposition formats"; robustperception.io, "Existential issues with metrics".
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, product
from typing import NamedTuple, Protocol

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Sample(NamedTuple):
    """One line: a number under a name and its labels. Samples of all processes may be added."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


class Family(Protocol):
    """Samples that share a name, a kind and a meaning."""

    name: str
    meaning: str
    kind: str

    def samples(self) -> Iterator[Sample]:
        """Return the numbers as they are now."""


class Counter:
    """Counts that only grow, one for each combination of the given label values."""

    kind = "counter"

    def __init__(self, name: str, meaning: str, **labels: Sequence[str]) -> None:
        self.name = name
        self.meaning = meaning
        self._names = tuple(labels)
        self._counts: dict[tuple[str, ...], float] = dict.fromkeys(product(*labels.values()), 0)

    def add(self, *values: str, n: float = 1) -> None:
        """Count ``n`` more. Raises ``KeyError`` for a combination that was not given."""
        self._counts[values] += n

    def samples(self) -> Iterator[Sample]:
        """Return one sample for each combination."""
        for values, count in self._counts.items():
            yield Sample(self.name, tuple(zip(self._names, values, strict=True)), count)


class Histogram:
    """How often something took how long: a count for each bound, and the sum. One label."""

    kind = "histogram"

    def __init__(
        self, name: str, meaning: str, bounds: Sequence[float], **label: Sequence[str]
    ) -> None:
        self.name = name
        self.meaning = meaning
        self._bounds = tuple(bounds)
        [(self._label, values)] = label.items()
        # One count more than bounds: what is above the last.
        self._counts = {value: [0] * (len(self._bounds) + 1) for value in values}
        self._sums = dict.fromkeys(values, 0.0)

    def observe(self, value: str, amount: float) -> None:
        """Count one amount. Raises ``KeyError`` for a label value that was not given."""
        self._counts[value][bisect_left(self._bounds, amount)] += 1
        self._sums[value] += amount

    def samples(self) -> Iterator[Sample]:
        """Return, for each label value: a count up to each bound, the sum and the count."""
        bounds = [*(repr(float(bound)) for bound in self._bounds), "+Inf"]
        for value, counts in self._counts.items():
            label = (self._label, value)
            for bound, count in zip(bounds, accumulate(counts), strict=True):
                yield Sample(f"{self.name}_bucket", (label, ("le", bound)), count)
            yield Sample(f"{self.name}_sum", (label,), self._sums[value])
            yield Sample(f"{self.name}_count", (label,), sum(counts))


def lines(family: Family) -> Iterator[str]:
    """Write one family as text. Nothing is escaped: names and labels are of our own choice."""
    yield f"# HELP {family.name} {family.meaning}"
    yield f"# TYPE {family.name} {family.kind}"
    for name, labels, value in family.samples():
        pairs = ",".join(f'{label}="{said}"' for label, said in labels)
        yield f"{name}{{{pairs}}} {value}"
