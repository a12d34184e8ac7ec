"""The protocol holds in every schedule; without any one of its protections it does not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor

import pytest

from tests.simulation.faults import KINDS
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.plan import Pieces
from tests.simulation.runner import hunt, processes, sweep_all

CHUNKS = 4
COUNTER_FAULTS = [kind for kind in KINDS if kind != "lost_messages"]  # they hear no messages
SCHEDULES = 20_000 if os.environ.get("CORRAL_PROOF") else 2_000
MOST_FOR_A_MUTANT = 5_000


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    """Processes that run schedules."""
    with processes() as running:
        yield running


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("kind", KINDS)
def test_no_read_is_older_than_promised_and_no_entry_stays_old(
    pool: Executor, kind: str, chunk: int
) -> None:
    """Zero stale reads beyond the published bound, zero stuck entries, zero tasks left."""
    each = SCHEDULES // CHUNKS
    wrong = sweep_all(pool, chunk * each, each, kind, Pieces())
    assert [] == wrong[:5], f"{len(wrong)} of {each} schedules are wrong"


@pytest.mark.parametrize("kind", COUNTER_FAULTS)
def test_no_step_is_lost_and_none_is_taken_twice(pool: Executor, kind: str) -> None:
    """Counters are exact in every schedule: as new as entries must be, whole, never double."""
    wrong = sweep_all(pool, 0, SCHEDULES // CHUNKS, kind, Pieces(counters=True))
    assert [] == wrong[:5], f"{len(wrong)} schedules are wrong"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_without_a_protection_some_schedule_fails(mutant: Mutant) -> None:
    """A test that cannot fail proves nothing: each mutant is caught within 5,000 schedules."""
    caught = hunt(mutant, MOST_FOR_A_MUTANT)
    assert caught is not None
    seed, found = caught
    print(f"python -m tests.simulation {seed} --mutant {mutant.name!r}: {found[0]}")


def test_the_command_shows_the_same_failure_step_by_step() -> None:
    """What a failing schedule prints is a command, and that command fails in the same way."""
    caught = hunt(MUTANTS[0], MOST_FOR_A_MUTANT)
    assert caught is not None
    command = [sys.executable, "-m", "tests.simulation", str(caught[0]), "--mutant"]
    shown = subprocess.run([*command, MUTANTS[0].name], capture_output=True, text=True, check=False)
    assert 1 == shown.returncode
    assert caught[1] == shown.stdout.splitlines()[-len(caught[1]) :]
    assert "COMMIT: post 1 has version 1" in shown.stdout
