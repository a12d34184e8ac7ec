"""Users drawn by how active they are."""

import random
from collections.abc import Sequence

DRAWS_A_USER = 8  # mean entries in the urn


class Crowd:
    """An urn of user numbers."""

    def __init__(self, activity: Sequence[float], rng: random.Random) -> None:
        """`activity` is relative; everybody is drawn now and then."""
        self._rng = rng
        scale = DRAWS_A_USER * len(activity) / sum(activity)
        self._urn = [
            user for user, weight in enumerate(activity) for _ in range(1 + int(weight * scale))
        ]

    def one(self) -> int:
        """A user."""
        return self._urn[int(self._rng.random() * len(self._urn))]

    def several(self, number: int, besides: int) -> list[int]:
        """Different users, none of them `besides`. There must be that many."""
        drawn: dict[int, None] = {}
        while len(drawn) < number:
            more = self._rng.choices(self._urn, k=number - len(drawn) + 4)
            drawn.update(dict.fromkeys(more))
            drawn.pop(besides, None)
        return list(drawn)[:number]
