"""What a site's users received, day by day, for the feed's own formula; and what it published.

A question's votes stand where the feed has a post's, an answer's where it has a comment's: the two
things that are worth different points.
"""

from dataclasses import dataclass, field

from service.feed.reputation import Points, VoteDay
from service.seeding.sources import StackExchange
from service.seeding.stackexchange.records import Record, records

ACCEPTED, UP, DOWN, BOUNTY_AWARDED = 1, 2, 3, 9
# The rules of 2018; since November 2019 a question's vote is worth ten points as well.
POINTS = Points(post_up=5, post_down=-2, comment_up=10, comment_down=-2, cap_a_day=200, least=1)
FOR_THE_ANSWER, FOR_ACCEPTING = 15, 2


@dataclass(slots=True)
class Received:
    """One user's votes by day, and the reputation that the site shows."""

    published: int
    days: dict[int, VoteDay] = field(default_factory=dict)

    def add(self, day_ms: int, **more: int) -> None:
        """Count something of a day."""
        day = self.days.get(day_ms) or VoteDay(str(day_ms), 0, 0, 0, 0)
        self.days[day_ms] = day._replace(
            **{name: getattr(day, name) + number for name, number in more.items()}
        )


@dataclass(frozen=True, slots=True)
class _Written:
    """A question or an answer: whose, and for an answer whose question."""

    owner: int | None
    is_question: bool
    asker: int | None


def votes_received(source: StackExchange) -> dict[int, Received]:
    """By user. Raises SeedError for the first line that is wrong."""
    users, posts, _, votes = source.files
    found = {each.whole("id"): Received(each.whole("reputation")) for each in records(users)}
    written = _written(list(records(posts)))
    for vote in records(votes):
        post = written.get(vote.whole("post"))
        if post is not None:  # public dumps keep the votes on posts that were deleted
            _count(found, post, vote)
    return found


def _written(found: list[Record]) -> dict[int, _Written]:
    owners = {each.whole("id"): each.maybe_whole("owner") for each in found}
    return {
        each.whole("id"): _Written(
            owner=each.maybe_whole("owner"),
            is_question=each.text("kind") == "question",
            asker=owners.get(each.maybe_whole("parent") or 0),
        )
        for each in found
        if each.text("kind") in ("question", "answer")
    }


def _count(found: dict[int, Received], post: _Written, vote: Record) -> None:
    kind, day_ms = vote.whole("type"), vote.day_ms("day")
    if post.owner is None:
        return
    if kind in (UP, DOWN):
        what = "post" if post.is_question else "comment"
        found[post.owner].add(day_ms, **{f"{what}_ups" if kind == UP else f"{what}_downs": 1})
    elif kind == BOUNTY_AWARDED:
        found[post.owner].add(day_ms, awarded=vote.maybe_whole("bounty") or 0)
    elif kind == ACCEPTED and post.owner != post.asker:  # nobody gains by their own
        found[post.owner].add(day_ms, awarded=FOR_THE_ANSWER)
        if post.asker is not None:
            found[post.asker].add(day_ms, awarded=FOR_ACCEPTING)
