"""At which rates a run is made: found in it, given, or those of another run."""

import argparse
from pathlib import Path

from loadtests.commands.numbers import rate_per_s
from loadtests.comparing.files import read_run
from loadtests.errors import LoadTestError
from loadtests.trials.schema import Rates


def rate_options(parser: argparse.ArgumentParser) -> None:
    """`--rate` and `--rates-from`, of which one at most."""
    one = parser.add_mutually_exclusive_group()
    one.add_argument(
        "--rate",
        type=rate_per_s,
        metavar="PER_S",
        help="requests a second, instead of the two rates found from knees",
    )
    one.add_argument(
        "--rates-from",
        type=Path,
        metavar="RESULT",
        help="the rates of an earlier result.json, as a comparison with it needs",
    )


def given_rates(options: argparse.Namespace) -> Rates | None:
    """What the options say; None where the rates have to be found. Raises LoadTestError."""
    if options.rate is not None:
        return Rates(low=options.rate, high=options.rate, rule="given")
    if options.rates_from is None:
        return None
    earlier = read_run(options.rates_from)
    rates = earlier["rates"]
    if not rates["low"]:
        raise LoadTestError(
            f"{options.rates_from} has no rates, as none of its scenarios runs at one: leave "
            "--rates-from out, or name the result of a run that found some."
        )
    if earlier["seed"] != options.seed:
        raise LoadTestError(
            f"{options.rates_from} was made with --seed {earlier['seed']}, which sends other "
            f"requests: give --seed {earlier['seed']} as well, or the rates are not comparable."
        )
    rule = f"those of the run of {earlier['created_at']}; {rates['rule']}"
    return Rates(low=rates["low"], high=rates["high"], rule=rule)
