"""`ladder`: the article's fixes a step at a time, from its before to ours, under one traffic."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console

from loadtests.commands.command import Command
from loadtests.commands.numbers import at_least_one
from loadtests.commands.trials import Errand, carry_out, common_options
from loadtests.contest import FULL, QUICK
from loadtests.scenarios.browse_high import BROWSE_HIGH
from loadtests.scenarios.browse_low import BROWSE_LOW
from loadtests.scenarios.equal_budget import EQUAL_BUDGET
from loadtests.scenarios.knee import KNEE
from loadtests.scenarios.memory import MEMORY
from loadtests.scenarios.natural_expiry import NATURAL_EXPIRY
from loadtests.scenarios.stampede import STAMPEDE
from loadtests.trials.course import Part
from loadtests.trials.goals import ladder_goals
from loadtests.trials.offer import NO_CACHE, Offer
from loadtests.trials.subject import Subject

# What is weighed comes before what fills the store further; what cuts it has a turn of its own.
WARM = (MEMORY, BROWSE_LOW, BROWSE_HIGH, STAMPEDE, KNEE)
SCENARIOS = (*WARM, EQUAL_BUDGET, NATURAL_EXPIRY)

# These change nothing that an expiry meets: neither a life, nor who loads, nor what is loaded.
EXPIRE_AS_BEFORE = frozenset({"small-entries", "metering", "native-types"})
# Of a quick run as well: the lock of `article` is that of `lock`, and its list is a lighter load.
QUICK_EXPIRE_AS_BEFORE = EXPIRE_AS_BEFORE | {"article"}

# Nor does a quick run cut those to the budget whose entries are as large as of the step before.
QUICK_AS_LARGE_AS_BEFORE = frozenset({"ttl", "lock", "metering", "native-types"})

# What is left of an hour, and of six minutes, for the warm trace, once a subject: see 0021. The
# trace gives way to turns, as a shorter one costs about a hundredth of a hit rate, alike for all.
SIZES = {
    False: replace(
        FULL,
        warm_requests=38_000,
        ramp_s=6,
        ramp_from_per_s=60,
        drop_after_s=3,
        budget_requests=800,
    ),
    True: replace(QUICK, warm_requests=1_000, settle_requests=50, budget_requests=200, idle_s=1.0),
}
DATA = {False: "medium", True: "small"}  # by `quick`: copies of a large one take their time


def rungs(offer: Offer) -> Sequence[Subject]:
    """The rungs in order, naive first: its bytes set the budget of all. No cache comes last."""
    return offer.subjects([*offer.ladder, NO_CACHE])


def turns(subjects: Sequence[Subject], repeats: int, *, quick: bool) -> Sequence[Part]:
    """Every rung in everything, but where its step cannot change what is looked at.

    No cache runs beside the rest, as often and in the same order, so that a cache that does not pay
    is seen. It keeps nothing, so it is not asked for a hit rate in little room, nor for expiries.
    """
    steps = [one for one in subjects if one.name != NO_CACHE]
    cut = [one for one in steps if not (quick and one.name in QUICK_AS_LARGE_AS_BEFORE)]
    same = QUICK_EXPIRE_AS_BEFORE if quick else EXPIRE_AS_BEFORE
    expiring = [one for one in steps if one.name not in same]
    return [
        Part(subjects, WARM, repeats),
        Part(cut, [EQUAL_BUDGET], repeats),
        Part(expiring, [NATURAL_EXPIRY], repeats),
    ]


def _run(options: argparse.Namespace, console: Console) -> int:
    options.size = options.size or DATA[options.quick]
    sizes = dict(SIZES)
    if options.warm is not None:
        sizes[options.quick] = replace(sizes[options.quick], warm_requests=options.warm)
    parts = partial(turns, quick=options.quick)
    errand = Errand("ladder", SCENARIOS, rungs, judge=ladder_goals, parts=parts, sizes=sizes)
    return carry_out(errand, options, console)


def _options(ladder: argparse.ArgumentParser) -> None:
    common_options(ladder, out=Path("reports/ladder"))
    ladder.set_defaults(size=None)
    ladder.add_argument(
        "--warm",
        type=at_least_one,
        metavar="REQUESTS",
        help="that the warm trace stands for; more than "
        f"{SIZES[False].warm_requests:,} (quick {SIZES[True].warm_requests:,}) takes longer",
    )
    ladder.epilog = "Data are medium, with --quick small, unless --size says otherwise."


LADDER = Command("ladder", "the article's fixes a step at a time, then ours", _options, _run)
