"""Which faults are worth another try: those of the machine and the generator, never a subject's."""

from collections.abc import Sequence

from loadtests.faults import (
    ERRORS,
    FELL_BEHIND,
    GENERATOR_AT_ITS_LIMIT,
    LATE_STARTS,
    MISSED_ITS_RATE,
    NO_QUIET_MOMENT,
    OTHERS_AT_WORK,
    STATEMENTS_FORGOTTEN,
    TURN_FAILED,
)
from loadtests.result import PhaseConditions

# Neither the subject's doing nor its database's.
FOREIGN = (
    OTHERS_AT_WORK,
    LATE_STARTS,
    GENERATOR_AT_ITS_LIMIT,
    NO_QUIET_MOMENT,
    STATEMENTS_FORGOTTEN,
)
# What may follow from one of these: where nothing disturbed it, it is the subject's own.
FOLLOWS = (FELL_BEHIND, MISSED_ITS_RATE)
OWN = (ERRORS, TURN_FAILED)


def may_be_replayed(why: Sequence[str]) -> bool:
    """Whether something foreign was wrong, and nothing that only the subject can be blamed for."""
    return any(_says(one, FOREIGN) for one in why) and all(
        _says(one, (*FOREIGN, *FOLLOWS)) for one in why
    )


def is_the_subjects(why: str) -> bool:
    """Whether a request failed that should not, or the service itself."""
    return _says(why, OWN)


def spoilt_alone(phase: PhaseConditions) -> PhaseConditions:
    """Of a phase in which nothing is measured: only errors spoil what it leaves behind."""
    why = [one for one in phase["why"] if is_the_subjects(one)]
    return {**phase, "why": why, "valid": not why}


def _says(why: str, words: Sequence[str]) -> bool:
    return any(word in why for word in words)
