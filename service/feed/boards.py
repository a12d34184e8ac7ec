"""What a leaderboard is made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.feed.models import AuthorCard, Page

Period = Literal["all", "week", "month"]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One user on a leaderboard."""

    user_id: int
    reputation: int


@dataclass(frozen=True, slots=True)
class Board:
    """A whole leaderboard, the highest first, equal ones by id."""

    rows: list[BoardRow]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class RankedUser:
    """A row of a leaderboard as it is shown; equal standings share a rank."""

    rank: int
    user: AuthorCard
    reputation: int


@dataclass(frozen=True, slots=True)
class BoardPage(Page[RankedUser]):
    """Part of a leaderboard, as of the moment it was computed."""

    # Said again for the OpenAPI document, which does not see what the type above stands for.
    items: list[RankedUser]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Neighbours:
    """One's own rank, if one has any, and who stands beside, oneself included."""

    rank: int | None
    items: list[RankedUser]
    as_of: datetime
