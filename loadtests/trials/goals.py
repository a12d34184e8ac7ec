"""The acceptance figures of the ladder, each with a verdict or the reason for none."""

from loadtests.result import Goal
from loadtests.trials.causes import CAUSES
from loadtests.trials.schema import Trials
from loadtests.trials.weighing import (
    Of,
    at_least,
    at_most,
    lacking,
    median_of,
    ratio_of,
    spread_of,
)

BYTES_SHARE = 0.15  # the article: 9 of 32 GB, 28 %
ENTRY_SHARE = 0.04
LATENCY_SHARE = 0.15  # the article: 120 of 450 ms, 27 %
KNEE_TIMES = 4.0
HIT_RATE = 0.90  # the article: 87 %
EPOCHS = 20
SLACK_MS = 60.0
WHOLE_MIN = {False: 60.0, True: 6.0}  # by `quick`


def ladder_goals(trials: Trials) -> list[Goal]:
    """Every goal of the ladder; a missed one with the cause that the run itself shows."""
    goals = [*_bytes(trials), *_latency(trials), _knee(trials), _hit_rate(trials)]
    goals += [*_natural(trials), *_cold(trials), _duration(trials)]
    return [_explained(goal, trials) for goal in goals]


def _bytes(trials: Trials) -> list[Goal]:
    memory = "layered: at most 15 % of naive's cache bytes"
    entry = "layered: a post entry of at most 4 % of naive's, mean"
    return [
        _share(trials, "memory", "cache_bytes", ("bytes", memory, "ratio"), BYTES_SHARE),
        _share(trials, "memory", "post_entry_bytes", ("entry", entry, "ratio"), ENTRY_SHARE),
    ]


def _latency(trials: Trials) -> list[Goal]:
    high = "layered: mean at four fifths of its knee at most 15 % of naive's"
    low = "layered: mean at half of naive's knee at most naive's"
    return [
        _share(trials, "browse-high", "mean_ms", ("latency-high", high, "ratio"), LATENCY_SHARE),
        _share(trials, "browse-low", "mean_ms", ("latency-low", low, "ratio"), 1.0),
    ]


def _share(
    trials: Trials, scenario: str, figure: str, about: tuple[str, str, str], limit: float
) -> Goal:
    ours, theirs = Of("layered", scenario, figure), Of("naive", scenario, figure)
    value, why = ratio_of(trials, ours, theirs), lacking(trials, ours, theirs)
    return at_most(about, value, limit, why=why)


def _knee(trials: Trials) -> Goal:
    ours, theirs = Of("layered", "knee", "knee_per_s"), Of("naive", "knee", "knee_per_s")
    about = ("knee", "layered: knee at least 4 times naive's", "times")
    value, why = ratio_of(trials, ours, theirs), lacking(trials, ours, theirs)
    return at_least(about, value, KNEE_TIMES, why=why)


def _hit_rate(trials: Trials) -> Goal:
    ours = Of("layered", "equal-budget", "hit_rate")
    budget = Of("naive", "memory", "cache_bytes")
    about = ("hit-rate", "layered: hit rate at the equal budget at least 90 %", "share")
    why = lacking(trials, budget, ours)
    return at_least(about, None if why else median_of(trials, ours), HIT_RATE, why=why)


def _natural(trials: Trials) -> list[Goal]:
    """One load in each of 20 epochs, and nobody slow: the worst epoch of all repeats counts."""
    loads = ("natural-loads", "layered: one load in 20 of 20 epochs", "loads")
    slow = ("natural-slow", "layered: no request slow in 20 epochs", "requests")
    return [
        _in_every_epoch(trials, Of("layered", "natural-expiry", "worst_loads"), loads, 1),
        _in_every_epoch(trials, Of("layered", "natural-expiry", "slow_requests"), slow, 0),
    ]


def _in_every_epoch(trials: Trials, one: Of, about: tuple[str, str, str], limit: float) -> Goal:
    spread = spread_of(trials, one)
    if spread is None:
        return at_most(about, None, limit, why=lacking(trials, one))
    goal = at_most(about, spread["most"], limit)
    epochs = _epochs(trials)
    if goal["met"] and epochs < EPOCHS:
        return {**goal, "met": None, "why": f"no verdict: {epochs} of {EPOCHS} epochs were seen"}
    return goal


def _epochs(trials: Trials) -> int:
    return sum(
        int(trial["figures"].get("epochs", 0))
        for trial in trials["trials"]
        if trial["valid"] and (trial["subject"], trial["scenario"]) == ("layered", "natural-expiry")
    )


def _cold(trials: Trials) -> list[Goal]:
    """In every repeat: the worst one counts."""
    loads = ("stampede-loads", "layered: one load in every stampede", "loads")
    p99 = ("stampede-p99", "layered: p99 of every stampede at most 60 ms over its load", "ms")
    return [
        _worst(trials, Of("layered", "stampede", "loads"), loads, 1),
        _worst(trials, Of("layered", "stampede", "over_load_ms"), p99, SLACK_MS),
    ]


def _worst(trials: Trials, one: Of, about: tuple[str, str, str], limit: float) -> Goal:
    spread = spread_of(trials, one)
    return at_most(about, spread and spread["most"], limit, why=lacking(trials, one))


def _duration(trials: Trials) -> Goal:
    limit = WHOLE_MIN[trials["quick"]]
    about = ("duration", f"the whole run within {limit:.0f} minutes", "minutes")
    return at_most(about, trials["duration_s"] / 60, limit)


def _explained(goal: Goal, trials: Trials) -> Goal:
    if goal["met"] is not False or goal["why"] or goal["id"] not in CAUSES:
        return goal
    return {**goal, "why": CAUSES[goal["id"]](trials)}
