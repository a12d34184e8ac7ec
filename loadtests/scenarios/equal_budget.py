"""Every strategy in as much room as the article's after had of its before: 9 of 32 parts."""

from loadtests.phases import EQUAL_SHARE, POLICY, equal_budget
from loadtests.trials.reading import by_outcome
from loadtests.trials.scenario import Scenario, Seen
from loadtests.trials.stage import Stage

REFERENCE = "naive"
NO_REFERENCE = f"the budget is 9/32 of {REFERENCE}'s bytes, which this run did not measure"
SHARED = "others use the store, too, so its room is not cut"
FIGURES = ("hit_rate", "evicted_keys", "cache_bytes", "budget_bytes")


async def _play(stage: Stage) -> Seen:
    if stage.contest.shared_stores:
        return Seen(unknown=dict.fromkeys(FIGURES, SHARED))
    naive_bytes = stage.earlier("memory", REFERENCE, "cache_bytes")
    if naive_bytes is None:
        return Seen(unknown=dict.fromkeys(FIGURES, NO_REFERENCE))
    budget_bytes = round(EQUAL_SHARE * naive_bytes)
    draw = f"-{stage.repeat}"
    report = await equal_budget(stage.contest, stage.contestant, budget_bytes, draw=draw)
    budget = stage.contestant.found.budget
    assert budget is not None, "the phase leaves what it found"
    return Seen(
        figures={
            "hit_rate": budget["hit_rate"],
            "evicted_keys": budget["evicted_keys"],
            "cache_bytes": budget["cache_bytes"],
            "budget_bytes": budget_bytes,
        },
        by_outcome=by_outcome(report),
    )


EQUAL_BUDGET = Scenario(
    name="equal-budget",
    summary=f"the cache cut to 9/32 of naive's unbounded bytes, {POLICY}; then more of the mix",
    symptom="the hit rate in little room: large entries push each other out",
    table="memory",
    figures=FIGURES,
    play=_play,
    leaves_its_mark=True,
    tells_work=False,
    expected_s=6.0,
    least_s=1.6,
    settings={"CORRAL_SET": "near=nothing_near"},
    distorts="near caches are off, as their memory would stand outside the budget; what fits into "
    "it is the store's alone, in every strategy",
)
