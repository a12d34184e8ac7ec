"""A run: every row, in rounds in which the sides take turns."""

import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import CORRAL, Contender
from benchmarks.crew import Crew
from benchmarks.errors import BenchError
from benchmarks.lab import Lab, Row, Sizes
from benchmarks.machine import commit, this_machine
from benchmarks.measures import Figures
from benchmarks.progress import Show
from benchmarks.result import SCHEMA, Book, Result
from benchmarks.valkey import valkeys


@asynccontextmanager
async def opened(
    folder: Path, sizes: Sizes, python: Callable[[Contender], str]
) -> AsyncIterator[Lab]:
    """Servers, and processes as they are needed; all end with the block."""
    with valkeys(folder) as (cache, database):
        crew = Crew(python, folder)
        try:
            yield Lab(cache, database, crew, sizes)
        finally:
            await crew.end()


def steps(rows: Sequence[Row], contenders: Sequence[Contender], sizes: Sizes) -> int:
    """How many measurements there will be."""
    return sum(1 for row in rows for _ in plan(row, contenders, sizes))


async def run(
    lab: Lab, rows: Sequence[Row], contenders: Sequence[Contender], show: Show, command: str
) -> Result:
    """Measure everything."""
    book, begun_s = Book(), time.monotonic()
    for row in rows:
        for number, contender in plan(row, contenders, lab.sizes):
            show.step(row, number, contender)
            book.enter(row, contender, await _measured(row, lab, contender))
    return {
        "schema": SCHEMA,
        "command": command,
        "date": datetime.now(UTC).strftime("%d %B %Y, %H:%M UTC"),
        "commit": commit(),
        "machine": this_machine(),
        "server": lab.cache.version,
        "rounds": lab.sizes.rounds,
        "is_quick": lab.sizes.rounds == 1,
        "seconds": time.monotonic() - begun_s,
        "late_ms": lab.late_ms,
        "titles": {contender.key: contender.title for contender in contenders},
        "briefs": {one.key: one.brief or one.title for one in contenders},
        "narrow": [contender.key for contender in contenders if contender.is_narrow],
        "versions": lab.crew.versions,
        "parts": [book.part(row, contenders) for row in rows],
    }


async def _measured(row: Row, lab: Lab, contender: Contender) -> Figures:
    """One measurement; a side that breaks down has no figures of it, and goes on afresh."""
    try:
        return await row.measure(lab, contender)
    except BenchError as error:
        await lab.crew.dismiss(contender)
        return {metric.key: str(error) for metric in row.metrics}


def plan(
    row: Row, contenders: Sequence[Contender], sizes: Sizes
) -> Iterator[tuple[int, Contender]]:
    """Round and contender of each measurement; Corral's repeats lie among the others'."""
    for number in range(sizes.rounds):
        turns = [
            contender
            for contender in contenders
            if contender is CORRAL or number < row.rounds_of_others
        ]
        if CORRAL in turns:
            more = row.repeats(sizes) - 1
            for place in range(more, 0, -1):
                turns.insert(place * len(turns) // (more + 1), CORRAL)
        for contender in reversed(turns) if number % 2 else turns:
            yield number, contender
