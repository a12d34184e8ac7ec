"""Which of two subjects did better at a figure, and whether by more than their repeats differ."""

from dataclasses import dataclass

from loadtests.comparing.verdicts import LEAST_CHANGE, Verdict, judged
from loadtests.report.change import change, points
from loadtests.report.trials.run import Run, Scenario, Subject
from loadtests.report.units import UNKNOWN
from loadtests.trials.schema import Spread


@dataclass(frozen=True)
class Step:
    """A figure from one subject to another. `verdict` is None where one of them has none."""

    figure: str
    before: Spread | None
    after: Spread | None
    change: str
    verdict: Verdict | None

    @property
    def beyond(self) -> bool:
        """Whether they differ by more than their repeats do."""
        return self.verdict in {"better", "worse", "differs"}

    @property
    def words(self) -> str:
        """What became of it, and whether that is better, worse or within the spread."""
        if self.verdict is None:
            return UNKNOWN
        if self.verdict == "within the spread":
            return f"{self.change}, within the spread"
        if self.verdict == "too few repeats":
            return f"{self.change}, too few repeats to tell"
        return f"{self.change}, {self.verdict}"


def step(run: Run, scenario: Scenario, figure: str, before: Subject, after: Subject) -> Step:
    """The figure of both, judged."""
    was = run.spread(scenario.name, before.name, figure)
    is_now = run.spread(scenario.name, after.name, figure)
    if was is None or is_now is None:
        return Step(figure, was, is_now, UNKNOWN, None)
    told = run.figure(figure)
    compare = points if told["unit"] == "share" else change
    said = compare(was["median"], is_now["median"])
    return Step(figure, was, is_now, said, judged(was, is_now, told, LEAST_CHANGE))


def best_first(run: Run, scenario: Scenario, figure: str) -> list[tuple[Subject, Spread]]:
    """The subjects that have the figure, the best first; in their order where none is better."""
    found = [
        (subject, spread)
        for subject in run.played(scenario.name)
        if (spread := run.spread(scenario.name, subject.name, figure))
    ]
    better = run.figure(figure)["better"]
    if better == "neither":
        return found
    return sorted(found, key=lambda one: one[1]["median"], reverse=better == "higher")


def apart(run: Run, figure: str, best: Spread, worst: Spread) -> bool:
    """Whether the worst differs from the best by more than their repeats do."""
    return judged(best, worst, run.figure(figure), LEAST_CHANGE) in {"better", "worse", "differs"}
