"""Plays scenarios against subjects, repeated and interleaved: one trial after another."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from statistics import median

from loadtests.contest import Contest, Contestant, Sizes
from loadtests.result import PhaseConditions
from loadtests.trials.order import interleaved
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.schema import Rates, Trial
from loadtests.trials.sources import leave_out_unknown
from loadtests.trials.stage import Stage
from loadtests.trials.standing import Standing
from loadtests.trials.subject import Subject

START_S = 4.0  # two processes, on two cores
WARM_PER_S = 2_000  # of the requests that the warm trace stands for
SPARE_SHARE = 0.25  # of all turns, for those that were disturbed


@dataclass
class Company:
    """The means of a whole run, and the trials so far. `rates` are known once knees are."""

    contest: Contest
    ground: Standing
    rates: Rates | None = None
    trials: list[Trial] = field(default_factory=list)

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


async def play(
    company: Company, subjects: Sequence[Subject], scenarios: Sequence[Scenario], repeats: int
) -> None:
    """Every scenario against every subject, `repeats` times, in interleaved order.

    Each trial starts its services anew, and no other subject's run meanwhile. Scenarios that want
    the same services are played on them one after another. What broke its conditions is played
    once more at once, as long as such turns are few; both trials are kept.
    """
    for _, together in groupby(scenarios, key=lambda scenario: scenario.group):
        group = list(together)
        spare = math.ceil(SPARE_SHARE * len(subjects) * repeats)
        for repeat, subject in interleaved(subjects, repeats):
            company.contest.where = f"{repeat}/{repeats}"
            broken = await _play_group(company, subject, group, repeat)
            if broken and spare:
                spare -= 1
                company.contest.show.more(turn_s(broken, company.contest.sizes))
                company.contest.where = f"{repeat}/{repeats} again"
                await _play_group(company, subject, broken, repeat)


def turn_s(group: Sequence[Scenario], sizes: Sizes) -> float:
    """About how long one subject's turn with these scenarios takes."""
    warm_s = sizes.warm_requests / WARM_PER_S if group[0].starts_warm else 0.0
    return START_S + warm_s + sum(one.expected_s * sizes.steady_share for one in group)


async def _play_group(
    company: Company, subject: Subject, group: Sequence[Scenario], repeat: int
) -> list[Scenario]:
    """The scenarios whose trials are invalid."""
    contest, ground, broken = company.contest, company.ground, []
    contest.show.begin(f"{contest.where} {subject.name}: starting", START_S)
    async with ground.opened(subject, group[0]) as contestant:
        contest.show.end()
        contest.pids = {ground.generator.pid, *contestant.pids}
        began = len(contest.conditions)
        if group[0].starts_warm:
            await ground.warm(contest, contestant)
        warmed = contest.conditions[began:]
        for scenario in group:
            stage = Stage(
                contest, contestant, company.rates, scenario.name, repeat, company.earlier
            )
            began = len(contest.conditions)
            seen = await scenario.play(stage)
            leave_out_unknown(seen, ground.missing)
            phases = [*warmed, *contest.conditions[began:]]
            order = len(company.trials) + 1
            trial = _trial(seen, phases, scenario, contestant, repeat, order)
            company.trials.append(trial)
            broken += [scenario] * (not trial["valid"])
    return broken


def _trial(
    seen: Seen,
    phases: list[PhaseConditions],
    scenario: Scenario,
    contestant: Contestant,
    repeat: int,
    order: int,
) -> Trial:
    return {
        "subject": contestant.strategy,
        "scenario": scenario.name,
        "repeat": repeat,
        "order": order,
        "figures": seen.figures,
        "unknown": seen.unknown,
        "by_outcome": seen.by_outcome,
        "drawing": seen.drawing,
        "phases": phases,
        "valid": all(phase["valid"] for phase in phases),
        "why": list(_faults(phases)),
    }


def _faults(phases: Iterable[PhaseConditions]) -> Iterable[str]:
    for phase in phases:
        yield from (f"{phase['phase']}: {why}" for why in phase["why"])
