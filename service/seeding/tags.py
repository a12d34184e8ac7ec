"""Tags: about as many as a real site has, few of them common."""

import random
from itertools import accumulate

from service.seeding.rows import Ids, Row, moment_of
from service.seeding.words import NOUNS

TAGS = 150  # a young question site has 154, another 94
HOW_MANY = (0, 1, 1, 2, 2, 2, 3, 3, 4, 5)


class Tags:
    """The tags of a site; draws some for each post by Zipf's law."""

    def __init__(self, at_ms: int, rng: random.Random) -> None:
        self._rng = rng
        names = sorted(set(NOUNS))
        rng.shuffle(names)
        ids = Ids()
        self._named = [(ids.at(at_ms), name) for name in names[:TAGS]]
        self._ids = [tag_id for tag_id, _ in self._named]
        self._weights = list(accumulate(1 / (rank + 1) for rank in range(len(self._ids))))

    def rows(self) -> list[Row]:
        """Rows of `tags`."""
        return [(tag_id, name, moment_of(tag_id)) for tag_id, name in self._named]

    def some(self) -> list[int]:
        """Ids of none to five tags."""
        number = self._rng.choice(HOW_MANY)
        drawn = self._rng.choices(self._ids, cum_weights=self._weights, k=number)
        return sorted(set(drawn))
