"""Run one schedule and print it step by step: `python -m tests.simulation SEED --fault flush`."""

import argparse
import gc
import logging
import sys
import time

from tests.simulation.checker import complaints
from tests.simulation.faults import KINDS
from tests.simulation.world import World


def main() -> int:
    """Print the schedule, and what is wrong with it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--fault", choices=KINDS, default="none")
    parser.add_argument("--count", type=int)
    given = parser.parse_args()
    logging.disable(logging.ERROR)  # refreshes that fail say so
    if given.count:
        return many(given.seed, given.count, given.fault)
    world = World(given.seed, given.fault, traced=True)
    found = list(complaints(world.run(), given.fault))
    print("\n".join([*world.lines, *found]))
    return bool(found)


def many(first, count, fault):
    gc.disable()
    t = time.process_time()
    bad = 0
    steps = 0
    for seed in range(first, first + count):
        world = World(seed, fault)
        try:
            found = list(complaints(world.run(), fault))
        except Exception as error:
            found = [repr(error)]
        steps += world.loop.steps
        if found:
            bad += 1
            if bad < 10:
                print(seed, found[:3])
    d = time.process_time() - t
    print(f"{fault} {bad} bad of {count}, {count / d:.0f}/s, {steps / count:.0f} steps")
    return 0


sys.exit(main())
