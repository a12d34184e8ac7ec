"""Runs of trials to draw, and what may be wrong with them: all made up."""

import json
from collections.abc import Callable
from functools import cache

from loadtests.report.reading import Result
from loadtests.report.showing import shown
from loadtests.trials.schema import Trials
from loadtests.trials.spread import summarize
from tests.loadtests.report.trials import builder

BUSY = "others were at work: 92% of a core"
SIDES = ("no_cache", "naive", "layered")
SHORT = (builder.MEMORY, builder.LADDER[2], builder.LADDER[5], *builder.EVERYTHING[-2:])


def file_of(trials: Trials) -> Result:
    """The run as it comes back from its file."""
    found: Result = json.loads(json.dumps(trials))
    return found


def drawn(kind: str = "run") -> Result:
    """A whole valid run of that kind, the caller's own to change."""
    return file_of(json.loads(_made(kind)))


@cache
def _made(kind: str) -> str:
    made: dict[str, Callable[[], Trials]] = {
        "run": lambda: builder.run(SHORT, SIDES),
        "ladder": builder.ladder,
        "mistakes": builder.mistakes,
        "quick": lambda: builder.run(SHORT[:2], SIDES, repeats=1),
        "largest": lambda: builder.run(builder.EVERYTHING, builder.RUNGS),
    }
    return json.dumps(made[kind]())


def broke(result: Result, *, subject: str | None = None, repeats: int = 5) -> None:
    """The first trials of a subject, or of all, broke their conditions."""
    for trial in result["trials"]:
        if subject in (None, trial["subject"]) and trial["repeat"] <= repeats:
            trial.update(valid=False, why=[f"warm: {BUSY}"])
    result["summary"] = summarize(result["trials"])
    result["valid"] = False
    result["why"] = [
        f"{one['subject']}, {one['scenario']}, repeat {one['repeat']}: warm: {BUSY}"
        for one in result["trials"]
        if not one["valid"]
    ]


def value(result: Result, scenario: str, subject: str, figure: str) -> str:
    """A median as the report writes it."""
    spread = result["summary"][scenario][subject][figure]
    return shown(spread["median"], result["figures"][figure]["unit"])
