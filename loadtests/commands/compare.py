"""`compare`: two result files, what differs beyond their spread, and an exit code for CI."""

import argparse
from pathlib import Path

from rich.console import Console

from loadtests.commands.command import Command
from loadtests.commands.numbers import share
from loadtests.comparing.comparable import refusals
from loadtests.comparing.differences import Comparison, compare
from loadtests.comparing.files import read_run
from loadtests.comparing.table import markdown, render
from loadtests.comparing.verdicts import LEAST_CHANGE

NOT_JUDGED = 2
WORSE = 3


def _run(options: argparse.Namespace, console: Console) -> int:
    before, after = read_run(options.before), read_run(options.after)
    if why := list(refusals(before, after)):
        console.print("These runs cannot be compared:", style="bold")
        for reason in why:
            console.print(f"- {reason}", highlight=False, markup=False)
        return NOT_JUDGED
    comparison = compare(before, after, least_change=options.least_change)
    if options.markdown:
        print(markdown(comparison, everything=options.all), end="")
    else:
        render(comparison, console, everything=options.all)
    return _code(comparison, may_miss=options.allow_missing)


def _code(comparison: Comparison, *, may_miss: bool) -> int:
    """What is worse outweighs what was not judged; what was not played is lost unless allowed."""
    if comparison.worse or (comparison.not_played and not may_miss):
        return WORSE
    if not comparison.judged or (comparison.unjudged and not may_miss):
        return NOT_JUDGED
    return 0


def _options(compare_: argparse.ArgumentParser) -> None:
    compare_.add_argument("before", type=Path, help="result.json of the run before")
    compare_.add_argument("after", type=Path, help="result.json of the run after")
    compare_.add_argument("--all", action="store_true", help="show also what does not differ")
    compare_.add_argument("--markdown", action="store_true", help="a table to paste")
    compare_.add_argument(
        "--allow-missing",
        action="store_true",
        help="the run after may have played less, or have too few valid repeats of some figures; "
        "what it played and lost is worse all the same",
    )
    compare_.add_argument(
        "--least-change",
        type=share,
        default=LEAST_CHANGE,
        metavar="SHARE",
        help=f"smaller differences alarm nobody (default: {LEAST_CHANGE:.0%})".replace("%", "%%"),
    )


COMPARE = Command(
    "compare",
    "two results: what differs beyond the spread. Exit code 0: all was judged and nothing is "
    "worse, 3: something is worse or lost, 2: not comparable, or not all was judged",
    _options,
    _run,
)
