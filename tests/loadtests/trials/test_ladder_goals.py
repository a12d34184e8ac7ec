"""Goals of the ladder are met, missed with a cause, or left open with a reason."""

import pytest

from loadtests.result import Goal
from loadtests.trials.goals import ladder_goals
from loadtests.trials.schema import Trials
from tests.loadtests.trials.made_up import ladder, resummed, trials_of


def judged(trials: Trials) -> dict[str, Goal]:
    """Goals by id."""
    return {goal["id"]: goal for goal in ladder_goals(trials)}


def test_every_figure_of_the_issue_has_a_goal() -> None:
    """And a run that is just at every limit meets them all."""
    assert {goal["id"]: goal["met"] for goal in ladder_goals(ladder())} == dict.fromkeys(
        (
            "bytes",
            "entry",
            "latency-high",
            "latency-low",
            "knee",
            "hit-rate",
            "natural-loads",
            "natural-slow",
            "natural-often",
            "stampede-loads",
            "stampede-p99",
            "duration",
        ),
        True,
    )


@pytest.mark.parametrize(
    ("goal", "scenario", "figure", "value", "cause"),
    [
        ("bytes", "memory", "cache_bytes", 151.0, "layered held 20 keys, naive 10"),
        ("entry", "memory", "post_entry_bytes", 4.1, "an entry takes 4 bytes"),
        ("latency-high", "browse-high", "mean_ms", 151.0, ""),
        ("latency-low", "browse-low", "mean_ms", 10.1, "a request costs layered 1.0 ms of CPU"),
        ("knee", "knee", "knee_per_s", 399.0, "a request costs layered 1.0 ms of CPU, naive 4.0"),
        ("hit-rate", "equal-budget", "hit_rate", 0.89, "nothing was evicted"),
    ],
)
def test_beyond_its_limit_a_goal_is_missed(
    goal: str, scenario: str, figure: str, value: float, cause: str
) -> None:
    """All repeats alike; every other goal stays met, and the run says what it knows."""
    trials = ladder()
    for trial in trials_of(trials, "layered", scenario):
        trial["figures"][figure] = value
    found = judged(resummed(trials))
    assert [name for name, one in found.items() if not one["met"]] == [goal]
    assert cause in found[goal]["why"]


@pytest.mark.parametrize(
    ("goal", "scenario", "figure", "value", "cause"),
    [
        ("natural-loads", "natural-expiry", "worst_loads", 2.0, "one followed the other"),
        ("natural-slow", "natural-expiry", "slow_requests", 1.0, "took up to 80 ms"),
        ("natural-often", "natural-expiry", "loads_per_life", 2.1, ""),
        ("stampede-loads", "stampede", "loads", 2.0, "one followed the other"),
        (
            "stampede-p99",
            "stampede",
            "over_load_ms",
            61.0,
            "p99 was up to 260 ms, a load alone up to 200 ms",
        ),
    ],
)
def test_one_bad_repeat_is_enough_where_every_one_counts(
    goal: str, scenario: str, figure: str, value: float, cause: str
) -> None:
    """The median would hide it."""
    trials = ladder()
    trials_of(trials, "layered", scenario)[2]["figures"][figure] = value
    found = judged(resummed(trials))
    assert [name for name, one in found.items() if not one["met"]] == [goal]
    assert found[goal]["met"] is False
    assert cause in found[goal]["why"]


def test_fewer_epochs_prove_nothing_and_a_bad_one_is_still_bad() -> None:
    """Four repeats saw 16 of 20."""
    trials = ladder(repeats=4)
    found = judged(trials)
    assert found["natural-loads"]["met"] is None
    assert found["natural-loads"]["why"] == "no verdict: 16 of 20 epochs were seen"
    trials_of(trials, "layered", "natural-expiry")[0]["figures"]["worst_loads"] = 3.0
    assert judged(resummed(trials))["natural-loads"]["met"] is False


def test_without_a_valid_repeat_there_is_no_verdict() -> None:
    """Of the goal that rests on it, with the condition that was broken."""
    trials = ladder()
    for trial in trials_of(trials, "naive", "browse-high"):
        trial["valid"], trial["why"] = False, ["browse-high: starts were late"]
    found = judged(resummed(trials))
    assert [name for name, one in found.items() if one["met"] is None] == ["latency-high"]
    assert found["latency-high"]["why"] == (
        "no verdict: naive has no valid repeat in browse-high: browse-high: starts were late"
    )


def test_three_valid_repeats_of_five_are_judged_and_two_are_not() -> None:
    """The invalid ones are out of the figure, and a verdict needs more than half."""
    trials = ladder()
    for trial in trials_of(trials, "layered", "knee")[3:]:
        trial["valid"], trial["figures"]["knee_per_s"] = False, 1.0
    assert judged(resummed(trials))["knee"]["met"] is True
    trials_of(trials, "layered", "knee")[0]["valid"] = False
    found = judged(resummed(trials))["knee"]
    assert (None, 4.0) == (found["met"], found["value"])
    assert "no verdict: layered, knee: 2 of 5 repeats, where 3 are needed" == found["why"]


def test_one_repeat_is_no_verdict() -> None:
    """As in a quick run, whose figures are shown all the same."""
    found = judged(ladder(repeats=1))["bytes"]
    assert (None, 0.15) == (found["met"], found["value"])
    assert "no verdict: layered, memory: one repeat" == found["why"]


def test_a_stampede_in_which_a_request_failed_misses_both_its_goals() -> None:
    """One load and a good p99 of those who were served are no merit then."""
    trials = ladder()
    trials_of(trials, "layered", "stampede")[4]["figures"]["errors"] = 7.0
    found = judged(resummed(trials))
    assert ["stampede-loads", "stampede-p99"] == [
        name for name, one in found.items() if not one["met"]
    ]
    assert "up to 7 requests failed" == found["stampede-p99"]["why"]


@pytest.mark.parametrize(
    ("subject", "met", "says"),
    [("naive", True, "at most"), ("layered", None, "at least")],
)
def test_a_bound_gives_a_verdict_where_it_is_enough_for_one(
    subject: str, met: bool | None, says: str
) -> None:
    """Naive may be any slower; layered may not, and nobody knows whether it is."""
    trials = ladder()
    for trial in trials_of(trials, subject, "browse-high"):
        trial["at_least"] = ["mean_ms"]
    found = judged(resummed(trials))["latency-high"]
    assert (met, says) == (found["met"], found["is_bound"])
    for trial in trials_of(trials, "layered", "browse-high"):
        trial["at_least"], trial["figures"]["mean_ms"] = ["mean_ms"], 500.0
    both = judged(resummed(trials))["latency-high"]
    assert both["met"] is (None if subject == "naive" else False)


def test_a_knee_beyond_the_ramp_is_no_less_than_its_end() -> None:
    """So it is met where that is enough."""
    trials = ladder()
    for trial in trials_of(trials, "layered", "knee")[:3]:
        trial["at_least"] = ["knee_per_s"]
    found = judged(resummed(trials))["knee"]
    assert (True, 4.0, "at least") == (found["met"], found["value"], found["is_bound"])


def test_a_figure_that_could_not_be_known_says_why() -> None:
    """In the words of the scenario."""
    trials = ladder()
    for trial in trials_of(trials, "layered", "knee"):
        trial["figures"], trial["unknown"] = {}, {"knee_per_s": "more than 2500 a second"}
    found = judged(resummed(trials))["knee"]
    assert (found["met"], found["value"]) == (None, None)
    assert found["why"] == "no verdict: layered, knee: more than 2500 a second"


def test_a_share_of_nothing_is_no_verdict_and_says_so() -> None:
    """A cache of naive that weighs nothing was not measured, or it keeps nothing."""
    trials = ladder()
    for trial in trials_of(trials, "naive", "memory"):
        trial["figures"]["cache_bytes"] = 0.0
    found = judged(resummed(trials))["bytes"]
    assert (found["met"], found["value"]) == (None, None)
    assert "no verdict: what it would be a share of is nothing" == found["why"]


def test_the_budget_rests_on_naives_bytes() -> None:
    """They set it for all."""
    trials = ladder()
    for trial in trials_of(trials, "naive", "memory"):
        trial["valid"], trial["why"] = False, ["warm: others were at work"]
    found = judged(resummed(trials))["hit-rate"]
    assert (found["met"], found["value"]) == (None, None)
    assert "naive has no valid repeat in memory" in found["why"]


@pytest.mark.parametrize(
    ("naive", "layered", "cause"),
    [
        (90.0, 300.0, "layered answered 300 of 320 a second: it could not keep up"),
        (320.0, 320.0, "naive kept up with 320 a second"),
    ],
)
def test_a_slow_mean_at_the_high_rate_is_explained(
    naive: float, layered: float, cause: str
) -> None:
    """By who fell behind, or did not."""
    trials = ladder()
    for subject, answered in (("naive", naive), ("layered", layered)):
        for trial in trials_of(trials, subject, "browse-high"):
            trial["figures"] |= {"mean_ms": 500.0, "achieved_per_s": answered}
    assert cause in judged(resummed(trials))["latency-high"]["why"]


def test_a_quick_run_has_a_shorter_limit() -> None:
    """Six minutes, not sixty."""
    found = judged(ladder(quick=True, duration_s=361.0))["duration"]
    assert (found["met"], found["value"], found["limit"]) == (False, 361 / 60, 6.0)


def test_a_budget_that_is_not_felt_is_told_where_the_goal_is_met_too() -> None:
    """A hit rate without any eviction says nothing about little room."""
    trials = ladder()
    assert "nothing was evicted" in judged(trials)["hit-rate"]["text"]
    for trial in trials_of(trials, "layered", "equal-budget"):
        trial["figures"]["evicted_keys"] = 7.0
    assert "nothing was evicted" not in judged(resummed(trials))["hit-rate"]["text"]
