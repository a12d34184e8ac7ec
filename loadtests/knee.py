"""The knee: how many requests a second a service keeps up with, from one ramp into overload."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from statistics import median

from loadtests.recorder import Report
from loadtests.unanswered import UNANSWERED

WINDOW_S = 0.25
LEAST_IN_WINDOW = 5  # a median of fewer says little
LIMIT_MS = 100.0
UNANSWERED_SHARE = 0.01  # of a window; who refuses is quick with the rest


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

    What got no good answer ends at infinity. The ramp leaves its limit for good in the first window
    after which no median is within it, or 1 % had no answer in each. By then the rate has run ahead
    of what the service can do, the further the steeper the ramp; so the knee is no more than the
    answers a second from then until the queue was empty.
    """
    windows = _windows(samples)
    within = [index for index, (_, latency_ms) in enumerate(windows) if latency_ms <= limit_ms]
    if not within:
        return Knee(_answers_per_s(samples, samples[0][0]) if samples else 0.0, reached=True)
    left_at_s = windows[within[-1]][0]
    if within[-1] == len(windows) - 1:
        return Knee(rate_per_s(left_at_s), reached=False)
    return Knee(min(rate_per_s(left_at_s), _answers_per_s(samples, left_at_s)), reached=True)


def samples_of(report: Report) -> list[tuple[float, float]]:
    """All planned requests of a ramp: refused and dropped ones never end."""
    return [
        (start_ms / 1_000, inf if how in UNANSWERED else end_ms / 1_000)
        for start_ms, end_ms, how in report["rows"]
    ]


def resolution(rate_per_s: Callable[[float], float]) -> float:
    """By what share the rate of a ramp grows within one window: no knee is known better."""
    return rate_per_s(WINDOW_S) / rate_per_s(0.0) - 1


def _windows(samples: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """(end of the window, latency in ms): 250 ms each, longer until five are in it."""
    found: list[tuple[float, float]] = []
    part: list[float] = []
    end_s = WINDOW_S
    for start_s, done_s in samples:
        if start_s >= end_s and len(part) >= LEAST_IN_WINDOW:
            found.append((end_s, _latency_ms(part)))
            part = []
        if start_s >= end_s:
            end_s = start_s + WINDOW_S
        part.append((done_s - start_s) * 1_000)
    if len(part) >= LEAST_IN_WINDOW:
        found.append((end_s, _latency_ms(part)))
    return found


def _latency_ms(part: Sequence[float]) -> float:
    """The median; infinity where more than 1 % had no answer."""
    unanswered = sum(not isfinite(took_ms) for took_ms in part)
    return inf if unanswered > UNANSWERED_SHARE * len(part) else median(part)


def _answers_per_s(samples: Sequence[tuple[float, float]], since_s: float) -> float:
    """Good answers a second from `since_s` to the last of them."""
    ends = [end for _, end in samples if since_s <= end < inf]
    until_s = max(ends, default=since_s)
    return len(ends) / (until_s - since_s) if until_s > since_s else 0.0
