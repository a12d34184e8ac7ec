"""What differs between two runs beyond the spread of their repeats, and what was not judged."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from loadtests.comparing.comparable import other_before_it, other_plan, other_rate
from loadtests.comparing.lost import why_lost, why_not_played
from loadtests.comparing.verdicts import LEAST_CHANGE, Verdict, can_be_judged, chance, judged
from loadtests.trials.schema import Figure, Spread, Trials

# It finds the rates, with fewer repeats than what is compared, and `--rates-from` leaves it out.
NOT_COMPARED = frozenset({"calibration"})


@dataclass(frozen=True)
class Difference:
    """One figure of one subject in one scenario; `after` is None where it was lost: `why`."""

    scenario: str
    subject: str
    name: str
    figure: Figure
    before: Spread
    after: Spread | None
    verdict: Verdict
    why: str = ""

    @property
    def change(self) -> float | None:
        """Of the medians, as 0.5 for half as much again; None from zero, or where one is lost."""
        if self.after is None:
            return None
        was, became = self.before["median"], self.after["median"]
        if was == became:
            return 0.0
        return (became - was) / was if was else None


@dataclass(frozen=True)
class Comparison:
    """All differences, in the order of the run before.

    `unjudged`: what the run before would have let be judged, and why it was not. `not_played`: what
    the run after left out. `new`: what it alone has.
    """

    differences: list[Difference] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    not_played: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)

    @property
    def worse(self) -> list[Difference]:
        """What got worse beyond its spread, or is not known any more."""
        return [one for one in self.differences if one.verdict in {"worse", "lost"}]

    @property
    def judged(self) -> list[Difference]:
        """What has a verdict."""
        return [one for one in self.differences if one.verdict != "too few repeats"]

    @property
    def by_chance(self) -> float:
        """How many differences as clear as these chance alone would show, at most."""
        both = [(one.before, one.after) for one in self.judged if one.after is not None]
        return sum(chance(before["valid"], after["valid"]) for before, after in both)


def compare(before: Trials, after: Trials, *, least_change: float = LEAST_CHANGE) -> Comparison:
    """Every figure that the run before has. The runs must be comparable: `refusals`."""
    found = Comparison()
    for scenario, subjects in _compared(before).items():
        why = other_rate(before, after, scenario) or other_before_it(before, after, scenario)
        for subject, figures in subjects.items():
            whose = f"{scenario}, {subject}"
            if reason := why_not_played(after, scenario, subject):
                if any(map(can_be_judged, figures.values())):
                    found.not_played.append(f"{whose}: {reason}")
            elif reason := why or other_plan(before, after, subject):
                found.unjudged.append(f"{whose}: {reason}")
            else:
                some = list(_differences(before, after, scenario, subject, least_change))
                found.differences.extend(some)
                found.unjudged.extend(_too_few(whose, some))
    found.new.extend(_only_after(before, after))
    return found


def _compared(trials: Trials) -> dict[str, dict[str, dict[str, Spread]]]:
    return {name: one for name, one in trials["summary"].items() if name not in NOT_COMPARED}


def _differences(
    before: Trials, after: Trials, scenario: str, subject: str, least_change: float
) -> Iterator[Difference]:
    became = after["summary"].get(scenario, {}).get(subject, {})
    for name, was in before["summary"][scenario][subject].items():
        figure = before["figures"].get(name)
        if figure is None:
            continue
        if name in became:
            verdict = judged(was, became[name], figure, least_change)
            yield Difference(scenario, subject, name, figure, was, became[name], verdict)
        elif can_be_judged(was) and (why := why_lost(after, scenario, subject, name)):
            yield Difference(scenario, subject, name, figure, was, None, "lost", why)


def _too_few(whose: str, differences: list[Difference]) -> Iterator[str]:
    """One line for all figures that the run after has too few valid repeats of."""
    few = [
        one.after["valid"]
        for one in differences
        if one.after and one.verdict == "too few repeats" and can_be_judged(one.before)
    ]
    if few:
        yield (
            f"{whose}: {min(few)} valid repeats after are too few to tell a difference from noise: "
            "run it again, with at least four and nobody else at work"
        )


def _only_after(before: Trials, after: Trials) -> Iterator[str]:
    for scenario, subjects in _compared(after).items():
        for subject in subjects:
            if subject not in before["summary"].get(scenario, {}):
                yield f"{scenario}, {subject}: only in the run after"
