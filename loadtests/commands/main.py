"""The command line of the load tests: which command was asked for, and how it ended."""

import argparse
import asyncio
from collections.abc import Sequence

from rich.console import Console

from loadtests.commands.command import Command
from loadtests.commands.compare import COMPARE
from loadtests.commands.demo import DEMO
from loadtests.commands.ladder import LADDER
from loadtests.commands.mistakes import MISTAKES
from loadtests.commands.peers import PEERS
from loadtests.commands.population import POPULATION
from loadtests.commands.run import RUN
from loadtests.commands.selfcheck import SELFCHECK
from loadtests.commands.stampede import STAMPEDE
from loadtests.errors import LoadTestError

COMMANDS: tuple[Command, ...] = (
    DEMO,
    RUN,
    STAMPEDE,
    LADDER,
    MISTAKES,
    COMPARE,
    PEERS,
    SELFCHECK,
    POPULATION,
)
INTERRUPTED = 130
WIDTH = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code. 1: it could not be made; 130: it was interrupted."""
    options = _parser().parse_args(arguments)
    terminal = Console()
    console = Console(width=min(terminal.width, WIDTH) if terminal.is_terminal else WIDTH)
    try:
        code: int = options.run(options, console)
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("Stopped; everything that was started has ended, no result was written.")
        return INTERRUPTED
    except LoadTestError as error:
        console.print(f"corral: {error}", style="red", highlight=False, markup=False)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        own = commands.add_parser(command.name, help=command.summary, description=command.summary)
        command.options(own)
        own.set_defaults(run=command.run)
    return parser
