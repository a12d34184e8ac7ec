"""`stampede`: one hot and expensive key goes cold, and hundreds ask for it at once."""

import argparse
from pathlib import Path

from rich.console import Console

from loadtests.commands.choosing import choosing_options, chosen, refuse_with_host
from loadtests.commands.command import Command
from loadtests.commands.trials import Errand, carry_out, common_options, outside_options
from loadtests.scenarios import SCENARIOS


def _run(options: argparse.Namespace, console: Console) -> int:
    refuse_with_host(options)
    errand = Errand("stampede", [SCENARIOS["stampede"]], chosen(options))
    return carry_out(errand, options, console)


def _options(stampede: argparse.ArgumentParser) -> None:
    choosing_options(stampede)
    common_options(stampede, out=Path("reports/stampede"))
    outside_options(stampede)


STAMPEDE = Command("stampede", "one hot key goes cold, and all ask at once", _options, _run)
