"""Live progress: what is measured, how far it is, how long it will take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.contenders import Contender
from benchmarks.lab import Row


class Show(Protocol):
    """What a run tells about itself."""

    def step(self, row: Row, round_number: int, contender: Contender) -> None:
        """The next measurement begins."""


class Bar:
    """A line that changes in place."""

    def __init__(self, progress: Progress, steps: int) -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=steps + 1)

    def step(self, row: Row, round_number: int, contender: Contender) -> None:
        """Move on."""
        said = f"{row.key}, round {round_number + 1}, {contender.title}"
        self._progress.update(self._task, advance=1, description=said)


class Lines:
    """A plain line for each round of each row, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ("", -1)
        self._begun_s = time.monotonic()

    def step(self, row: Row, round_number: int, contender: Contender) -> None:
        """Say which row and round, once."""
        del contender
        if self._last != (row.key, round_number):
            self._last = (row.key, round_number)
            passed_s = time.monotonic() - self._begun_s
            words = f"{passed_s:5.0f} s  {row.title}: round {round_number + 1}"
            self._console.print(words, highlight=False)


@contextmanager
def showing(console: Console, steps: int) -> Iterator[Show]:
    """A bar on a terminal, lines anywhere else."""
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (
        TextColumn("{task.description:<46}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("passed,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress, steps)
