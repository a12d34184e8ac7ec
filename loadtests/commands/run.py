"""`run`: some scenarios against some strategies, side by side."""

import argparse
from pathlib import Path

from rich.console import Console

from loadtests.commands.choosing import choosing_options, chosen, refuse_with_host
from loadtests.commands.command import Command
from loadtests.commands.trials import Errand, carry_out, common_options, outside_options
from loadtests.errors import LoadTestError
from loadtests.scenarios import SCENARIOS
from loadtests.trials.offer import choice
from loadtests.trials.scenario import Scenario


def _run(options: argparse.Namespace, console: Console) -> int:
    refuse_with_host(options)
    errand = Errand("run", _scenarios(options.scenario.split(",")), chosen(options))
    return carry_out(errand, options, console)


def _scenarios(names: list[str]) -> list[Scenario]:
    for name in names:
        if name not in SCENARIOS:
            raise LoadTestError(f"There is no scenario {name!r}{choice(name, SCENARIOS)}.")
    return [SCENARIOS[name] for name in names]


def _options(run: argparse.ArgumentParser) -> None:
    run.formatter_class = argparse.RawDescriptionHelpFormatter
    run.epilog = "\n".join(
        ["scenarios:", *(f"  {one.name:<16} {one.symptom}" for one in SCENARIOS.values())]
    )
    run.add_argument("--scenario", default="browse", metavar="S,T,...", help="below; browse")
    choosing_options(run)
    common_options(run, out=Path("reports/run"))
    outside_options(run)


RUN = Command("run", "scenarios against strategies, side by side", _options, _run)
