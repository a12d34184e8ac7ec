"""A whole site made up, on top of its people and whom they follow."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain

from service.seeding.crowd import Crowd
from service.seeding.graph import Following, befriend, draw_following, follower_counts
from service.seeding.pages import page_rows
from service.seeding.people import (
    DEMO_HANDLES,
    People,
    activities,
    gathered,
    made_up_handles,
)
from service.seeding.plan import Plan, plan_posts
from service.seeding.posts import Posts
from service.seeding.prose import Prose
from service.seeding.rows import Batch, Dataset, in_pieces, to_moment, to_ms
from service.seeding.sources import Size
from service.seeding.tags import Tags
from service.seeding.timing import DAY_MS

DEMO, ALICE, BOB = range(len(DEMO_HANDLES))
DEMO_FOLLOWING = {DEMO: 60, ALICE: 45, BOB: 35}
DEMO_RANK = 0.05  # the demo account is followed more than most, and less than the famous
ROWS_BESIDES = 5  # a post: tags and reactions


def generated(size: Size, *, seed: int, now: datetime) -> Dataset:
    """A site of this size; its newest post is of `now`."""
    rng = random.Random(f"{seed} people")
    handles = made_up_handles(size.users, rng)
    ranking = rng.sample(range(1, size.users), size.users - 1)
    ranking.insert(int(size.users * DEMO_RANK), DEMO)
    following = draw_following(ranking, rng, DEMO_FOLLOWING)
    for friend in (ALICE, BOB):
        befriend(following, DEMO, friend)
        befriend(following, friend, DEMO)
    return populated(handles, following, size, seed=seed, now=now)


def populated(
    handles: Sequence[str], following: Following, size: Size, *, seed: int, now: datetime
) -> Dataset:
    """Posts, comments, votes and reactions of people who follow each other in a given way."""
    rng = random.Random(f"{seed} site")
    prose = Prose(random.Random(f"{seed} prose"))
    start_ms = to_ms(now) - int(size.days * DAY_MS)
    people = gathered(handles, following, start_ms, rng, prose)
    crowd = Crowd(activities(follower_counts(following), rng), rng)
    plan = plan_posts(size, crowd, to_ms(now), rng)
    tags = Tags(start_ms, rng)
    posts = Posts(people, crowd, plan, tags, prose, to_ms(now), rng)
    expected = size.users + people.follows + (ROWS_BESIDES + 1) * size.posts + size.comments
    return Dataset(
        batches=chain(
            [{"pages": page_rows(to_moment(start_ms)), "tags": tags.rows()}],
            _people_batches(people, plan, now, random.Random(f"{seed} follows")),
            posts.batches(),
        ),
        expected_rows=expected + size.votes,
    )


def _people_batches(
    people: People, plan: Plan, now: datetime, rng: random.Random
) -> Iterator[Batch]:
    written = Counter(plan.authors)
    post_counts = [written[user] for user in range(len(people.ids))]
    yield from in_pieces("users", people.user_rows(post_counts))
    yield from in_pieces("follows", people.follow_rows(to_ms(now), rng))
