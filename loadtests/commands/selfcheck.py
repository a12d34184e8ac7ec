"""`selfcheck`: how fast the generator is here, and how well it records what is known."""

import argparse
import os
from pathlib import Path

from rich.console import Console

from loadtests.busy import beside
from loadtests.commands.command import Command, until_stopped, work_in
from loadtests.commands.numbers import at_least_one
from loadtests.generator import generating
from loadtests.selfcheck.check import RATE_PER_S, Checker, Stall
from loadtests.selfcheck.verdict import Finding, findings

SPEED_S = 5.0
SHORT, FULL = Stall(0.4, 2.0, 8.0), Stall(2.0, 10.0, 40.0)


def _run(options: argparse.Namespace, console: Console) -> int:
    found = until_stopped(_checked(options, console), console, options.parent)
    for finding in found:
        console.print(finding.line, highlight=False)
    return 1 if any(finding.met is False for finding in found) else 0


async def _checked(options: argparse.Namespace, console: Console) -> list[Finding]:
    stall = FULL if options.full else SHORT
    with work_in(options.out) as work:
        async with generating(env=os.environ, logs=work) as generator:
            await generator.ready()
            checker = Checker(generator, work)
            bystanders = beside([generator.pid])
            said = f"{RATE_PER_S:,.0f} requests a second for {SPEED_S:.0f} s, then a server that "
            said += f"stands still {stall.stall_s} s in every {stall.every_s:.0f} s ..."
            console.print(said, style="dim", highlight=False)
            speed = await checker.speed(RATE_PER_S, SPEED_S)
            stalled = await checker.stalled(stall)
            others = bystanders.others(checker.pids)
    return findings(speed, stalled, others)


def _options(selfcheck: argparse.ArgumentParser) -> None:
    selfcheck.add_argument(
        "--full", action="store_true", help="stalls of 2 s in every 10 s, which takes two minutes"
    )
    selfcheck.add_argument("--out", type=Path, default=Path("reports/selfcheck"))
    selfcheck.add_argument(
        "--parent", type=at_least_one, metavar="PID", help="end when this parent is gone"
    )


SELFCHECK = Command("selfcheck", "the generator against servers of known latency", _options, _run)
