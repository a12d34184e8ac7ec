"""`compare`: two result files, what differs beyond their spread, and an exit code for CI."""

import argparse
import json
from pathlib import Path
from typing import cast

from rich.console import Console

from loadtests.commands.command import Command
from loadtests.comparing.comparable import is_run, refusals
from loadtests.comparing.differences import LEAST_CHANGE, compare
from loadtests.comparing.table import markdown, render
from loadtests.errors import LoadTestError
from loadtests.trials.schema import Trials

NOT_COMPARABLE = 2
WORSE = 3


def _run(options: argparse.Namespace, console: Console) -> int:
    before, after = _read(options.before), _read(options.after)
    if why := list(refusals(before, after)):
        console.print("These runs cannot be compared:", style="bold")
        for reason in why:
            console.print(f"- {reason}", highlight=False, markup=False)
        return NOT_COMPARABLE
    comparison = compare(before, after, least_change=options.least_change)
    if options.markdown:
        print(markdown(comparison, everything=options.all), end="")
    else:
        render(comparison, console, everything=options.all)
    return WORSE if comparison.worse else 0


def _read(path: Path) -> Trials:
    """The run in a file. Raises LoadTestError with what it is instead."""
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise LoadTestError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise LoadTestError(f"{path} is no JSON: {error}.") from error
    if not is_run(found):
        schema = found.get("schema", "none") if isinstance(found, dict) else "none"
        raise LoadTestError(
            f"{path} has the schema {schema}. compare takes what run, ladder, mistakes and "
            "stampede write: `make demo` measures once, and one run has no spread."
        )
    return cast("Trials", found)


def _share(text: str) -> float:
    value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share: give 0.05 or 5%")
    return value


def _options(compare_: argparse.ArgumentParser) -> None:
    compare_.add_argument("before", type=Path, help="result.json of the run before")
    compare_.add_argument("after", type=Path, help="result.json of the run after")
    compare_.add_argument("--all", action="store_true", help="show also what does not differ")
    compare_.add_argument("--markdown", action="store_true", help="a table to paste")
    compare_.add_argument(
        "--least-change",
        type=_share,
        default=LEAST_CHANGE,
        metavar="SHARE",
        help=f"smaller differences alarm nobody (default: {LEAST_CHANGE:.0%})".replace("%", "%%"),
    )


COMPARE = Command(
    "compare",
    "two results: what differs beyond the spread. Exit code 0: nothing is worse, 3: something is, "
    "2: not comparable",
    _options,
    _run,
)
