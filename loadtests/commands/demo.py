"""`demo`: the before/after run on a template and stores that are given."""

import argparse
import json
import os
from pathlib import Path

from rich.console import Console

from loadtests import report
from loadtests.before_after import Order, before_after
from loadtests.commands.command import Command, pair, typed, until_stopped, work_in
from loadtests.commands.numbers import at_least_one
from loadtests.report import terminal
from loadtests.result import Result

STRATEGIES = "naive,article,layered"


def _run(options: argparse.Namespace, console: Console) -> int:
    result = until_stopped(_demo(options, console), console, options.parent)
    out: Path = options.out
    (out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    report.write(dict(result), out)
    terminal.render(dict(result), console)
    console.print(f"Report: {out / 'report.html'}, {out / 'summary.md'}, {out / 'result.json'}")
    return 0


async def _demo(options: argparse.Namespace, console: Console) -> Result:
    order = Order(
        database_url=options.database_url,
        redis_urls=dict(options.redis),
        strategies=options.strategies.split(","),
        seed=options.seed,
        quick=options.quick,
        shared_stores=options.shared_stores,
        source=options.source,
        command=typed(options.command),
    )
    with work_in(options.out) as work:
        return await before_after(order, work=work, env=os.environ, console=console)


def _options(demo: argparse.ArgumentParser) -> None:
    demo.add_argument("--database-url", required=True, help="the template: migrated and seeded")
    demo.add_argument(
        "--redis",
        action="append",
        required=True,
        type=pair,
        metavar="STRATEGY=URL",
        help="a strategy's own store, which is flushed; once for each strategy",
    )
    demo.add_argument("--out", type=Path, default=Path("reports/demo"))
    demo.add_argument("--strategies", default=STRATEGIES, help=f"default: {STRATEGIES}")
    demo.add_argument("--seed", type=int, default=1)
    demo.add_argument("--quick", action="store_true", help="a quarter of the time, rougher figures")
    demo.add_argument(
        "--shared-stores",
        action="store_true",
        help="the stores are not ours alone: flush nothing, leave out what cannot be known",
    )
    demo.add_argument(
        "--parent", type=at_least_one, metavar="PID", help="end when this parent has gone"
    )
    demo.add_argument("--command", help="what repeats this run, for the report; default: this one")
    demo.add_argument("--source", default="the template database", help="what it was seeded from")


DEMO = Command("demo", "the before/after run", _options, _run)
