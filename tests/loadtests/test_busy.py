"""Whoever else works is seen, also when it came and went."""

from collections.abc import Mapping

from loadtests.busy import Bystanders, Process, ancestors, processes

US = 10


def others_between(
    before: Mapping[int, Process], after: Mapping[int, Process]
) -> tuple[float, str] | None:
    """CPU in cores and the busiest of ten seconds."""
    looks, times = iter([before, after]), iter([0.0, 10.0])
    bystanders = Bystanders({US}, look=lambda: next(looks), clock=lambda: next(times))
    found = bystanders.others()
    return (found.cpu, found.busiest) if found else None


def test_a_busy_stranger_is_measured_and_named() -> None:
    """5 s of CPU in 10 s are half a core."""
    before = {20: Process("gcc", 1.0), 21: Process("idle", 9.0)}
    after = {20: Process("gcc", 6.0), 21: Process("idle", 9.0)}
    assert others_between(before, after) == (0.5, "gcc (20)")


def test_we_and_the_servers_of_the_run_are_no_strangers() -> None:
    """PostgreSQL is nobody's child of ours, but it works for us."""
    before = {US: Process("python", 0.0), 30: Process("postgres", 0.0)}
    after = {US: Process("python", 9.0), 30: Process("postgres", 9.0)}
    assert others_between(before, after) == (0.0, "nobody")


def test_a_child_that_ended_counts_by_its_parent() -> None:
    """A shell that starts a short compiler after another looks idle itself."""
    before = {40: Process("make", 1.0), 41: Process("cc1", 2.0, parent=40)}
    after = {40: Process("make", 1.0, ended_s=6.0)}
    assert others_between(before, after) == (0.4, "make (40)")


def test_without_proc_nothing_is_known() -> None:
    """MacOS."""
    assert Bystanders({US}, look=lambda: None).others() is None


def test_the_real_proc_knows_us_and_who_started_us() -> None:
    """Skipped nowhere: where there is no /proc both are empty."""
    seen = processes()
    assert seen is None or ancestors() <= set(seen)
