"""Expiries: the seconds in which many keys expire at once, in the memory of 64 numbers.

Misra-Gries: a second that holds over 1/64 of all keys is found for certain, its count at most 1/64
of all keys too low. Counting every second would take as much as a list of the keys.
"""

COUNTERS = 64


class Expiries:
    """Counts the most frequent seconds."""

    __slots__ = ("count", "seconds")

    def __init__(self) -> None:
        self.seconds: dict[int, int] = {}
        self.count = 0

    def add(self, second: int, times: int = 1) -> None:
        """Count an expiry in a second since the epoch."""
        self.count += times
        self._add(second, times)

    def merge(self, other: "Expiries") -> None:
        """Add another's."""
        self.count += other.count
        for second, times in other.seconds.items():
            self._add(second, times)

    def busiest(self) -> tuple[int, int] | None:
        """A second, and how many expire in it at least; `None` where none stands out."""
        if not self.seconds:
            return None
        return max(self.seconds.items(), key=lambda pair: pair[1])

    def _add(self, second: int, times: int) -> None:
        seconds = self.seconds
        if second in seconds or len(seconds) < COUNTERS:
            seconds[second] = seconds.get(second, 0) + times
            return
        least = min(times, *seconds.values())
        self.seconds = {one: left - least for one, left in seconds.items() if left > least}
        if times > least:
            self._add(second, times - least)
