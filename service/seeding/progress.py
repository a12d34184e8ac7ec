"""How far loading has come: a bar on a terminal, a line now and then elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[str, int], None]  # table, rows loaded into it just now
STEPS = 5  # lines where there is no terminal


@contextmanager
def progress(console: Console, rows: int) -> Iterator[Advance]:
    """Show the way to about `rows` rows."""
    shown = _bar if console.is_terminal else _lines
    with shown(console, rows) as advance:
        yield advance


@contextmanager
def _bar(console: Console, rows: int) -> Iterator[Advance]:
    columns = (
        TextColumn("seeding {task.description:<13}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=rows)

        def advance(table: str, loaded: int) -> None:
            bar.update(task, description=table, advance=loaded)
            # The plan is drawn by chance as well, and may be a little short.
            bar.update(task, total=max(rows, bar.tasks[task].completed))

        yield advance


@contextmanager
def _lines(console: Console, rows: int) -> Iterator[Advance]:
    done = shown = 0

    def advance(_: str, loaded: int) -> None:
        nonlocal done, shown
        done += loaded
        if done * STEPS // max(rows, 1) > shown:
            shown = done * STEPS // max(rows, 1)
            console.print(f"seeding: {done:,} of about {rows:,} rows", highlight=False)

    console.print(f"seeding: about {rows:,} rows", highlight=False)
    yield advance
