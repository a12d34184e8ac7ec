"""The comments on one post: a tree that grows in time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from service.seeding.crowd import Crowd
from service.seeding.prose import Prose
from service.seeding.rows import Ids, Row, moment_of
from service.seeding.timing import Later
from service.seeding.votes import Voters

DEEPEST = 8
TOP_LEVEL = 0.45  # of all comments; the others answer one of them
RECENT = 3  # half of the answers go to one of the last few comments


@dataclass
class Remark:
    """A comment in the making. `parent` is an index into its discussion."""

    id: int
    at_ms: int
    author: int
    parent: int | None
    depth: int
    upvotes: int = 0
    downvotes: int = 0
    replies: int = 0


class Discussions:
    """Makes rows of comments and of votes on them."""

    def __init__(
        self,
        user_ids: Sequence[int],
        crowd: Crowd,
        voters: Voters,
        later: Later,
        prose: Prose,
        rng: random.Random,
    ) -> None:
        self._user_ids = user_ids
        self._crowd = crowd
        self._voters = voters
        self._later = later
        self._prose = prose
        self._rng = rng

    def grow(self, at_ms: int, number: int, ids: Ids) -> list[Remark]:
        """Comments after `at_ms`, parents before their answers."""
        remarks: list[Remark] = []
        for ms in sorted(self._later.after(at_ms) for _ in range(number)):
            parent = self._parent(remarks)
            depth = 1
            if parent is not None:
                remarks[parent].replies += 1
                depth = remarks[parent].depth + 1
            remark_id = ids.at(ms)
            remarks.append(Remark(remark_id, ms, self._crowd.one(), parent, depth))
        return remarks

    def vote(self, remarks: list[Remark], number: int) -> list[Row]:
        """Rows of `comment_votes`; counts them in the remarks."""
        rows = []
        authors = [remark.author for remark in remarks]
        for index, voter, value in self._voters.scattered(authors, number):
            remark = remarks[index]
            remark.upvotes += value == 1
            remark.downvotes += value == -1
            rows.append(self._voters.vote_row(remark.id, remark.at_ms, voter, value))
        return rows

    def rows(self, post_id: int, remarks: list[Remark]) -> list[Row]:
        """Rows of `comments`."""
        return [
            (
                remark.id,
                post_id,
                None if remark.parent is None else remarks[remark.parent].id,
                self._user_ids[remark.author],
                self._prose.comment(),
                remark.upvotes,
                remark.downvotes,
                remark.replies,
                False,
                moment_of(remark.id),
            )
            for remark in remarks
        ]

    def _parent(self, remarks: list[Remark]) -> int | None:
        rand = self._rng.random
        if not remarks or rand() < TOP_LEVEL:
            return None
        near = min(RECENT, len(remarks)) if rand() < 0.5 else len(remarks)
        index = len(remarks) - 1 - int(rand() * near)
        return index if remarks[index].depth < DEEPEST else None
