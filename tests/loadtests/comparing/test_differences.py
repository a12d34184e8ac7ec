"""A difference counts when no repeat of one run lies within the other's."""

import random

import pytest

from loadtests.comparing.differences import compare
from loadtests.comparing.verdicts import CHANCE, Verdict, chance
from tests.loadtests.comparing.made_up import run

FIVE = (100.0, 101.0, 102.0, 103.0, 104.0)


def verdict(before: tuple[float, ...], after: tuple[float, ...], name: str = "p99_ms") -> Verdict:
    """Of the one figure."""
    (found,) = compare(run({name: before}), run({name: after})).differences
    return found.verdict


def test_all_repeats_beyond_all_others_are_a_difference() -> None:
    """In the direction that the figure's unit calls better."""
    assert verdict(FIVE, tuple(value + 10 for value in FIVE)) == "worse"
    assert verdict(FIVE, tuple(value - 10 for value in FIVE)) == "better"
    assert verdict(FIVE, tuple(value + 10 for value in FIVE), "knee_per_s") == "better"
    assert verdict(FIVE, tuple(value + 10 for value in FIVE), "keys") == "differs"


def test_one_repeat_within_the_other_run_is_no_difference() -> None:
    """However far the medians are apart."""
    assert verdict(FIVE, (104.0, 300.0, 300.0, 300.0, 300.0)) == "within the spread"


def test_a_clear_difference_that_nobody_would_notice_is_none() -> None:
    """One per cent, without any overlap."""
    narrow = (100.0, 100.1, 100.2, 100.3, 100.4)
    after = tuple(value + 1 for value in narrow)
    assert verdict(narrow, after) == "within the spread"
    (found,) = compare(run({"p99_ms": narrow}), run({"p99_ms": after}), least_change=0).differences
    assert found.verdict == "worse"


@pytest.mark.parametrize(("repeats", "said"), [(3, "too few repeats"), (4, "worse")])
def test_three_repeats_say_nothing_and_four_do(repeats: int, said: str) -> None:
    """Three and three equal ones do not overlap once in ten times."""
    assert verdict(FIVE[:repeats], tuple(value + 50 for value in FIVE[:repeats])) == said


def test_invalid_repeats_do_not_count() -> None:
    """Five were made, and two of them broke their conditions: three are too few."""
    before, after = run({"p99_ms": FIVE}), run({"p99_ms": tuple(value + 50 for value in FIVE)})
    for spread in (before, after):
        spread["summary"]["browse"]["layered"]["p99_ms"]["valid"] = 3
    (found,) = compare(before, after).differences
    assert found.verdict == "too few repeats"


def test_the_chance_is_what_equal_runs_show() -> None:
    """Drawn from one distribution 20,000 times: five and five do not overlap in 0.8 %."""
    rng = random.Random(1)
    apart = 0
    for _ in range(20_000):
        one, other = ([rng.gauss(0, 1) for _ in range(5)] for _ in range(2))
        apart += max(one) < min(other) or max(other) < min(one)
    assert apart / 20_000 == pytest.approx(chance(5, 5), rel=0.3)
    assert chance(5, 5) < CHANCE < chance(3, 3)


def test_latencies_at_other_rates_are_not_compared() -> None:
    """The second run found another knee; its scenarios without a rate are compared all the same."""
    rates = {"low": 130.0, "high": 200.0, "rule": "given"}
    compared = compare(run({"p99_ms": FIVE}), run({"p99_ms": FIVE}, rates=rates))
    assert not compared.differences
    assert compared.unjudged == [
        "browse, layered: the low rate was 100/s and is 130/s, and latency depends on it: make the "
        "run after again with --rates-from and the result before"
    ]
    unrated = [{"name": "browse", "table": "cold", "rates": []}]
    before = run({"loads": FIVE}, scenarios=unrated)
    assert len(compare(before, run({"loads": FIVE}, rates=rates)).differences) == 1


def test_a_change_from_zero_has_no_percentage() -> None:
    """No errors before, five after."""
    (found,) = compare(run({"errors": (0,) * 5}), run({"errors": (5,) * 5})).differences
    assert found.change is None
    assert found.verdict == "worse"
