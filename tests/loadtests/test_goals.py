"""Goals are met, missed, or left open with a reason; nothing is hidden."""

from copy import deepcopy

import pytest

from loadtests.goals import goals
from loadtests.result import Goal, Result
from tests.loadtests.sample import sample

SAMPLE = sample()


def judged(result: Result) -> dict[str, Goal]:
    """Goals by id."""
    return {goal["id"]: goal for goal in goals(result["strategies"], result["conditions"])}


def test_every_acceptance_figure_has_a_goal() -> None:
    """Those of the issue."""
    assert set(judged(SAMPLE)) == {
        "stampede-naive",
        "stampede-article",
        "stampede-layered",
        "stampede-layered-errors",
        "stampede-layered-p99",
        "no-ttl-article",
        "no-ttl-layered",
        "bytes",
        "latency-high",
        "latency-low",
        "hit-rate",
        "hit-rate-above-naive",
    }


def test_a_second_load_misses_the_goal() -> None:
    """One is one."""
    result = deepcopy(SAMPLE)
    result["strategies"]["layered"]["stampede"]["loads"] = 2
    assert judged(SAMPLE)["stampede-layered"]["met"] is True
    assert judged(result)["stampede-layered"]["met"] is False


def test_the_p99_goal_moves_with_the_load() -> None:
    """Its load and 60 ms."""
    result = deepcopy(SAMPLE)
    run = result["strategies"]["layered"]["stampede"]
    run["load_ms"], run["alone_load_ms"], run["p99_ms"] = 150.0, 100.0, 161.0
    assert judged(result)["stampede-layered-p99"]["met"] is False
    run["p99_ms"] = 159.0
    assert judged(result)["stampede-layered-p99"]["met"] is True


def test_equal_hit_rates_are_not_above() -> None:
    """Above means above."""
    result = deepcopy(SAMPLE)
    rate = result["strategies"]["naive"]["hit_rate_equal_budget"]
    result["strategies"]["layered"]["hit_rate_equal_budget"] = rate
    assert judged(result)["hit-rate-above-naive"]["met"] is False


def test_a_missed_hit_rate_without_evictions_is_explained() -> None:
    """A young cache misses what nobody read before, however much room it has."""
    result = deepcopy(SAMPLE)
    layered = result["strategies"]["layered"]
    layered["hit_rate_equal_budget"] = 0.7
    assert layered["equal_budget"] is not None
    assert layered["equal_budget"]["evicted_keys"] == 0
    goal = judged(result)["hit-rate"]
    assert goal["met"] is False
    assert "nothing was evicted" in goal["why"]


def test_what_was_not_measured_has_no_verdict_and_says_why() -> None:
    """A shared store."""
    result = deepcopy(SAMPLE)
    layered = result["strategies"]["layered"]
    layered["cache_bytes"] = None
    layered["not_measured"] = {"cache_bytes": "the store is shared"}
    goal = judged(result)["bytes"]
    assert (goal["met"], goal["value"], goal["why"]) == (None, None, "the store is shared")


def test_no_verdict_is_drawn_from_an_invalid_phase() -> None:
    """Only the goals that rest on it lose theirs."""
    result = deepcopy(SAMPLE)
    for phase in result["conditions"]["phases"]:
        if (phase["strategy"], phase["phase"]) == ("naive", "low"):
            phase["valid"], phase["why"] = False, ["starts were late"]
    found = judged(result)
    assert found["latency-low"]["met"] is None
    assert found["latency-low"]["why"] == "no verdict: naive low broke its conditions"
    assert found["latency-high"]["met"] is not None


@pytest.mark.parametrize(
    ("strategy", "phase", "expected"),
    [
        ("naive", "warm", {"bytes", "hit-rate", "hit-rate-above-naive"}),
        ("article", "warm", {"no-ttl-article"}),
        ("layered", "warm", {"bytes", "no-ttl-layered"}),
        ("naive", "ramp", {"latency-low"}),
        ("layered", "ramp", {"latency-high"}),
        ("article", "ramp", set()),
        ("layered", "low", {"latency-low"}),
        ("naive", "high", {"latency-high"}),
        ("naive", "stampede", {"stampede-naive"}),
        ("article", "stampede", {"stampede-article"}),
        ("layered", "equal budget", {"hit-rate", "hit-rate-above-naive"}),
    ],
)
def test_exactly_the_goals_that_rest_on_a_broken_phase_are_open(
    strategy: str, phase: str, expected: set[str]
) -> None:
    """Each with the phase, whose fault the conditions tell; all others are as they were."""
    result = deepcopy(SAMPLE)
    for run in result["conditions"]["phases"]:
        if (run["strategy"], run["phase"]) == (strategy, phase):
            run["valid"], run["why"] = False, ["somebody compiled"]
    found = judged(result)
    assert expected == {name for name, goal in found.items() if goal["met"] is None}
    for name, goal in found.items():
        said = f"no verdict: {strategy} {phase} broke its conditions"
        assert goal == ({**goal, "why": said} if name in expected else judged(SAMPLE)[name])


def test_fewer_strategies_have_fewer_goals() -> None:
    """Ratios need both sides."""
    result = deepcopy(SAMPLE)
    del result["strategies"]["naive"]
    assert "bytes" not in judged(result)
    assert "stampede-layered" in judged(result)
