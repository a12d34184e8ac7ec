"""What a row measures: figures by name, each with the goal that the issue sets for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal, NamedTuple

Fold = Literal["median", "sum"]


class Sample(NamedTuple):
    """One measured number; with `of`, so many of so many; `bound`: more, nobody waited longer."""

    value: float
    of: int = 0
    bound: bool = False


# A figure that a side has not is a word on why.
Figures = dict[str, Sample | str]


@dataclass(frozen=True)
class Goal:
    """A limit for Corral: `at_most` it, `above` it, or `all` of what was tried."""

    kind: Literal["at_most", "above", "all"]
    limit: float = 0.0

    def text(self) -> str:
        """As the table has it."""
        words = {"at_most": f"≤ {self.limit:,g}", "above": f"> {self.limit:g}", "all": "all"}
        return "0" if self.kind == "at_most" and not self.limit else words[self.kind]

    def missed_by(self, value: float, of: int) -> float | None:
        """By how much, None when it was met."""
        if self.kind == "all":
            return of - value if value < of else None
        if self.kind == "above":
            return None if value > self.limit else self.limit - value
        return value - self.limit if value > self.limit else None


@dataclass(frozen=True)
class Metric:
    """One line of the table."""

    key: str
    title: str
    unit: str = ""
    goal: Goal | None = None
    fold: Fold = "median"
    digits: int = 0


@dataclass
class Folded:
    """The samples of one contender for one metric, as one figure."""

    samples: list[Sample] = field(default_factory=list)

    def value(self, fold: Fold) -> float:
        """Their median, or their sum."""
        values = [sample.value for sample in self.samples]
        return sum(values) if fold == "sum" else median(values)

    @property
    def of(self) -> int:
        """Out of how many in all."""
        return sum(sample.of for sample in self.samples)

    @property
    def least(self) -> float:
        """The smallest sample."""
        return min(sample.value for sample in self.samples)

    @property
    def most(self) -> float:
        """The largest sample."""
        return max(sample.value for sample in self.samples)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the (sorted) values lie."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
