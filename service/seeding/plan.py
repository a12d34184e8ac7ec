"""How much each post will get, settled before the first row is made."""

import math
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from service.seeding.crowd import Crowd
from service.seeding.popularity import (
    ZIPF,
    attention,
    repeat_of,
    rounded,
    saturated,
    vote_zipf,
)
from service.seeding.sources import Size
from service.seeding.timing import DAY_MS, post_times, reach

MOST_VOTERS = (0.75, 0.95)  # of all users, on one post: even the hottest leaves some cold
MOST_REACTIONS = 2.5  # a user, on one post
COMMENT_VOTES = 0.15  # of all votes
COMMENT_NOISE = 0.5  # votes and comments go together, not in step
MOST_COMMENTS = 1.0  # a user, on one post
VIEWS_A_VOTE = 20


@dataclass(frozen=True)
class Plan:
    """By post number, oldest first."""

    times: Sequence[int]
    authors: Sequence[int]
    votes: Sequence[int]
    comments: Sequence[int]
    comment_votes: Sequence[int]
    reactions: Sequence[int]
    views: Sequence[int]


def plan_posts(size: Size, crowd: Crowd, now_ms: int, rng: random.Random) -> Plan:
    """Draw times and authors, and deal out everything that posts get."""
    posts, others = size.posts, size.users - 1
    times = post_times(posts, now_ms - int(size.days * DAY_MS), now_ms, rng)
    had = array("d", [reach(now_ms - ms) for ms in times])
    ranks = array("q", rng.sample(range(posts), posts))

    total = size.votes * (1 - COMMENT_VOTES)
    most = array("d", [max(1, int(rng.uniform(*MOST_VOTERS) * others)) for _ in times])
    zipf = vote_zipf(total / posts, sum(most) / posts)
    votes = rounded(saturated(_weights(ranks, had, zipf), most, total), rng)

    interest = _weights(ranks, had, ZIPF)
    noisy = array("d", [weight * math.exp(rng.gauss(0, COMMENT_NOISE)) for weight in interest])
    longest = repeat_of(MOST_COMMENTS * size.users, posts)
    comments = rounded(saturated(noisy, longest, size.comments), rng)
    return Plan(
        times=times,
        authors=array("q", [crowd.one() for _ in times]),
        votes=votes,
        comments=comments,
        comment_votes=_comment_votes(size, comments, votes, rng),
        reactions=_reactions(size, ranks, had, rng),
        views=_views(interest, votes, total, rng),
    )


def _weights(ranks: Sequence[int], had: Sequence[float], zipf: float) -> "array[float]":
    posts = len(ranks)
    by_rank = array("d", [attention(rank, posts, zipf) for rank in range(posts)])
    return array("d", [by_rank[rank] * part for rank, part in zip(ranks, had, strict=True)])


def _comment_votes(
    size: Size, comments: Sequence[int], votes: Sequence[int], rng: random.Random
) -> "array[int]":
    most = array("d", [number * (size.users - 1) // 3 for number in comments])
    weights = array("d", [v * math.sqrt(c) for v, c in zip(votes, comments, strict=True)])
    return rounded(saturated(weights, most, size.votes * COMMENT_VOTES), rng)


def _reactions(
    size: Size, ranks: Sequence[int], had: Sequence[float], rng: random.Random
) -> "array[int]":
    most = repeat_of(int(MOST_REACTIONS * (size.users - 1)), size.posts)
    weights = array("d", [(rank + 2) ** -ZIPF * p for rank, p in zip(ranks, had, strict=True)])
    return rounded(saturated(weights, most, size.reactions), rng)


def _views(
    interest: Sequence[float], votes: Sequence[int], total: float, rng: random.Random
) -> "array[int]":
    scale = VIEWS_A_VOTE * total / sum(interest)
    return array(
        "q",
        [
            number + int(scale * weight * math.exp(rng.gauss(0, 0.3)))
            for weight, number in zip(interest, votes, strict=True)
        ],
    )
