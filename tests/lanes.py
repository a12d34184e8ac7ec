"""The whole suite on two cores: two lanes at once, and then what wants the machine for itself.

What measures, or is interrupted, is disturbed by what runs beside it, and comes last, alone. A
folder that is named nowhere here is in the second lane. Ctrl-C reaches all that runs, and each
stops its own servers. The last line is the sum of what pytest says of each.
"""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

ALONE = ("tests/loadtests", "tests/benchmarks")
FIRST = (
    "tests/strategies",
    "tests/simulation",
    "tests/schemathesis",
    "tests/seeding",
    "tests/shelf",
)
CLOSING = re.compile(r"(\d+ (?:passed|failed|skipped|errors?|xfailed)\b.*) in [0-9.]+s")
WORTH_REPEATING = re.compile(r"FAILED |ERROR ")


@dataclass(slots=True)
class Lane:
    """One pytest, on servers of its own; its lines are told with its name before them."""

    name: str
    words: list[str]
    code: int = 1
    failures: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Until it has ended."""
        place = {
            "CORRAL_TEST_HOME": f".corral/test-{self.name}",
            "PYTEST_DEBUG_TEMPROOT": ".corral/pytest",
        }
        with subprocess.Popen(
            [sys.executable, "-u", "-m", "pytest", *self.words],
            env=os.environ | place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                print(f"{self.name}: {line}", end="", flush=True)
                self._note(line)
            self.code = process.wait()

    def _note(self, line: str) -> None:
        if WORTH_REPEATING.match(line):
            self.failures.append(line)
        if closing := CLOSING.search(line):
            for count, what in re.findall(r"(\d+) ([a-z]+)", closing[1]):
                self.counts[what] += int(count)


def lanes() -> tuple[list[Lane], Lane]:
    """Those that run beside each other, and the last."""
    ignored = [f"--ignore={folder}" for folder in (*FIRST, *ALONE)]
    return [Lane("first", [*FIRST]), Lane("second", ["tests", *ignored])], Lane("alone", [*ALONE])


def main() -> int:
    """Exit code 0 if all passed."""
    began_s = time.monotonic()
    Path(".corral/pytest").mkdir(parents=True, exist_ok=True)
    beside, last = lanes()
    threads = [Thread(target=lane.run) for lane in beside]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last.run()
    counts: Counter[str] = Counter()
    for lane in (*beside, last):
        counts += lane.counts
        print(*(f"{lane.name}: {line}" for line in lane.failures), sep="", end="")
    summed = ", ".join(f"{count} {what}" for what, count in counts.items())
    print(f"\n{summed} in {time.monotonic() - began_s:.2f}s")
    return max(lane.code for lane in (*beside, last))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
