"""What was loaded, in figures to be held against published ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.seeding.facts import RowCounts


@dataclass(frozen=True)
class Published:
    """A figure of real data, or one that the demo wants; `low` to `high` counts as close."""

    name: str
    shown: str
    origin: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Figure:
    """A measured value beside the published one."""

    value: float
    published: Published

    @property
    def is_close(self) -> bool | None:
        """Whether it lies in the band; None where none is given."""
        low, high = self.published.low, self.published.high
        return None if low is None or high is None else low <= self.value <= high


@dataclass(frozen=True)
class FanOut:
    """What pulling the authors with more than `threshold` followers does to a graph."""

    threshold: int
    authors_pulled: int
    writes_avoided: float  # part of the pushes when everybody posts once
    pulled_per_reader: float  # mean over those who follow anybody
    pulled_per_reader_max: int
    largest_push: int


@dataclass(frozen=True)
class Statistics:
    """The outcome of one seeding."""

    source: str
    seed: int
    counts: RowCounts
    figures: Sequence[Figure]
    fan_out: Sequence[FanOut]
    notes: Sequence[tuple[str, str]]
    took_s: float


PUBLISHED = {
    "following_mean": Published("following, mean", "39.1", "Reed98", 30, 50),
    "following_p50": Published("following, median", "29", "Reed98", 22, 36),
    "following_p99": Published("following, p99", "157", "Reed98", 120, 220),
    "following_max": Published("following, most", "313", "Reed98"),
    "followers_max": Published("followers, most", "14,060-51,386", "Higgs retweets, follows"),
    "title_p50": Published("title p50, characters", "49", "Hacker News", 40, 58),
    "post_p50": Published("post p50, characters", "450-800", "real sites", 450, 800),
    "post_p99": Published("post p99, characters", "3,000-8,000", "real sites", 3e3, 8e3),
    "comment_p50": Published("comment p50, characters", "150-200", "real sites", 150, 200),
    "comment_p99": Published("comment p99, characters", "600", "real sites", 500, 700),
    "zlib": Published("times smaller by zlib, posts", "2-3", "English prose", 1.8, 3),
    "tags": Published("tags in use", "94-154", "Stack Exchange", 80, 170),
    "comments_per_post": Published("comments a post", "5.6", "Stack Exchange", 4, 8),
    "top_views": Published("views of the top 1 % of posts", "40 %", "Stack Exchange", 0.3, 0.5),
    "top_votes": Published("votes of the top 1 % of posts", "40 %", "as views", 0.3, 0.5),
    "zipf": Published("Zipf exponent of votes", "1.1-1.32", "Twitter, Stack Exchange", 0.9, 1.4),
    "comments_max": Published("comments on one post, most", "over 200", "for the demo", 200, 1e9),
    "depth_max": Published("depth of comments, most", "3", "Stack Exchange"),
    "day_votes": Published("votes in the last 24 h", "65-105 k", "for the demo", 6.5e4, 1.05e5),
    "day_comments": Published("comments in the last 24 h", "19-27 k", "for the demo", 1.9e4, 2.7e4),
}
