"""`python -m benchmarks`: measure, show the table, write `reports/bench/`."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.contenders import CONTENDERS, Contender
from benchmarks.environments import ROOT, python_of
from benchmarks.errors import BenchError
from benchmarks.lab import FULL, QUICK, TINY, Row, Sizes
from benchmarks.markdown import summary
from benchmarks.progress import showing
from benchmarks.result import Result
from benchmarks.rows import ROWS
from benchmarks.running import opened, run, steps
from benchmarks.table import WIDTH, show
from service.embedded.errors import EmbeddedError
from service.embedded.lock import HomeLock

HOME = ROOT / ".corral" / "bench"
OUT = ROOT / "reports" / "bench"
SIZES = {"full": FULL, "quick": QUICK, "tiny": TINY}


def main() -> int:
    """Run as told; 0 unless it could not be measured, whatever the figures say."""
    options = _options()
    console = Console(width=WIDTH if not sys.stdout.isatty() else None, soft_wrap=True)
    home = Path(options.home)
    home.mkdir(parents=True, exist_ok=True)
    try:
        lock = HomeLock(home)
        lock.acquire(os.getpid(), pause=time.sleep, report=console.print)
        pythons = _pythons(options.contenders, home, console)
        result = asyncio.run(_measured(options, home, pythons, console))
    except (BenchError, EmbeddedError) as error:
        console.print(str(error), style="red")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("Stopped; everything that was started has ended.")
        return 130
    show(result, console)
    _write(result, Path(options.out))
    console.print(f"\nWritten: {options.out}/result.json, {options.out}/summary.md")
    return 0


async def _measured(
    options: argparse.Namespace, home: Path, pythons: dict[str, str], console: Console
) -> Result:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    sizes: Sizes = SIZES[options.sizes]
    rows: Sequence[Row] = options.rows
    folder = home / "run"
    folder.mkdir(exist_ok=True)
    async with opened(folder, sizes, lambda contender: pythons[contender.lock]) as lab:
        with showing(console, steps(rows, options.contenders, sizes)) as progress:
            return await run(lab, rows, options.contenders, progress, _command())


def _pythons(contenders: Sequence[Contender], home: Path, console: Console) -> dict[str, str]:
    locks = dict.fromkeys(["", *(contender.lock for contender in contenders)])

    def report(words: str) -> None:
        console.print(words, highlight=False)

    return {lock: python_of(lock, home, report) for lock in locks}


def _write(result: Result, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (out / "result.json").write_text(text + "\n", encoding="utf-8")
    (out / "summary.md").write_text(summary(result), encoding="utf-8")


def _command() -> str:
    with contextlib.suppress(KeyError):
        return os.environ["CORRAL_BENCH_COMMAND"].strip()
    return f"python -m benchmarks {' '.join(sys.argv[1:])}".strip()


def _options() -> argparse.Namespace:
    rows, contenders = {row.key: row for row in ROWS}, {one.key: one for one in CONTENDERS}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", choices=SIZES, default="full", help="how much of all to do")
    parser.add_argument("--row", action="append", choices=rows, help="only this row (repeatable)")
    parser.add_argument("--side", action="append", choices=contenders, help="only this side")
    parser.add_argument("--out", default=str(OUT), help="where the report goes")
    parser.add_argument("--home", default=str(HOME), help="where environments and logs are")
    options = parser.parse_args()
    options.rows = [rows[key] for key in options.row or rows]
    everybody = [one.key for one in CONTENDERS if options.sizes == "full" or not one.is_narrow]
    options.contenders = [contenders[key] for key in options.side or everybody]
    return options


if __name__ == "__main__":
    sys.exit(main())
