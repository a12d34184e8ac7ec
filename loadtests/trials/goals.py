"""The acceptance figures of the ladder, each with a verdict or the reason for none."""

from loadtests.result import Goal
from loadtests.trials.causes import CAUSES
from loadtests.trials.schema import Trials
from loadtests.trials.weighing import (
    About,
    Of,
    at_least,
    at_most,
    exactly,
    lacking,
    range_of,
    ratio_of,
    spread_of,
)

BYTES_SHARE = 0.15  # the article: 9 of 32 GB, 28 %
ENTRY_SHARE = 0.04
LATENCY_SHARE = 0.15  # the article: 120 of 450 ms, 27 %
KNEE_TIMES = 4.0
HIT_RATE = 0.90  # the article: 87 %
EPOCHS = 20
LOADS_A_LIFE = 2.0  # an early refresh comes in the second half of a life
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
        _share(trials, "memory", "cache_bytes", About("bytes", memory, "ratio"), BYTES_SHARE),
        _share(trials, "memory", "post_entry_bytes", About("entry", entry, "ratio"), ENTRY_SHARE),
    ]


def _latency(trials: Trials) -> list[Goal]:
    high = "layered: mean at four fifths of its knee at most 15 % of naive's"
    low = "layered: mean at half of naive's knee at most naive's"
    return [
        _share(
            trials, "browse-high", "mean_ms", About("latency-high", high, "ratio"), LATENCY_SHARE
        ),
        _share(trials, "browse-low", "mean_ms", About("latency-low", low, "ratio"), 1.0),
    ]


def _share(trials: Trials, scenario: str, figure: str, about: About, limit: float) -> Goal:
    ours, theirs = Of("layered", scenario, figure), Of("naive", scenario, figure)
    value, why = ratio_of(trials, ours, theirs), lacking(trials, ours, theirs)
    return at_most(about, value, limit, why=why)


def _knee(trials: Trials) -> Goal:
    ours, theirs = Of("layered", "knee", "knee_per_s"), Of("naive", "knee", "knee_per_s")
    about = About("knee", "layered: knee at least 4 times naive's", "times")
    value, why = ratio_of(trials, ours, theirs), lacking(trials, ours, theirs)
    return at_least(about, value, KNEE_TIMES, why=why)


def _hit_rate(trials: Trials) -> Goal:
    ours = Of("layered", "equal-budget", "hit_rate")
    budget = Of("naive", "memory", "cache_bytes")
    said = "layered: hit rate at the equal budget at least 90 %"
    evicted = spread_of(trials, Of("layered", "equal-budget", "evicted_keys"))
    if evicted and not evicted["most"]:
        said += " (it fits: nothing was evicted)"
    about = About("hit-rate", said, "share")
    why = lacking(trials, budget, ours)
    value = range_of(trials, ours) if spread_of(trials, budget) else None
    return at_least(about, value, HIT_RATE, why=why)


def _natural(trials: Trials) -> list[Goal]:
    """One load in each of 20 epochs, and nobody slow: the worst epoch of all repeats counts.

    Epochs as frequent as loads would hide a strategy that loads twice in a life.
    """
    often = About(
        "natural-often", "layered: at most two loads in the time of one soft life", "loads"
    )
    loads = About("natural-loads", "layered: one load in 20 of 20 epochs", "loads")
    slow = About("natural-slow", "layered: no request slow in 20 epochs", "requests")
    return [
        _in_every_epoch(trials, Of("layered", "natural-expiry", "worst_loads"), loads, 1),
        _in_every_epoch(trials, Of("layered", "natural-expiry", "slow_requests"), slow, 0),
        _worst(trials, Of("layered", "natural-expiry", "loads_per_life"), often, LOADS_A_LIFE),
    ]


def _in_every_epoch(trials: Trials, one: Of, about: About, limit: float) -> Goal:
    goal = _worst(trials, one, about, limit)
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
    """In every repeat: the worst one counts, and who failed was not served."""
    loads = About("stampede-loads", "layered: one load in every stampede", "loads")
    p99 = About(
        "stampede-p99", "layered: p99 of every stampede at most 60 ms over its load alone", "ms"
    )
    return [
        _unfailing(trials, _worst(trials, Of("layered", "stampede", figure), about, limit))
        for figure, about, limit in (("loads", loads, 1), ("over_load_ms", p99, SLACK_MS))
    ]


def _unfailing(trials: Trials, goal: Goal) -> Goal:
    """The goal, missed where a request of any stampede failed."""
    errors = spread_of(trials, Of("layered", "stampede", "errors"))
    if goal["met"] and errors and errors["most"]:
        return {**goal, "met": False, "why": f"up to {errors['most']:.0f} requests failed"}
    return goal


def _worst(trials: Trials, one: Of, about: About, limit: float) -> Goal:
    return at_most(about, range_of(trials, one, "most"), limit, why=lacking(trials, one))


def _duration(trials: Trials) -> Goal:
    limit = WHOLE_MIN[trials["quick"]]
    about = About("duration", f"the whole run within {limit:.0f} minutes", "minutes")
    return at_most(about, exactly(trials["duration_s"] / 60), limit)


def _explained(goal: Goal, trials: Trials) -> Goal:
    if goal["met"] is not False or goal["why"] or goal["id"] not in CAUSES:
        return goal
    return {**goal, "why": CAUSES[goal["id"]](trials)}
