"""The command line of the load tests: what was asked for, and how it ends."""

import argparse
import asyncio
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from loadtests import report
from loadtests.before_after import Order, before_after
from loadtests.errors import LoadTestError
from loadtests.lifeline import Stopping, stop_without
from loadtests.report import terminal
from loadtests.result import Result
from loadtests.setup import POPULATION

PROGRAM = (".venv/bin/python", "-m", "loadtests")
STRATEGIES = "naive,article,layered"
INTERRUPTED = 130
STOPPING = "Stopping: servers and Locust are being ended, which takes some seconds."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code. 1: it could not be made; 130: it was interrupted."""
    options = _parser().parse_args(arguments)
    console = Console()
    try:
        result = asyncio.run(_demo(options, console))
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("Stopped; everything that was started has ended, no result was written.")
        return INTERRUPTED
    except LoadTestError as error:
        console.print(f"corral: {error}", style="red", highlight=False, markup=False)
        return 1
    out: Path = options.out
    (out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    report.write(dict(result), out)
    terminal.render(dict(result), console)
    console.print(f"Report: {out / 'report.html'}, {out / 'summary.md'}, {out / 'result.json'}")
    return 0


async def _demo(options: argparse.Namespace, console: Console) -> Result:
    task = asyncio.current_task()
    assert task is not None
    stopping = Stopping(task, lambda: console.print(STOPPING, style="dim"))
    stopping.listen()
    watching = asyncio.create_task(stop_without(options.parent, stopping.ask))
    order = Order(
        database_url=options.database_url,
        redis_urls=dict(options.redis),
        strategies=options.strategies.split(","),
        seed=options.seed,
        quick=options.quick,
        shared_stores=options.shared_stores,
        source=options.source,
        command=without_passwords(options.command or shlex.join([*PROGRAM, *sys.argv[1:]])),
    )
    try:
        with _work_in(options.out) as work:
            return await before_after(order, work=work, env=os.environ, console=console)
    finally:
        watching.cancel()


@contextmanager
def _work_in(out: Path) -> Iterator[Path]:
    """A directory for this run, ours alone as tokens lie in it; after a fault the logs stay."""
    work = out.resolve() / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700, parents=True)
    try:
        yield work
    except LoadTestError:
        (work / POPULATION).unlink(missing_ok=True)
        raise
    except BaseException:
        shutil.rmtree(work)
        raise
    shutil.rmtree(work)


def without_passwords(command: str) -> str:
    """The command with *** for the passwords in its URLs."""
    return re.sub(r"(://[^:/@\s]*):[^@/\s]*@", r"\1:***@", command)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="the before/after run")
    demo.add_argument("--database-url", required=True, help="the template: migrated and seeded")
    demo.add_argument(
        "--redis",
        action="append",
        required=True,
        type=_pair,
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
    demo.add_argument("--parent", type=int, metavar="PID", help="end when this parent has gone")
    demo.add_argument("--command", help="what repeats this run, for the report; default: this one")
    demo.add_argument("--source", default="the template database", help="what it was seeded from")
    return parser


def _pair(text: str) -> tuple[str, str]:
    name, separator, url = text.partition("=")
    if not separator or not url:
        raise argparse.ArgumentTypeError(f"{text!r} is not STRATEGY=URL")
    return name, url
