"""`ladder`: the article's fixes a step at a time, from its before to ours, under one traffic."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from loadtests.commands.command import Command
from loadtests.commands.trials import Errand, carry_out, common_options
from loadtests.contest import FULL, QUICK
from loadtests.scenarios.browse_high import BROWSE_HIGH
from loadtests.scenarios.browse_low import BROWSE_LOW
from loadtests.scenarios.equal_budget import EQUAL_BUDGET
from loadtests.scenarios.knee import KNEE
from loadtests.scenarios.memory import MEMORY
from loadtests.scenarios.natural_expiry import NATURAL_EXPIRY
from loadtests.scenarios.stampede import STAMPEDE
from loadtests.trials.goals import ladder_goals
from loadtests.trials.offer import NO_CACHE, Offer
from loadtests.trials.subject import Subject

# What is weighed comes before what fills the store further; what cuts it has a turn of its own.
SCENARIOS = (MEMORY, BROWSE_LOW, BROWSE_HIGH, STAMPEDE, KNEE, EQUAL_BUDGET, NATURAL_EXPIRY)

# Three turns each for nine subjects, five times within an hour and once within six minutes. The
# warm trace, once a subject, is that of `run`: more would take the hour from what is measured.
SIZES = {
    False: replace(FULL, ramp_s=6, ramp_from_per_s=60, drop_after_s=3, budget_requests=800),
    True: replace(QUICK, warm_requests=1_000, settle_requests=50, budget_requests=200),
}
DATA = {False: "medium", True: "small"}  # by `quick`: copies of a large one take their time


def rungs(offer: Offer) -> Sequence[Subject]:
    """The rungs in order, naive first: its bytes set the budget of all. No cache comes last."""
    return offer.subjects([*offer.ladder, NO_CACHE])


def _run(options: argparse.Namespace, console: Console) -> int:
    options.size = options.size or DATA[options.quick]
    errand = Errand("ladder", SCENARIOS, rungs, judge=ladder_goals, sizes=SIZES)
    return carry_out(errand, options, console)


def _options(ladder: argparse.ArgumentParser) -> None:
    common_options(ladder, out=Path("reports/ladder"))
    ladder.set_defaults(size=None)
    ladder.epilog = "Data are medium, with --quick small, unless --size says otherwise."


LADDER = Command("ladder", "the article's fixes a step at a time, then ours", _options, _run)
