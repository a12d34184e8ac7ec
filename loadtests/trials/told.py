"""What a run says of itself beside its figures: who failed, how often, and who was given up."""

from collections import Counter

from loadtests.trials.company import Company
from loadtests.trials.replays import is_the_subjects


def told(company: Company) -> list[str]:
    """A clause for each scenario in which a subject failed itself, and each subject given up."""
    made, failed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for trial in company.trials:
        place = (trial["subject"], trial["scenario"])
        made[place] += 1
        failed[place] += any(map(is_the_subjects, trial["why"]))
    found = [
        f"{subject}, {scenario}: failed in {count} of {made[subject, scenario]} trials"
        for (subject, scenario), count in failed.items()
        if count
    ]
    found += [
        f"{subject} was not played any further, as its turns failed one after the other: {why}"
        for subject, why in company.given_up.items()
    ]
    return found
