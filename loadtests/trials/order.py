"""In which order subjects take their turns: there, and back, so that a drift meets all alike."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def interleaved(subjects: Sequence[T], repeats: int) -> Iterator[tuple[int, T]]:
    """(repeat from 1, subject): A B C, C B A, A B C … as often as `repeats` says."""
    for repeat in range(1, repeats + 1):
        turn = subjects if repeat % 2 else subjects[::-1]
        for subject in turn:
            yield repeat, subject
