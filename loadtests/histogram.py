"""A log-linear histogram: every value is known to within 1 %, from a microsecond to hours."""

from collections import Counter
from collections.abc import Iterable
from math import frexp

# 64 steps from one power of two to the next: no bucket is wider than 1/64 of its lower edge, and
# its middle is within 0.8 % of everything in it.
_STEPS = 64
_UNITS_PER_MS = 1_000  # counts microseconds


class Histogram:
    """Counts durations in milliseconds. Mean and maximum are exact, quantiles within 1 %."""

    def __init__(self) -> None:
        self.count = 0
        self.total_ms = 0.0
        self.max_ms = 0.0
        self._buckets: Counter[int] = Counter()
        self._bounded_from: int | None = None  # the least bucket with a duration that may be more

    def add(self, value_ms: float) -> None:
        """Count one duration. Negative ones, which only a clock error makes, count as 0."""
        value_ms = max(value_ms, 0.0)
        self.count += 1
        self.total_ms += value_ms
        self.max_ms = max(self.max_ms, value_ms)
        self._buckets[_index(value_ms * _UNITS_PER_MS)] += 1

    def add_at_least(self, value_ms: float) -> None:
        """Count one duration of which only this much is known: it may be any more."""
        self.add(value_ms)
        self._bound(_index(max(value_ms, 0.0) * _UNITS_PER_MS))

    def _bound(self, index: int | None) -> None:
        if index is not None and (self._bounded_from is None or index < self._bounded_from):
            self._bounded_from = index

    def merge(self, other: "Histogram") -> None:
        """Add everything that `other` counted."""
        self.count += other.count
        self.total_ms += other.total_ms
        self.max_ms = max(self.max_ms, other.max_ms)
        self._buckets.update(other._buckets)
        self._bound(other._bounded_from)

    @property
    def is_bounded(self) -> bool:
        """Whether mean and maximum are bounds, which the truth may be any more than."""
        return self._bounded_from is not None

    def is_bounded_at(self, share: float) -> bool:
        """Whether that quantile is a bound: one that may be more is at or below it."""
        return self._bounded_from is not None and self._bucket_at(share) >= self._bounded_from

    @property
    def mean_ms(self) -> float:
        """Exact mean; 0 when nothing was counted."""
        return self.total_ms / self.count if self.count else 0.0

    def quantile_ms(self, share: float) -> float:
        """The value that `share` (0-1) of all do not exceed; 0 when nothing was counted."""
        if not self.count:
            return 0.0
        low, high = _edges(self._bucket_at(share))
        return min((low + high) / 2 / _UNITS_PER_MS, self.max_ms)

    def _bucket_at(self, share: float) -> int:
        wanted, seen, last = share * self.count, 0, 0
        for last in sorted(self._buckets):
            seen += self._buckets[last]
            if seen >= wanted:
                break
        return last

    def rows(self) -> list[tuple[float, int]]:
        """[upper edge in ms, count] of the buckets in use, ascending."""
        return [(_edges(i)[1] / _UNITS_PER_MS, self._buckets[i]) for i in sorted(self._buckets)]


def histogram_of(values_ms: Iterable[float]) -> Histogram:
    """A histogram of these durations."""
    histogram = Histogram()
    for value_ms in values_ms:
        histogram.add(value_ms)
    return histogram


def _index(units: float) -> int:
    if units < _STEPS:
        return int(units)
    mantissa, exponent = frexp(units)  # units = mantissa * 2**exponent, mantissa in [0.5, 1)
    octave = exponent - _STEPS.bit_length()
    return (octave + 1) * _STEPS + int((2 * mantissa - 1) * _STEPS)


def _edges(index: int) -> tuple[float, float]:
    if index < _STEPS:
        return float(index), float(index + 1)
    octave, step = divmod(index, _STEPS)
    width = 2.0 ** (octave - 1)
    low = _STEPS * width + step * width
    return low, low + width
