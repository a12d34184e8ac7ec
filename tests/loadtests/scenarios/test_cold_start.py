"""How long a cache takes to be of use again."""

import pytest

from loadtests.recorder import Answer
from loadtests.result import CacheOutcome
from loadtests.scenarios.cold_start import cold_figures
from tests.loadtests.scenarios.seen import answer, hits, load, measured

FLUSHED_S, END_S = 4.0, 16.0


def missing(until_s: float, outcome: CacheOutcome = "miss") -> list[Answer]:
    """Nothing but misses from the flush on, 100 a second."""
    count = round((until_s - FLUSHED_S) * 100)
    return [answer(FLUSHED_S + number / 100, 0.1, outcome) for number in range(count)]


def test_the_flush_is_felt_until_hits_are_back() -> None:
    """Two seconds of misses: a second with 90 % hits ends 2.9 s after the flush."""
    phase = measured([*hits(0.0, FLUSHED_S), *missing(6.0), *hits(6.0, END_S)], [])
    figures = cold_figures(phase, FLUSHED_S, END_S).figures
    assert 2.9 == pytest.approx(figures["recovery_s"], abs=0.11)
    assert 1.0 == figures["recovered_share"]
    assert figures["p99_before_ms"] < 3
    assert 100 == pytest.approx(figures["p99_after_ms"], rel=0.02)


def test_who_does_not_recover_takes_at_least_as_long_as_was_watched() -> None:
    """The phase ends first: later than whoever came back in it."""
    seen = cold_figures(measured([*hits(0.0, FLUSHED_S), *missing(END_S)], []), FLUSHED_S, END_S)
    assert (12.0, ["recovery_s"]) == (seen.figures["recovery_s"], seen.at_least)
    assert 0.0 == seen.figures["recovered_share"]


def test_who_keeps_nothing_loses_nothing() -> None:
    """Without a cache the flush is no event."""
    everything = [answer(number / 100, 0.1, "miss") for number in range(1_600)]
    seen = cold_figures(measured(everything, []), FLUSHED_S, END_S)
    for figure in ("recovery_s", "recovered_share"):
        assert "nothing is kept, so nothing was lost" == seen.unknown[figure]


def test_loads_beyond_the_usual_are_the_price() -> None:
    """One a second before and after is what it takes anyway; forty more are the flush's."""
    usual = [load(float(at), at + 0.1, "post") for at in range(16)]
    herd = [load(4.5, 4.7, "post") for _ in range(40)]
    phase = measured(hits(0.0, END_S), [*usual, *herd])
    assert 40 == pytest.approx(cold_figures(phase, FLUSHED_S, END_S).figures["extra_loads"])
