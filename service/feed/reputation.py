"""The formula of a user's standing: points a vote, a cap a day, never below one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Points:
    """What a vote is worth to the author of what was voted on."""

    post_up: int = 10
    post_down: int = -2
    comment_up: int = 2
    comment_down: int = -1
    cap_a_day: int = 200
    least: int = 1


class VoteDay(NamedTuple):
    """Votes that a user received on one UTC day."""

    day: str
    post_ups: int
    post_downs: int
    comment_ups: int
    comment_downs: int


def standing(days: Iterable[VoteDay], points: Points) -> int:
    """Gains are capped day by day, losses are not, and the sum never falls below `least`."""
    total = points.least
    for day in days:
        gained = day.post_ups * points.post_up + day.comment_ups * points.comment_up
        lost = day.post_downs * points.post_down + day.comment_downs * points.comment_down
        total += min(gained, points.cap_a_day) + lost
    return max(points.least, total)
