"""What the generator must show of itself, in sentences with a mark."""

from collections.abc import Iterator
from typing import NamedTuple

from loadtests.busy import OTHER_CPU, Others
from loadtests.conditions import ACHIEVED_SHARE, GENERATOR_CPU
from loadtests.machine import cores
from loadtests.selfcheck.check import ERROR_MS, RATE_PER_S, Speed, Stalled

WITHIN = 0.1  # of the true percentile
HIDDEN = 0.25  # a closed loop shows less than this of a stall
MARKS = {True: "✓", False: "✗", None: "?"}


class Finding(NamedTuple):
    """One sentence; `met` is None where the machine was too busy to tell."""

    met: bool | None
    text: str

    @property
    def line(self) -> str:
        """As it is printed."""
        return f"{MARKS[self.met]} {self.text}"


def findings(speed: Speed, stalled: Stalled, others: Others | None) -> list[Finding]:
    """Everything that was checked. A busy machine excuses a miss, and spoils no success."""
    found = [*_speed(speed), *_stall(stalled)]
    if others is None or others.cpu <= OTHER_CPU * cores():
        return found
    busy = f"others took {others.cpu:.0%} of a core, most of all {others.busiest}: no verdict"
    return [*(Finding(met or None, text) for met, text in found), Finding(None, busy)]


def _speed(speed: Speed) -> Iterator[Finding]:
    kept_up = speed.achieved_per_s >= ACHIEVED_SHARE * RATE_PER_S and not speed.dropped
    yield Finding(
        kept_up and speed.cpu <= GENERATOR_CPU,
        f"generator: {speed.achieved_per_s:,.0f} of {RATE_PER_S:,.0f} requests a second from one "
        f"process, on {speed.cpu:.0%} of a core",
    )
    yield Finding(
        speed.p50_ms < ERROR_MS,
        f"its own error at that rate, over answers given at once: median {speed.p50_ms:.2f} ms, "
        f"less than {ERROR_MS:.0f} ms wanted (p99 {speed.p99_ms:.2f} ms, starts late by "
        f"{speed.lateness_p99_ms:.2f} ms at p99)",
    )


def _stall(stalled: Stalled) -> Iterator[Finding]:
    off = abs(stalled.p99_ms - stalled.true_p99_ms) / stalled.true_p99_ms
    yield Finding(
        off <= WITHIN,
        f"a server that stands still a fifth of the time: p99 {stalled.p99_ms:,.0f} ms recorded, "
        f"{stalled.true_p99_ms:,.0f} ms in truth (p90: {stalled.p90_ms:,.0f} and "
        f"{stalled.true_p90_ms:,.0f} ms)",
    )
    yield Finding(
        stalled.closed_p99_ms < HIDDEN * stalled.true_p99_ms,
        f"the same server asked in a closed loop, latency from the send: p99 "
        f"{stalled.closed_p99_ms:,.0f} ms, which hides the stall",
    )
