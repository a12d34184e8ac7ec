"""Histogram: counts of whole numbers to 1.6 %, whatever their size, mergeable and small."""

from collections.abc import Iterator

# 64 steps to each doubling; below 64 every number has its own.
_STEPS, _BITS = 64, 6


class Histogram:
    """Log-linear. Negative numbers count as 0."""

    __slots__ = ("count", "counts", "largest", "squares", "total")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.count = 0
        self.total = 0
        self.squares = 0
        self.largest = 0

    def add(self, number: int) -> None:
        """Count one number."""
        number = max(number, 0)
        above = number.bit_length() - _BITS - 1
        bucket = number if above < 0 else ((above << _BITS) + (number >> above))
        self.counts[bucket] = self.counts.get(bucket, 0) + 1
        self.count += 1
        self.total += number
        self.squares += number * number
        self.largest = max(self.largest, number)

    def merge(self, other: "Histogram") -> None:
        """Add all of another's numbers."""
        for bucket, count in other.counts.items():
            self.counts[bucket] = self.counts.get(bucket, 0) + count
        self.count += other.count
        self.total += other.total
        self.squares += other.squares
        self.largest = max(self.largest, other.largest)

    def quantile(self, share: float) -> float | None:
        """The number that `share` of all do not exceed; `None` of none."""
        if not self.count:
            return None
        wanted, seen = share * self.count, 0
        for middle, count in self.rows():
            seen += count
            if seen >= wanted:
                return min(middle, float(self.largest))
        return float(self.largest)

    def mean(self) -> float | None:
        """Exact."""
        return self.total / self.count if self.count else None

    def variation(self) -> float:
        """Standard deviation by mean; 0 of none."""
        if not self.count or not self.total:
            return 0.0
        mean = self.total / self.count
        return float(max(0.0, self.squares / self.count - mean * mean) ** 0.5 / mean)

    def above(self, bound: float) -> tuple[int, float]:
        """How many exceed a number, and their sum."""
        rows = [(count, middle) for middle, count in self.rows() if middle > bound]
        return sum(count for count, _ in rows), sum(count * middle for count, middle in rows)

    def rows(self) -> Iterator[tuple[float, int]]:
        """The middle of each step in use and how many lie there, from the least."""
        for bucket in sorted(self.counts):
            if bucket < 2 * _STEPS:
                yield float(bucket), self.counts[bucket]
            else:
                above = (bucket >> _BITS) - 1
                first = (bucket - (above << _BITS)) << above
                yield first + (2**above - 1) / 2, self.counts[bucket]
