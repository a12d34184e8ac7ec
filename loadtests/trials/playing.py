"""Plays scenarios against subjects, repeated and interleaved: one turn after another."""

import math
from collections import defaultdict
from collections.abc import Sequence

from loadtests.contest import Sizes
from loadtests.phases import SENT_PER_S, warm_s
from loadtests.trials.company import Company
from loadtests.trials.order import groups, interleaved
from loadtests.trials.replays import may_be_replayed
from loadtests.trials.scenario import Scenario
from loadtests.trials.schema import Replay
from loadtests.trials.subject import Subject
from loadtests.trials.turn import Turn, play_turn

WRITES_SHARE = 0.1  # of a compact trace
SPARE_SHARE = 0.25  # rounded up, of each subject's turns with a group: for those disturbed


async def play(
    company: Company, subjects: Sequence[Subject], scenarios: Sequence[Scenario], repeats: int
) -> None:
    """Every scenario against every subject, `repeats` times, in interleaved order.

    Each turn starts its services anew, and no other subject's run meanwhile. Scenarios that want
    the same services share a turn. What the machine or the generator spoilt is played once more at
    once, as often as each subject has turns to spare; both trials are kept. A subject whose turns
    fail one after the other in the same way is not played any more.
    """
    for group in groups(scenarios):
        company.groups.append([one.name for one in group])
        spare = defaultdict[str, int](lambda: math.ceil(SPARE_SHARE * repeats))
        for repeat, subject in interleaved(subjects, repeats):
            if subject.name in company.given_up:
                company.contest.show.more(-turn_s(group, company.contest.sizes))
                continue
            company.contest.where = f"{repeat}/{repeats}"
            turn = await _turn(company, subject, group, repeat)
            again = _up_to_the_last_disturbed(turn, group)
            if again and spare[subject.name]:
                spare[subject.name] -= 1
                company.contest.show.more(turn_s(again, company.contest.sizes))
                company.contest.where = f"{repeat}/{repeats} again"
                await _turn(company, subject, again, repeat, instead_of=turn)


async def _turn(
    company: Company,
    subject: Subject,
    group: Sequence[Scenario],
    repeat: int,
    *,
    instead_of: Turn | None = None,
) -> Turn:
    """Play it and keep its trials; of a replay those that it was made for."""
    turn = await play_turn(company, subject, group, repeat)
    company.turn_ended(subject.name, turn.failure)
    disturbed = {} if instead_of is None else _disturbed(instead_of)
    for trial in turn.trials:
        if instead_of is None or trial["scenario"] in disturbed:
            trial["order"] = len(company.trials) + 1
            company.trials.append(trial)
    for scenario, why in disturbed.items():
        again = Replay(subject=subject.name, scenario=scenario, repeat=repeat, why=why)
        company.replays.append(again)
    return turn


def _disturbed(turn: Turn) -> dict[str, list[str]]:
    """Scenario to what disturbed it, where that was nothing of the subject's."""
    return {
        trial["scenario"]: trial["why"] for trial in turn.trials if may_be_replayed(trial["why"])
    }


def _up_to_the_last_disturbed(turn: Turn, group: Sequence[Scenario]) -> list[Scenario]:
    """What was played before it is played again as well: it left what the last one began from."""
    disturbed = _disturbed(turn)
    last = max((at for at, one in enumerate(group) if one.name in disturbed), default=-1)
    return list(group[: last + 1])


def turn_s(group: Sequence[Scenario], sizes: Sizes) -> float:
    """About how long one subject's turn with these scenarios takes."""
    settle_s = sizes.settle_requests / SENT_PER_S if group[0].starts_warm else 0.0
    return (
        sizes.start_s
        + settle_s
        + sum(max(one.expected_s * sizes.steady_share, one.least_s) for one in group)
    )


def pair_s(sizes: Sizes, *, writes_only: bool = False) -> float:
    """About how long one subject's warm pair takes, once."""
    return (
        sizes.pair_s
        + sizes.start_s
        + warm_s(sizes.warm_requests) * (WRITES_SHARE if writes_only else 1.0)
    )
