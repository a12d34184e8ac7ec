"""What a figure rests on in this run, and whether that held."""

from loadtests.evidence import rests_on
from loadtests.report import units
from loadtests.report.reading import Result, broken_phases, objects, state, text, words


def comparable(result: Result, figure: str, *strategies: str) -> bool:
    """Whether `figure` of these strategies (naive and layered) may be compared."""
    if state(result) == "invalid":
        return False
    return not faults(result, figure, *(strategies or ("naive", "layered")))


def faults(result: Result, figure: str, *strategies: str) -> list[str]:
    """What was wrong with the phases that `figure` of these strategies rests on."""
    needed = rests_on(figure, *strategies)
    return [
        _fault(phase)
        for phase in broken_phases(result)
        if (text(phase, "strategy"), text(phase, "phase")) in needed
    ]


def every_fault(result: Result) -> list[str]:
    """What was wrong with each broken phase, a clause each, in the order in which they ran."""
    return [_fault(phase) for phase in broken_phases(result)]


def how_many_broke(result: Result) -> str:
    """As in: 1 of 25 phases broke its conditions."""
    broken, every = len(broken_phases(result)), len(objects(result, "conditions", "phases"))
    whose = "its" if broken == 1 else "their"
    return f"{units.count(broken)} of {units.plural(every, 'phase')} broke {whose} conditions"


def _fault(phase: dict[str, object]) -> str:
    name = " ".join(text(phase, key, unknown="unknown") for key in ("strategy", "phase"))
    why = "; ".join(words(phase, "why")) or "it does not say that it kept its conditions"
    return f"{name}: {why}"
