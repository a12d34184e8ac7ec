"""In which order subjects take their turns: there, and back, so that a drift meets all alike."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from loadtests.trials.scenario import Scenario

T = TypeVar("T")


def interleaved(subjects: Sequence[T], repeats: int) -> Iterator[tuple[int, T]]:
    """(repeat from 1, subject): A B C, C B A, A B C … as often as `repeats` says."""
    for repeat in range(1, repeats + 1):
        turn = subjects if repeat % 2 else subjects[::-1]
        for subject in turn:
            yield repeat, subject


def groups(scenarios: Sequence[Scenario]) -> list[list[Scenario]]:
    """What is played in one turn, on the same services: neighbours that want the same of them.

    After one that leaves its mark nothing more is played on what it leaves.
    """
    found: list[list[Scenario]] = []
    for scenario in scenarios:
        if found and _goes_on(found[-1][-1], scenario):
            found[-1].append(scenario)
        else:
            found.append([scenario])
    return found


def _goes_on(before: Scenario, after: Scenario) -> bool:
    return before.group == after.group and not before.leaves_its_mark
