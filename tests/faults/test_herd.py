"""A thousand callers in four processes ask for one cold key at once."""

import asyncio
from collections import Counter

from msgspec.structs import replace

from tests.faults.fleet import Crew, Outcome
from tests.faults.items import Gate
from tests.faults.rig import Setup
from tests.faults.sizes import size

PROCESSES, CALLERS = 4, 1000
LOADS_AT_ONCE = 8  # what the bulkhead of each process lets through
ROUNDS = size(5, 20)


async def herd(
    crew: Crew, gate: Gate, setup: Setup, *, rounds: int, held: int = 1
) -> list[tuple[int, Outcome]]:
    """Let the herd ask while `held` loads stand at the gate; the loads and answers of each round.

    The gate opens when all thousand have asked, so that none of them comes to a warm key.
    """
    # Patient, since the gate opens when this test comes to it.
    workers = await crew.open(*[replace(setup, is_gated=True, wait_s=10.0)] * PROCESSES)
    seen = []
    for item in range(1, rounds + 1):
        async with gate.closed(item):
            each = CALLERS // PROCESSES
            orders = [worker.ask("start", name="herd", item=item, count=each) for worker in workers]
            await asyncio.gather(*orders)
            await gate.waiting(item, held)
        outcomes = await asyncio.gather(*(worker.finish("herd") for worker in workers))
        loads = await gate.loads(setup.space, item)
        seen.append((len(loads), sum(outcomes, Outcome(Counter(), Counter()))))
    return seen


async def test_a_cold_key_is_loaded_once(crew: Crew, gate: Gate, setup: Setup) -> None:
    """In every single round, and everybody gets what was loaded."""
    seen = await herd(crew, gate, setup, rounds=ROUNDS)
    assert [1] * ROUNDS == [loads for loads, _ in seen]
    for _, outcome in seen:
        assert [CALLERS] == list(outcome.versions.values())
        assert not outcome.errors


async def test_without_the_lease_every_process_loads(crew: Crew, gate: Gate, setup: Setup) -> None:
    """The switch: a plain cache, so that each process makes a load of its own."""
    bare = replace(setup, shared="cache_aside")
    [(loads, outcome)] = await herd(crew, gate, bare, rounds=1, held=PROCESSES)
    assert PROCESSES == loads
    assert [CALLERS] == list(outcome.versions.values())


async def test_without_any_protection_every_caller_loads(
    crew: Crew, gate: Gate, setup: Setup
) -> None:
    """The switch thrown further: no single-flight, either; only the bulkhead turns some away."""
    bare = replace(setup, shared="cache_aside", flight="none")
    [(loads, outcome)] = await herd(crew, gate, bare, rounds=1, held=PROCESSES * LOADS_AT_ONCE)
    assert loads == outcome.versions.total() > PROCESSES * LOADS_AT_ONCE
    assert CALLERS == outcome.versions.total() + outcome.errors.total()
