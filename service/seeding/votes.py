"""Votes and reactions on one thing, by different people, none of them its author."""

import random
from collections import Counter
from collections.abc import Sequence

from service.seeding.crowd import Crowd
from service.seeding.rows import Row, to_moment
from service.seeding.timing import Later

DOWNVOTES = 0.09  # of all votes, on average; a few things are much disputed
MOST_DOWNVOTES = 0.6
KINDS = ("heart",) * 9 + ("laugh",) * 4 + ("fire",) * 3 + ("wow",) * 2 + ("sad",)


class Voters:
    """Makes rows of votes and reactions."""

    def __init__(self, ids: Sequence[int], crowd: Crowd, later: Later, rng: random.Random) -> None:
        self._ids = ids
        self._crowd = crowd
        self._later = later
        self._rng = rng

    def votes(self, on_id: int, at_ms: int, author: int, number: int) -> tuple[list[Row], int]:
        """Rows of `post_votes`, and how many of them are against."""
        ids, after = self._ids, self._later.after
        downs = self._downs(number)
        rows = [
            (on_id, ids[voter], -1 if index < downs else 1, to_moment(after(at_ms)))
            for index, voter in enumerate(self._crowd.several(number, author))
        ]
        return rows, downs

    def scattered(self, authors: Sequence[int], number: int) -> list[tuple[int, int, int]]:
        """Spread votes over comments by these authors, the earlier ones getting more.

        Returns (index of the comment, voter, value).
        """
        drawn: dict[tuple[int, int], int] = {}
        downs = self._downs(number)
        while len(drawn) < number:
            index = int(len(authors) * self._rng.random() ** 2)
            voter = self._crowd.one()
            if voter != authors[index] and (index, voter) not in drawn:
                drawn[index, voter] = -1 if len(drawn) < downs else 1
        return [(index, voter, value) for (index, voter), value in drawn.items()]

    def vote_row(self, on_id: int, at_ms: int, voter: int, value: int) -> Row:
        """A row of `comment_votes`."""
        return (on_id, self._ids[voter], value, to_moment(self._later.after(at_ms)))

    def reactions(
        self, on_id: int, at_ms: int, author: int, number: int
    ) -> tuple[list[Row], dict[str, int]]:
        """Rows of `reactions`, and how many there are of each kind."""
        drawn: dict[tuple[int, str], None] = {}
        while len(drawn) < number:
            user = self._crowd.one()
            if user != author:
                drawn[user, self._rng.choice(KINDS)] = None
        rows = [
            (on_id, self._ids[user], kind, to_moment(self._later.after(at_ms)))
            for user, kind in drawn
        ]
        return rows, dict(sorted(Counter(kind for _, kind in drawn).items()))

    def _downs(self, number: int) -> int:
        part = min(MOST_DOWNVOTES, self._rng.expovariate(1 / DOWNVOTES))
        return int(number * part + self._rng.random())
