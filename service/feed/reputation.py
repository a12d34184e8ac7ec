"""The formula of a user's standing: points a vote, a cap a day, never below one.

What a vote is worth is a setting. `queries/leaderboards.py` has the same formula over everybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

MOST = 10_000  # points a vote: sums of them stay whole numbers everywhere


@dataclass(frozen=True, slots=True)
class Points:
    """What a vote is worth to the author of what was voted on."""

    post_up: int = 10
    post_down: int = -2
    comment_up: int = 2
    comment_down: int = -1
    cap_a_day: int = 200
    least: int = 1

    def __post_init__(self) -> None:
        gains = (self.post_up, self.comment_up, self.cap_a_day, self.least)
        losses = (self.post_down, self.comment_down)
        if not all(0 <= points <= MOST for points in gains):
            raise ValueError(f"gains, cap and least must be from 0 to {MOST}")
        if not all(-MOST <= points <= 0 for points in losses):
            raise ValueError(f"losses must be from -{MOST} to 0")


class VoteDay(NamedTuple):
    """Votes that a user received on one UTC day.

    `awarded` are points that no cap limits, on a site that has such: accepted answers, bounties.
    """

    day: str
    post_ups: int
    post_downs: int
    comment_ups: int
    comment_downs: int
    awarded: int = 0


def standing(days: Iterable[VoteDay], points: Points) -> int:
    """Gains are capped day by day, losses are not, and the sum never falls below `least`."""
    total = points.least
    for day in days:
        gained = day.post_ups * points.post_up + day.comment_ups * points.comment_up
        lost = day.post_downs * points.post_down + day.comment_downs * points.comment_down
        total += min(gained, points.cap_a_day) + lost + day.awarded
    return max(points.least, total)
