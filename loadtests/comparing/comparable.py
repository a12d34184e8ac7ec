"""Whether two runs measured the same thing: what must be equal, and why it must."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from loadtests.trials.schema import SCHEMA, Rate, Trials

RATES_AGREE = 0.02  # a latency at another rate is another question
# Without these two runs may differ for reasons that no plan has.
_MACHINE = ("cpu", "cores", "memory_gib", "python")
_SERVERS = ("postgres", "valkey")
_ROWS = ("users", "posts", "comments", "votes", "follows")


def refusals(before: Trials, after: Trials) -> Iterator[str]:
    """Why these two cannot be compared, each with what to do; nothing when they can."""
    yield from _differing("another machine", before["machine"], after["machine"], _MACHINE)
    yield from _differing("another server", before["versions"], after["versions"], _SERVERS)
    yield from _differing("other data", before["dataset"] or {}, after["dataset"] or {}, _ROWS)
    if before["seed"] != after["seed"]:
        yield (
            f"the seed was {before['seed']} and is {after['seed']}, so other requests were sent: "
            "give both runs the same --seed"
        )
    if before["quick"] != after["quick"]:
        yield "one of them is a quick run, whose phases are shorter: make both alike"
    if before["server_processes"] != after["server_processes"]:
        yield (
            f"{before['server_processes']} server processes ran before, "
            f"{after['server_processes']} after"
        )
    if not _common(before, after):
        yield (
            f"they have no scenario and subject in common: {_played(before)} before, "
            f"{_played(after)} after"
        )


def other_rate(before: Trials, after: Trials, rates: Iterable[Rate]) -> str | None:
    """Why a scenario that runs at these rates is left out; None when they were the same."""
    for name in rates:
        was, became = before["rates"][name], after["rates"][name]
        if abs(was - became) > RATES_AGREE * max(was, became):
            return (
                f"the {name} rate was {was:.0f}/s and is {became:.0f}/s, and latency depends on "
                f"it; run again with --rate {was:.0f} to compare"
            )
    return None


def is_run(result: object) -> bool:
    """Whether a file holds what `run`, `ladder`, `mistakes` or `stampede` write."""
    return isinstance(result, dict) and result.get("schema") == SCHEMA


def _differing(
    what: str, before: Mapping[str, Any], after: Mapping[str, Any], names: tuple[str, ...]
) -> Iterator[str]:
    for name in names:
        was, became = before.get(name), after.get(name)
        if was != became:
            yield f"{what}: {name} was {was}, and is {became}"


def _common(before: Trials, after: Trials) -> set[tuple[str, str]]:
    return _pairs(before) & _pairs(after)


def _pairs(trials: Trials) -> set[tuple[str, str]]:
    return {(trial["scenario"], trial["subject"]) for trial in trials["trials"]}


def _played(trials: Trials) -> str:
    return ", ".join(sorted({f"{subject} in {scenario}" for scenario, subject in _pairs(trials)}))
