"""Expiries of one key, one by one: how each was met, and what was served meanwhile.

An *epoch* lies between two successful fills of the key by the servers' own load logs. All times
here are unix seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.counting import peak_concurrent
from loadtests.histogram import Histogram
from loadtests.services import Load
from loadtests.unanswered import UNANSWERED, lateness_of

AT_FIRST_S = 2.0
SLOW_MS = 50.0  # the same for every subject: half a load that takes 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: when it was meant to start, when its answer came, and what came of it."""

    at_s: float
    end_s: float
    outcome: str


@dataclass(frozen=True, slots=True)
class Epoch:
    """One expiry: its loads by start, and the first fill (None: all loads failed)."""

    loads: tuple[Load, ...]
    filled_s: float | None

    @property
    def began_s(self) -> float:
        """When the first load began."""
        return self.loads[0]["start_s"]

    @property
    def ended_s(self) -> float:
        """When the last load was over."""
        return max(load["end_s"] for load in self.loads)

    @property
    def peak(self) -> int:
        """The most loads at one moment."""
        return peak_concurrent([(load["start_s"], load["end_s"]) for load in self.loads])

    def first_fresh_ms(self, requests: Sequence[Asked]) -> float | None:
        """From the first load until somebody had an answer made after the first fill."""
        if self.filled_s is None:
            return None
        fresh = (
            one.end_s
            for one in requests
            if one.end_s >= self.filled_s and one.outcome not in UNANSWERED
        )
        first_s = min(fresh, default=None)
        return None if first_s is None else (first_s - self.began_s) * 1_000

    def slow(self, requests: Sequence[Asked], limit_s: float) -> int:
        """Requests under way between the first load and the last that took over the limit.

        So does whoever began a load: it asked before that began. Who got no good answer is slow.
        """
        return sum(
            one.at_s <= self.ended_s
            and one.end_s > self.began_s
            and (one.outcome in UNANSWERED or one.end_s - one.at_s > limit_s)
            for one in requests
        )


def epochs_of(loads: Sequence[Load], *, young_s: float) -> list[Epoch]:
    """The loads of one key, as expiries.

    Loads that overlap belong together. So does one that comes after a fill younger than `young_s`,
    which cannot have expired yet: whoever loads it had looked before it was there. A fill is as old
    as its load, from the start of that; later ones may be early refreshes, for all that can be
    known, and only how many loads there are in the time of one life tells of those.
    """
    groups: list[list[Load]] = []
    over_s, read_s = float("-inf"), float("-inf")  # all loads so far; what the newest fill holds
    for load in sorted(loads, key=lambda load: load["start_s"]):
        is_expired = load["start_s"] > max(over_s, read_s + young_s)
        is_filled = bool(groups) and _filled_s(groups[-1]) is not None
        if not groups or (is_expired and is_filled):
            groups.append([])
        groups[-1].append(load)
        over_s = max(over_s, load["end_s"])
        read_s = load["start_s"] if load["ok"] else read_s
    return [Epoch(tuple(group), _filled_s(group)) for group in groups]


def quickest_s(loads: Sequence[Load]) -> float:
    """What one load takes: the quickest, as the others may have been in each other's way."""
    return min((load["end_s"] - load["start_s"] for load in loads if load["ok"]), default=0.0)


def late_at_first(
    epochs: Sequence[Epoch], requests: Sequence[Asked], patience_s: float
) -> Histogram:
    """How late those were that were under way in the first two seconds of any epoch."""
    then = (
        (one.at_s * 1_000, one.end_s * 1_000, one.outcome)
        for one in requests
        if any(
            one.end_s > epoch.began_s and one.at_s - epoch.began_s < AT_FIRST_S for epoch in epochs
        )
    )
    return lateness_of(then, patience_s * 1_000)


def served_age_s(fills: Sequence[Load], requests: Sequence[Asked]) -> float:
    """How old the oldest data was that was served from a cache, at least.

    Data is as old as the load that read it. An answer is held to be made of the newest fill that
    was over when it came: it may have been made of an older one, never of a newer.
    """
    done = sorted((load["end_s"], load["start_s"]) for load in fills if load["ok"])
    oldest_s, newest = 0.0, 0
    served = (one for one in requests if one.outcome in {"hit", "stale"})
    for one in sorted(served, key=lambda one: one.end_s):
        while newest < len(done) and done[newest][0] <= one.end_s:
            newest += 1
        if newest:
            oldest_s = max(oldest_s, one.end_s - done[newest - 1][1])
    return oldest_s


def _filled_s(group: Sequence[Load]) -> float | None:
    return min((load["end_s"] for load in group if load["ok"]), default=None)
