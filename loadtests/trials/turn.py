"""One turn: a subject's services, opened, and one scenario after another played on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loadtests.contest import Contestant
from loadtests.errors import LoadTestError
from loadtests.faults import TURN_FAILED
from loadtests.result import PhaseConditions
from loadtests.trials.company import Company
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.schema import Trial
from loadtests.trials.sources import leave_out_unknown
from loadtests.trials.stage import Stage
from loadtests.trials.subject import Subject

NOT_REACHED = "not played, as the turn had failed in {}"


@dataclass
class Turn:
    """`failure`: what ended it before its end, such as a crash of the service; empty if nothing."""

    trials: list[Trial]
    failure: str = ""


async def play_turn(
    company: Company, subject: Subject, group: Sequence[Scenario], repeat: int
) -> Turn:
    """Every scenario of the group once. A service that breaks down breaks its trials, not the run.

    Trials are not yet among the company's, nor numbered.
    """
    contest, ground, turn = company.contest, company.ground, Turn([])
    began = len(contest.conditions)
    try:
        async with ground.opened(contest, subject, group[0], repeat) as contestant:
            for scenario in group:
                began = len(contest.conditions)
                seen = await _played(company, contestant, scenario, repeat)
                phases = [*contestant.found.before, *contest.conditions[began:]]
                turn.trials.append(_trial(subject, scenario, repeat, seen, phases))
                began = len(contest.conditions)
    except LoadTestError as error:
        contest.show.end()
        turn.failure = str(error)
        _fail(turn, subject, group, repeat, contest.conditions[began:])
    return turn


async def _played(
    company: Company, contestant: Contestant, scenario: Scenario, repeat: int
) -> Seen:
    stage = Stage(
        company.contest,
        contestant,
        company.rates,
        scenario.name,
        repeat,
        company.earlier,
        scenario.tells_work,
    )
    seen = await scenario.play(stage)
    leave_out_unknown(seen, company.ground.missing)
    return seen


def _fail(
    turn: Turn,
    subject: Subject,
    group: Sequence[Scenario],
    repeat: int,
    phases: list[PhaseConditions],
) -> None:
    """A trial for each scenario that has none: the one in which it failed, and those after it.

    What failed when all was over may have begun in the last one: its figures stay, without a
    verdict.
    """
    if len(turn.trials) == len(group):
        _spoil(turn.trials[-1], f"{TURN_FAILED}: {turn.failure}")
        return
    failed, *others = group[len(turn.trials) :]
    broken = _trial(subject, failed, repeat, Seen(), phases)
    _spoil(broken, f"{TURN_FAILED}: {turn.failure}")
    turn.trials.append(broken)
    for scenario in others:
        missed = _trial(subject, scenario, repeat, Seen(), [])
        _spoil(missed, NOT_REACHED.format(failed.name))
        turn.trials.append(missed)


def _spoil(trial: Trial, why: str) -> None:
    trial["valid"] = False
    trial["why"] = [*trial["why"], why]


def _trial(
    subject: Subject,
    scenario: Scenario,
    repeat: int,
    seen: Seen,
    phases: list[PhaseConditions],
) -> Trial:
    return {
        "subject": subject.name,
        "scenario": scenario.name,
        "repeat": repeat,
        "order": 0,
        "figures": seen.figures,
        "at_least": [name for name in seen.at_least if name in seen.figures],
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
