"""A missed goal says why, where the figures of the run tell; otherwise it says nothing."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from loadtests.goals import goals
from loadtests.result import EqualBudget, Goal, Stampede, StrategyResult, TimelineOutcome
from tests.loadtests.sample import sample

SAMPLE = sample()
Strategies = dict[str, StrategyResult]
Change = Callable[[Strategies], None]


def judged(change: Change) -> dict[str, Goal]:
    """Goals by id, after a change to the strategies."""
    strategies = deepcopy(SAMPLE["strategies"])
    change(strategies)
    return {goal["id"]: goal for goal in goals(strategies, SAMPLE["conditions"])}


def burst(strategies: Strategies, name: str) -> Stampede:
    """The stampede of one strategy."""
    return strategies[name]["stampede"]


def few_loads(strategies: Strategies) -> None:
    """Nearly all of naive's readers found the list again."""
    run = burst(strategies, "naive")
    run["loads"], run["load_ms"] = 7, 12.0
    late: list[tuple[float, float, TimelineOutcome]] = [(13.0, 14.0, "hit")] * 493
    run["timeline"] = [(0.0, 5.0, "miss"), *late]


def loads_at_once(strategies: Strategies) -> None:
    """Three readers load together."""
    burst(strategies, "layered").update({"loads": 3, "peak_concurrent_loads": 3})


def loads_in_turn(strategies: Strategies) -> None:
    """One load after the other."""
    burst(strategies, "article").update({"loads": 2, "peak_concurrent_loads": 1})


def many_keys(strategies: Strategies) -> None:
    """Layered holds as much as naive, in more keys."""
    strategies["layered"].update({"cache_bytes": 60_000_000, "cache_keys": 4_420})


def layered_behind(strategies: Strategies) -> None:
    """Layered does not keep up with four fifths of its own knee."""
    naive = strategies["naive"]["latency_ms_at_high"]
    strategies["layered"].update(
        {"latency_ms_at_high": naive, "saturated_at_high": True, "achieved_at_high_per_s": 512.0}
    )


def naive_keeps_up(strategies: Strategies) -> None:
    """Naive is as quick as layered."""
    layered = strategies["layered"]["latency_ms_at_high"]
    strategies["naive"].update({"latency_ms_at_high": layered, "saturated_at_high": False})


def slow(strategies: Strategies) -> None:
    """Layered's mean at low is twice naive's."""
    latency = strategies["naive"]["latency_ms"]
    assert latency
    strategies["layered"]["latency_ms"] = {**latency, "mean": 2 * latency["mean"]}


def slow_by_misses(strategies: Strategies) -> None:
    """It hits less."""
    slow(strategies)
    strategies["layered"]["hit_rate"] = 0.81


def slow_hits(strategies: Strategies) -> None:
    """Its hits take longer."""
    slow(strategies)
    for name, mean_ms in (("naive", 2.0), ("layered", 3.5)):
        strategies[name]["by_outcome"]["hit"]["mean_ms"] = mean_ms


def evicting(strategies: Strategies) -> None:
    """Layered does not fit into the budget."""
    strategies["layered"]["hit_rate_equal_budget"] = 0.2
    budget: EqualBudget | None = strategies["layered"]["equal_budget"]
    assert budget
    budget.update({"evicted_keys": 1_234, "budget_bytes": 5_000})


@pytest.mark.parametrize(
    ("goal", "change", "expected"),
    [
        ("stampede-naive", few_loads, "493 of 500 requests came when the list was cached again"),
        ("stampede-layered", loads_at_once, "3 loads ran at once"),
        ("stampede-article", loads_in_turn, "no two loads ran at once"),
        ("bytes", many_keys, "layered held 4,420 keys, naive 2,900"),
        ("latency-high", layered_behind, "layered could not keep up with this rate: it answered 5"),
        ("latency-high", naive_keeps_up, "naive kept up with this rate"),
        ("latency-low", slow_by_misses, "81.0% of layered's reads and 93.0% of naive's"),
        ("latency-low", slow_hits, "a hit took 3.5 ms at layered, 2.0 ms at naive"),
        ("hit-rate", evicting, "1,234 keys were evicted to keep to the budget of 5,000 bytes"),
        ("hit-rate-above-naive", evicting, "1,234 keys were evicted"),
    ],
)
def test_a_missed_goal_has_its_cause(goal: str, change: Change, expected: str) -> None:
    """Made of the figures that show it."""
    found = judged(change)[goal]
    assert found["met"] is False
    assert expected in found["why"]


def test_a_cause_that_the_figures_do_not_show_is_not_made_up() -> None:
    """Too many bytes in fewer keys: the run does not know why."""

    def heavy(strategies: Strategies) -> None:
        strategies["layered"].update({"cache_bytes": 60_000_000, "cache_keys": 100})

    found = judged(heavy)["bytes"]
    assert (found["met"], found["why"]) == (False, "")


def test_a_goal_that_was_met_needs_no_cause() -> None:
    """None of the sample's has one."""
    assert {goal["why"] for goal in goals(SAMPLE["strategies"], SAMPLE["conditions"])} == {""}
