"""`peers`: one endpoint on Corral's patterns, and on what people would pick instead."""

import argparse
import json
import os
import sys
from pathlib import Path

from rich.console import Console

from loadtests.commands.command import Command, typed, until_stopped, work_in
from loadtests.errors import LoadTestError
from loadtests.peers.contenders import CONTENDERS, Contender
from loadtests.peers.environment import python_of_peers
from loadtests.peers.lab import SIZES
from loadtests.peers.opening import Order
from loadtests.peers.result import Result
from loadtests.peers.rounds import ALL_WORKS
from loadtests.peers.running import run
from loadtests.peers.summary import summary
from loadtests.peers.table import show

HOME = Path(".corral/peers")


def _run(options: argparse.Namespace, console: Console) -> int:
    order = _order(options, console)
    result = until_stopped(_result(order, options.out, console), console)
    out: Path = options.out
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (out / "result.json").write_text(text + "\n", encoding="utf-8")
    (out / "summary.md").write_text(summary(result), encoding="utf-8")
    show(result, console)
    console.print(f"Report: {out / 'summary.md'}, {out / 'result.json'}")
    return 0


async def _result(order: Order, out: Path, console: Console) -> Result:
    # The peers' Python must not be sent to our packages.
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with work_in(out) as work:
        return await run(order, work=work, env=env, console=console)


def _order(options: argparse.Namespace, console: Console) -> Order:
    by_key = {one.key: one for one in CONTENDERS}
    contenders = [by_key[key] for key in options.side or by_key]
    peers, why = "", ""
    if any(one.is_peer for one in contenders):
        try:
            peers = python_of_peers(options.home, console.print)
        except LoadTestError as error:  # the others can be measured all the same
            why = str(error)
            console.print(f"Without the peers: {why}", style="yellow", markup=False)

    def python(one: Contender) -> str:
        if one.is_peer and not peers:
            raise LoadTestError(f"{one.title} is not installed: {why}")
        return peers or sys.executable  # one environment for all sides, where there is one

    return Order(
        home=options.home,
        sizes=SIZES[options.sizes],
        sizes_name=options.sizes,
        works=options.work or ALL_WORKS,
        contenders=contenders,
        python=python,
        command=typed(options.command),
    )


def _options(peers: argparse.ArgumentParser) -> None:
    peers.add_argument("--sizes", choices=SIZES, default="full", help="how much of everything")
    peers.add_argument("--work", action="append", choices=ALL_WORKS, help="only this (repeatable)")
    keys = [one.key for one in CONTENDERS]
    peers.add_argument("--side", action="append", choices=keys, help="only this (repeatable)")
    peers.add_argument("--out", type=Path, default=Path("reports/peers"))
    peers.add_argument("--home", type=Path, default=HOME, help="servers' data and environment")
    peers.add_argument("--command", help="what repeats this run, for the report; default: this one")


PEERS = Command("peers", "Corral's patterns beside other libraries", _options, _run)
