"""Run one schedule and print it step by step: `python -m tests.simulation SEED --fault flush`."""

import argparse
import sys
from dataclasses import replace

from tests.simulation.checker import complaints
from tests.simulation.faults import KINDS
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.runner import quietly
from tests.simulation.world import World

PLAIN = Mutant("none", "none")


def main() -> int:
    """Print the schedule, and what is wrong with it."""
    mutants = {mutant.name: mutant for mutant in (PLAIN, *MUTANTS)}
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--fault", choices=KINDS, help="default: the mutant's, else none")
    parser.add_argument(
        "--mutant",
        choices=mutants,
        default=PLAIN.name,
        metavar="NAME",  # their names have commas, as argparse puts between choices
        help="one of: " + "; ".join(f'"{name}"' for name in mutants),
    )
    parser.add_argument("--counters", action="store_true", help="native counters, not entries")
    given = parser.parse_args()
    mutant = mutants[given.mutant]
    pieces = replace(mutant.pieces, counters=given.counters or mutant.pieces.counters)
    kind = given.fault or mutant.kind
    with quietly(), mutant.patched():
        world = World(given.seed, kind, pieces, traced=True)
        found = list(complaints(world.run(), kind))
    print("\n".join([*world.lines, "", *(found or ["Nothing is wrong."])]))
    return int(bool(found))


sys.exit(main())
