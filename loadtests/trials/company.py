"""The means of a whole run of trials, and what came of it so far."""

import re
from dataclasses import dataclass, field
from statistics import median

from loadtests.contest import Contest
from loadtests.trials.schema import Rates, Replay, Trial
from loadtests.trials.standing import Standing

TURNS_THAT_FAIL = 2  # in a row and in the same way: the third would as well


@dataclass
class Company:
    """`rates` are known once knees are. `failing`: how a subject's last turns failed, and how many.

    `given_up`: subjects that are not played any more, each with the reason.
    """

    contest: Contest
    ground: Standing
    rates: Rates | None = None
    trials: list[Trial] = field(default_factory=list)
    replays: list[Replay] = field(default_factory=list)
    groups: list[list[str]] = field(default_factory=list)
    failing: dict[str, tuple[str, int]] = field(default_factory=dict)
    given_up: dict[str, str] = field(default_factory=dict)

    def earlier(self, scenario: str, subject: str, figure: str) -> float | None:
        """The median of a figure over the trials so far, the valid ones if any is.

        None when no trial gave it.
        """
        seen = [
            trial
            for trial in self.trials
            if (trial["scenario"], trial["subject"]) == (scenario, subject)
            and figure in trial["figures"]
        ]
        counted = [trial for trial in seen if trial["valid"]] or seen
        return median(trial["figures"][figure] for trial in counted) if counted else None

    def turn_ended(self, subject: str, failure: str) -> None:
        """Note how a subject's turn ended (`failure` is empty when it did not fail)."""
        if not failure:
            self.failing.pop(subject, None)
            return
        way, count = self.failing.get(subject, ("", 0))
        count = count + 1 if way == _way(failure) else 1
        self.failing[subject] = (_way(failure), count)
        if count >= TURNS_THAT_FAIL:
            self.given_up[subject] = failure


def _way(failure: str) -> str:
    """The first line without its numbers: ports and process ids are others each time."""
    return re.sub(r"\d+", "", failure.partition("\n")[0])
