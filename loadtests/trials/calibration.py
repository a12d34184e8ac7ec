"""The rates of a run, found in the run itself: what the least and the most capable keep up with."""

from collections.abc import Sequence
from dataclasses import replace

from loadtests.errors import LoadTestError
from loadtests.faults import TURN_FAILED
from loadtests.scenarios.knee import KNEE
from loadtests.trials.company import Company
from loadtests.trials.offer import NO_CACHE
from loadtests.trials.playing import play
from loadtests.trials.schema import Rates, Trial
from loadtests.trials.subject import Subject

LOW_SHARE, HIGH_SHARE = 0.5, 0.8
REPEATS = {False: 3, True: 1}  # by `quick`
CALIBRATION = replace(
    KNEE,
    name="calibration",
    summary="a rate that grows by the same factor every second, before all else",
    symptom="the knees of which the rates of this run are shares",
)


async def calibrate(company: Company, subjects: Sequence[Subject], *, quick: bool) -> Rates:
    """Find both rates, and let `company` have them.

    Low is half of naive's knee, else the first subject's; high four fifths of layered's, else the
    last subject's.
    """
    least, most = first_and_last(subjects)
    measured = [least] if least is most else [least, most]
    await play(company, measured, [CALIBRATION], REPEATS[quick])
    rule = f"low: half of {least.name}'s knee; high: four fifths of {most.name}'s"
    company.rates = Rates(
        low=LOW_SHARE * _knee_per_s(company, least),
        high=HIGH_SHARE * _knee_per_s(company, most),
        rule="; ".join([rule, *(said for one in measured if (said := _doubt(company, one)))]),
    )
    return company.rates


def first_and_last(subjects: Sequence[Subject]) -> tuple[Subject, Subject]:
    """Whose knees the rates are shares of: not those of `no_cache`, unless it is alone."""
    named = [one for one in subjects if one.name != NO_CACHE] or list(subjects)
    by_name = {one.name: one for one in named}
    return by_name.get("naive", named[0]), by_name.get("layered", named[-1])


def _knee_per_s(company: Company, subject: Subject) -> float:
    """Its knee, or that it kept up with the whole ramp: then the ramp's end.

    Raises LoadTestError where no trial was played to its end, or none found any rate.
    """
    played = _played(company, subject)
    if not any(trial["phases"] and not _failed(trial) for trial in played):
        why = played[-1]["why"][-1] if played else "it was not played"
        raise LoadTestError(f"No rates can be found, as {subject.name} has no knee: {why}")
    knee = company.earlier(CALIBRATION.name, subject.name, "knee_per_s")
    if knee == 0:
        raise LoadTestError(f"No rates can be found: {subject.name} answered nothing in time.")
    return company.contest.sizes.ramp_to_per_s if knee is None else knee


def _doubt(company: Company, subject: Subject) -> str:
    """Where a rate rests on trials that broke their conditions, for want of others."""
    if any(trial["valid"] for trial in _played(company, subject)):
        return ""
    return f"none of {subject.name}'s trials was valid"


def _played(company: Company, subject: Subject) -> list[Trial]:
    return [
        trial
        for trial in company.trials
        if (trial["scenario"], trial["subject"]) == (CALIBRATION.name, subject.name)
    ]


def _failed(trial: Trial) -> bool:
    return any(TURN_FAILED in why for why in trial["why"])
