"""The knee: how many requests a second a service keeps up with, from one ramp into overload."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

WINDOW_S = 0.25
LEAST_IN_WINDOW = 5  # a median of fewer says little
LIMIT_MS = 100.0


@dataclass(frozen=True)
class Knee:
    """Requests per second. `reached` is False when the ramp ended first: it is more, then."""

    per_s: float
    reached: bool


def find_knee(
    samples: Sequence[tuple[float, float]],
    rate_per_s: Callable[[float], float],
    *,
    limit_ms: float = LIMIT_MS,
) -> Knee:
    """The knee of a ramp. `samples` are (intended start, end) in seconds, in order of start.

    The ramp leaves its limit for good in the first window after which no median is within it. By
    then the rate has run ahead of what the service can do, the further the steeper the ramp; so
    the knee is no more than the answers a second from then until the queue was empty.
    """
    windows = _windows(samples)
    within = [index for index, (_, latency_ms) in enumerate(windows) if latency_ms <= limit_ms]
    if not within:
        return Knee(_answers_per_s(samples, samples[0][0]) if samples else 0.0, reached=True)
    left_at_s = windows[within[-1]][0]
    if within[-1] == len(windows) - 1:
        return Knee(rate_per_s(left_at_s), reached=False)
    return Knee(min(rate_per_s(left_at_s), _answers_per_s(samples, left_at_s)), reached=True)


def _windows(samples: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """(end of the window, median latency in ms): 250 ms each, longer until five are in it."""
    found: list[tuple[float, float]] = []
    part: list[float] = []
    end_s = WINDOW_S
    for start_s, done_s in samples:
        if start_s >= end_s and len(part) >= LEAST_IN_WINDOW:
            found.append((end_s, median(part)))
            part = []
        if start_s >= end_s:
            end_s = start_s + WINDOW_S
        part.append((done_s - start_s) * 1_000)
    if len(part) >= LEAST_IN_WINDOW:
        found.append((end_s, median(part)))
    return found


def _answers_per_s(samples: Sequence[tuple[float, float]], since_s: float) -> float:
    """Answers a second from `since_s` to the last one that was meant to start after it."""
    ends = [end for _, end in samples if end >= since_s]
    until_s = max(ends, default=since_s)
    return len(ends) / (until_s - since_s) if until_s > since_s else 0.0
