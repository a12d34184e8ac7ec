"""Many schedules, on two processes: what is wrong, and the command that shows it again."""

import ctypes
import gc
import logging
import multiprocessing
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial

from tests.simulation.checker import complaints
from tests.simulation.mutants import Mutant
from tests.simulation.plan import Pieces
from tests.simulation.scheduler import Scheduler
from tests.simulation.world import World

PROCESSES = 2
# Small enough that what a killed run leaves behind ends soon, large enough to be worth sending.
CHUNK = 125


def complain(seed: int, kind: str, pieces: Pieces) -> tuple[list[str], Scheduler]:
    """Run one schedule; return all that is wrong with it, and its loop."""
    world = World(seed, kind, pieces)
    try:
        found = list(complaints(world.run(), kind))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this schedule's
        found = [repr(error)]
    return found, world.loop


def sweep(seeds: Sequence[int], kind: str, pieces: Pieces) -> list[str]:
    """Run some schedules; return a line for each that is wrong."""
    lines: list[str] = []
    loops: dict[int, Scheduler] = {}
    for seed in seeds:
        found, loops[seed] = complain(seed, kind, pieces)
        if found:
            lines.append(f"{_command(seed, kind, pieces)}: {found[0]}")
    # Errors that nobody has read are reported when their futures are thrown away.
    heard = {seed: len(loop.failures) for seed, loop in loops.items()}
    gc.collect()
    for seed, loop in loops.items():
        for failure in loop.failures[heard[seed] :]:
            lines.append(f"{_command(seed, kind, pieces)}: {failure['message']}")  # noqa: PERF401
    return lines


def sweep_all(pool: Executor, first: int, count: int, kind: str, pieces: Pieces) -> list[str]:
    """The same on all processes."""
    chunks = [
        range(seed, min(seed + CHUNK, first + count)) for seed in range(first, first + count, CHUNK)
    ]
    return [
        line
        for lines in pool.map(partial(sweep, kind=kind, pieces=pieces), chunks)
        for line in lines
    ]


def hunt(mutant: Mutant, most: int) -> tuple[int, list[str]] | None:
    """The first seed that catches a mutant, and how."""
    with quietly(), mutant.patched():
        for seed in range(most):
            found, _loop = complain(seed, mutant.kind, mutant.pieces)
            if found:
                return seed, found
    return None


@contextmanager
def processes() -> Iterator[Executor]:
    """As many as there are cores on a small machine."""
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, spawning, _begin) as pool:
        yield pool


@contextmanager
def quietly() -> Iterator[None]:
    """Without the log lines of refreshes that fail, as many must here."""
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _begin() -> None:
    logging.disable(logging.ERROR)
    gc.disable()  # it is done once a chunk: a tenth of the time
    if sys.platform == "linux":
        # PR_SET_PDEATHSIG: a killed test run must not leave processes behind.
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _command(seed: int, kind: str, pieces: Pieces) -> str:
    counters = " --counters" if pieces.counters else ""
    return f"python -m tests.simulation {seed} --fault {kind}{counters}"
