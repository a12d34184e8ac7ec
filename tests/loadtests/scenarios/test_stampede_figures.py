"""One load or many, from a burst's requests and loads."""

import pytest

from loadtests.scenarios.stampede import stampede_figures
from tests.loadtests.scenarios.seen import answer, load, report

BURST = 200


def test_one_load_and_everybody_waits_for_it() -> None:
    """p99 is held against a load alone: the one in the burst was slowed by it."""
    burst = report([answer(n / 2_000, 0.12, "collapsed") for n in range(BURST)])
    seen = stampede_figures(burst, [load(0.0, 0.1)], alone_ms=90.0)
    assert (1, 1, 0) == tuple(seen.figures[name] for name in ("loads", "peak_loads", "errors"))
    assert 30 == pytest.approx(seen.figures["over_load_ms"], abs=3)
    assert 100 == pytest.approx(seen.figures["load_ms"])
    assert 90.0 == seen.figures["alone_load_ms"]
    assert 120 == pytest.approx(seen.figures["first_fresh_ms"])
    assert BURST == len(seen.drawing["timeline"])
    assert [(0.0, 100.0)] == seen.drawing["loads_timeline"]


def test_a_load_each_is_far_above_the_time_of_one() -> None:
    """And everybody is slow."""
    herd = [load(n / 2_000, 1.0 + n / 20) for n in range(BURST)]
    burst = report([answer(n / 2_000, 1.0 + n / 20, "miss") for n in range(BURST)])
    figures = stampede_figures(burst, herd, alone_ms=90.0).figures
    assert (BURST, BURST) == (figures["loads"], figures["slow_requests"])
    assert figures["peak_loads"] == BURST
    assert figures["over_load_ms"] > 8_000


def test_an_answer_that_failed_is_no_fresh_one() -> None:
    """It is a bar of its own, and the first to be answered came later."""
    burst = report([answer(0.0, 0.01, "none", error="503"), answer(0.0, 0.2, "miss")])
    seen = stampede_figures(burst, [load(0.0, 0.19)], alone_ms=90.0)
    assert 1 == seen.figures["errors"]
    assert 200 == pytest.approx(seen.figures["first_fresh_ms"])


def test_refusing_most_of_them_is_no_good_p99() -> None:
    """Who failed was never answered, so p99 is a bound far above the load."""
    refused = [answer(n / 2_000, 0.001, "none", error="503") for n in range(BURST - 10)]
    served = [answer(0.095 + n / 2_000, 0.1, "collapsed") for n in range(10)]
    seen = stampede_figures(report([*refused, *served]), [load(0.0, 0.1)], alone_ms=90.0)
    assert seen.figures["over_load_ms"] > 3_800
    assert {"p50_ms", "p99_ms", "max_ms", "over_load_ms"} == set(seen.at_least)


def test_without_a_clean_load_alone_nothing_is_said_of_the_time_above_it() -> None:
    """The reason stands in its place."""
    seen = stampede_figures(report([answer(0.0, 0.1, "miss")]), [load(0.0, 0.1)], None, "unlike")
    assert "over_load_ms" not in seen.figures
    assert ("unlike", "unlike") == (seen.unknown["over_load_ms"], seen.unknown["alone_load_ms"])
