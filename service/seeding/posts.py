"""Batches of posts, each with all that belongs to it."""

import json
import random
from collections.abc import Iterator

from service.seeding.crowd import Crowd
from service.seeding.discussion import Discussions
from service.seeding.people import People
from service.seeding.plan import Plan
from service.seeding.prose import Prose
from service.seeding.rows import COLUMNS, Batch, Ids, moment_of
from service.seeding.tags import Tags
from service.seeding.timing import Later
from service.seeding.votes import Voters

BATCHES = 512  # at most, so that each can have 8 of the 4,096 ids of a millisecond
POSTS_A_BATCH = 500  # at least


class Posts:
    """Carries out a plan; every counter is taken from the rows that it counts."""

    def __init__(
        self,
        people: People,
        crowd: Crowd,
        plan: Plan,
        tags: Tags,
        prose: Prose,
        now_ms: int,
        rng: random.Random,
    ) -> None:
        later = Later(now_ms, rng)
        self._people = people
        self._plan = plan
        self._tags = tags
        self._prose = prose
        self._voters = Voters(people.ids, crowd, later, rng)
        self._discussions = Discussions(people.ids, crowd, self._voters, later, prose, rng)

    def batches(self) -> Iterator[Batch]:
        """Rows of `posts` and of all tables that refer to it."""
        posts = len(self._plan.times)
        step = max(POSTS_A_BATCH, -(-posts // BATCHES))
        for lane, first in enumerate(range(0, posts, step)):
            batch: Batch = {table: [] for table in COLUMNS}
            post_ids, comment_ids = Ids(lane, BATCHES), Ids(lane, BATCHES)
            for post in range(first, min(first + step, posts)):
                self._add(post, batch, post_ids, comment_ids)
            yield batch

    def _add(self, post: int, batch: Batch, post_ids: Ids, comment_ids: Ids) -> None:
        plan = self._plan
        at_ms, author = plan.times[post], plan.authors[post]
        post_id = post_ids.at(at_ms)
        votes, downs = self._voters.votes(post_id, at_ms, author, plan.votes[post])
        reactions, kinds = self._voters.reactions(post_id, at_ms, author, plan.reactions[post])
        remarks = self._discussions.grow(at_ms, plan.comments[post], comment_ids)
        batch["post_votes"] += votes
        batch["reactions"] += reactions
        batch["comment_votes"] += self._discussions.vote(remarks, plan.comment_votes[post])
        batch["comments"] += self._discussions.rows(post_id, remarks)
        batch["post_tags"] += [(post_id, tag_id) for tag_id in self._tags.some()]
        batch["posts"].append(
            (
                *(post_id, self._people.ids[author], self._prose.title(), self._prose.post()),
                *(len(votes) - downs, downs, len(remarks), plan.views[post]),
                *(json.dumps(kinds), moment_of(post_id)),
            )
        )
