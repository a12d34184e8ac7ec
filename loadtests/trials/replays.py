"""Which faults are worth another try: those of the machine and the generator, never a subject's."""

from collections.abc import Sequence

from loadtests.result import PhaseConditions

# How the conditions word what is neither the subject's nor its database's doing.
FOREIGN = (
    "others were at work",
    "starts were late",
    "the generator used",
    "no quiet moment to count",
    "ran out of room",
)
# What may follow from one of these: where nothing disturbed it, it is the subject's own.
FOLLOWS = ("it fell behind", "planned a second")
OWN = ("unexpected errors", "the turn failed")


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
