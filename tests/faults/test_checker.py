"""The checker of histories finds planted old reads, and nothing else."""

import random
import time
from collections import Counter
from pathlib import Path

from tests.faults.checker import stale_reads
from tests.faults.history import Operation, Recorder, read_history


def write(version: int, started_s: float, ended_s: float, *, key: int = 1) -> Operation:
    """One write."""
    return Operation("write", key, version, started_s, ended_s, process=1)


def read(version: int, started_s: float, *, key: int = 1) -> Operation:
    """One read, of a moment."""
    return Operation("read", key, version, started_s, started_s, process=2)


WRITES = [write(2, 1.0, 2.0), write(3, 5.0, 6.0), write(9, 0.0, 0.5, key=2)]


def test_a_read_after_a_write_must_see_it() -> None:
    """What is reported is the read, what it had to see, and since when that was there."""
    [stale] = stale_reads([*WRITES, read(2, 7.5)])
    assert (read(2, 7.5), 3, 1.5) == stale


def test_a_read_beside_a_write_may_see_either() -> None:
    """The write may have taken effect at any time between its start and its end."""
    assert [] == stale_reads([*WRITES, read(2, 5.5), read(3, 5.5), read(1, 1.5), read(2, 4.0)])


def test_other_keys_are_other_histories() -> None:
    """Version 9 of key 2 asks nothing of key 1."""
    assert [] == stale_reads([*WRITES, read(3, 8.0)])


def test_the_bound_is_counted_from_the_end_of_the_write() -> None:
    """Within it, an old version is what was promised."""
    assert [] == stale_reads([*WRITES, read(2, 6.9)], bound_s=1.0)
    assert 1 == len(stale_reads([*WRITES, read(2, 7.1)], bound_s=1.0))


def test_a_newer_write_that_returned_earlier_counts() -> None:
    """Writers are answered in any order; what matters is the newest version that was returned."""
    overtaking = [write(3, 1.0, 2.0), write(2, 1.0, 9.0)]
    [stale] = stale_reads([*overtaking, read(2, 3.0)])
    assert (3, 1.0) == (stale.due, stale.late_s)


def test_planted_old_reads_are_found_in_a_long_history(tmp_path: Path) -> None:
    """All of them and no others, through the files of several processes."""
    chance = random.Random(1)
    newest, planted = Counter[int](), 0
    with Recorder(tmp_path, 1) as one, Recorder(tmp_path, 2) as two:
        for _ in range(20_000):
            process, key = chance.choice([one, two]), chance.randrange(20)
            started_s = time.monotonic()
            if chance.random() < 0.5:
                newest[key] += 1
                process.record("write", key, newest[key], started_s)
            elif newest[key] > 1 and chance.random() < 0.01:
                planted += 1
                process.record("read", key, newest[key] - 1, started_s)
            else:
                process.record("read", key, newest[key], started_s)
    history = read_history(tmp_path)
    assert 20_000 == len(history)
    assert planted == len(stale_reads(history)) > 50


def test_what_a_killed_process_had_half_written_is_left_out(tmp_path: Path) -> None:
    """Whole lines are kept, with the number of the process."""
    with Recorder(tmp_path, 7) as recorder:
        recorder.record("write", 1, 2, 0.5)
    with (tmp_path / "7.history").open("a") as file:
        file.write("read 1 2 0.7")
    [operation] = read_history(tmp_path)
    assert ("write", 1, 2, 0.5, 7) == (*operation[:4], operation.process)
