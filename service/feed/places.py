"""Places in lists that are sorted by something: of posts, of tags, of users."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from service.feed.models import AuthorCard, Page

Period = Literal["all", "week", "month"]


@dataclass(frozen=True, slots=True)
class HotPlace:
    """One place in `hot`: its score moves with votes alone; ties are broken by the newer id."""

    post_id: int
    hot: float

    def is_behind(self, other: "HotPlace") -> bool:
        """Whether it comes later in the list."""
        return (self.hot, self.post_id) < (other.hot, other.post_id)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, and how many posts that stand have it."""

    name: str
    posts: int


@dataclass(frozen=True, slots=True)
class RankedTag:
    """One place in a ranking of tags; ties are broken by the newer id."""

    id: int
    name: str
    posts: int


@dataclass(frozen=True, slots=True)
class Placed:
    """One user on a leaderboard."""

    user_id: int
    reputation: int


@dataclass(frozen=True, slots=True)
class Board:
    """A whole leaderboard, the highest first, equal ones by id."""

    places: list[Placed]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class RankedUser:
    """A place on a leaderboard as it is shown; equal standings share a rank."""

    rank: int
    user: AuthorCard
    reputation: int


@dataclass(frozen=True, slots=True)
class BoardPage(Page[RankedUser]):
    """Part of a leaderboard, as of the moment it was computed."""

    as_of: datetime


@dataclass(frozen=True, slots=True)
class Neighbours:
    """One's own rank, if one has any, and who stands beside, oneself included."""

    rank: int | None
    items: list[RankedUser]
    as_of: datetime
