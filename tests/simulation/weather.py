"""How long messages travel, and how long the database takes: drawn anew for each schedule."""

import random

# Shares of trips that are instant (any order within the instant), short, or long, each by a
# schedule's mood; short is up to 5 ms, long up to 400 ms. Real networks have such days.
MOODS = ((1.0, 1.0), (0.8, 0.98), (0.5, 0.95), (0.3, 0.8))


class Weather:
    """One schedule's."""

    def __init__(self, source: random.Random) -> None:
        self._random = source.random
        self._instant, self._short = MOODS[int(source.random() * len(MOODS))]
        # Some databases are slow all the time; a load longer than others are ready to wait for.
        self._slow = 0.3 if source.random() < 0.4 else 0.03

    def trip_s(self) -> float:
        """One way of a message."""
        dice = self._random()
        if dice < self._instant:
            return 0.0
        return self._random() * (0.005 if dice < self._short else 0.4)

    def query_s(self) -> float:
        """What a query takes beside its way."""
        return self._random() * 1.5 if self._random() < self._slow else 0.0

    def interrupts(self) -> bool:
        """Whether others' commands come between two of a pipeline."""
        return self._random() < 0.5
