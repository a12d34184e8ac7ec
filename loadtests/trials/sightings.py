"""Whether each mistake was seen: its telling figure beside layered's, in the same scenario."""

from loadtests.comparing.verdicts import LEAST_CHANGE, is_open, judged
from loadtests.trials.schema import Seen, Sighting, Spread, Subject, Trials
from loadtests.trials.weighing import Of, lacking, spread_of, too_few

INSTEAD = {
    "better": "the mistake did better",
    "differs": "the figure differs, and neither way is worse",
}


def sightings(trials: Trials) -> list[Sighting]:
    """One for each mistake of the run, in its order."""
    first = {one["name"]: one["figures"][0] for one in trials["scenarios"]}
    return [
        _sighting(trials, one, one.get("figure") or first[one["scenario"]])
        for one in trials["subjects"]
        if one.get("scenario") in first
    ]


def _sighting(trials: Trials, mistake: Subject, figure: str) -> Sighting:
    scenario, base = mistake["scenario"], mistake["base"] or "layered"
    ours, theirs = Of(base, scenario, figure), Of(mistake["name"], scenario, figure)
    without, with_it = spread_of(trials, ours), spread_of(trials, theirs)
    seen, why = _verdict(trials, figure, without, with_it)
    return {
        "mistake": mistake["name"],
        "changes": mistake["changes"],
        "symptom": mistake.get("symptom", ""),
        "scenario": scenario,
        "figure": figure,
        "without_it": without,
        "with_it": with_it,
        "seen": seen,
        "why": why or lacking(trials, ours, theirs),
    }


def _verdict(
    trials: Trials, figure: str, without: Spread | None, with_it: Spread | None
) -> tuple[Seen, str]:
    if without is None or with_it is None or too_few(without) or too_few(with_it):
        return "no verdict", ""
    verdict = judged(without, with_it, trials["figures"][figure], LEAST_CHANGE)
    if verdict == "worse":
        return "seen", ""
    if verdict == "too few repeats":
        return "no verdict", f"no verdict: {verdict} to tell it from noise"
    if verdict == "within the spread" and is_open(without, with_it):
        return "no verdict", "no verdict: of what was measured only bounds are known"
    return "not seen in this run", INSTEAD.get(verdict, f"the difference is {verdict}")
