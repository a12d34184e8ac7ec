"""Whether two runs measured the same thing: what must be equal, and why it must."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from loadtests.trials.schema import SCHEMA, Trials

RATES_AGREE = 0.02  # a latency at another rate is another question
# Without these two runs may differ for reasons that no plan has.
_MACHINE = ("cpu", "cores", "memory_gib", "python")
_VERSIONS = ("postgres", "valkey", "locust")
_ROWS = ("users", "posts", "comments", "votes", "follows")
_EARLIER = "it was written by an earlier version: make that run again"
_OWN_PLAN = "CORRAL_PLAN"  # a path; what tells is the text of the file


def refusals(before: Trials, after: Trials) -> Iterator[str]:
    """Why these two cannot be compared, each with what to do; nothing when they can."""
    if before["kind"] != after["kind"]:
        yield (
            f"before is a `{before['kind']}` and after a `{after['kind']}`, which warm and play "
            "differently: make both with one command"
        )
    yield from _other_sizes(before, after)
    yield from _other_surroundings(before, after)
    if not _pairs(before) & _pairs(after):
        yield (
            f"they have no scenario and subject in common: {_played(before)} before, "
            f"{_played(after)} after"
        )


def _other_surroundings(before: Trials, after: Trials) -> Iterator[str]:
    yield from _differing("another machine", before["machine"], after["machine"], _MACHINE)
    yield from _differing("another version", before["versions"], after["versions"], _VERSIONS)
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
            f"{after['server_processes']} after: give both as many"
        )
    if before["unlimited"] != after["unlimited"]:
        yield (
            f"rate limits were off for {before['unlimited'] or 'nobody'} before and for "
            f"{after['unlimited'] or 'nobody'} after: start both alike"
        )


def other_rate(before: Trials, after: Trials, scenario: str) -> str:
    """Why a scenario is left out that runs at a rate; "" when the rate was the same."""
    rates = {one["name"]: one["rates"] for one in before["scenarios"]}
    for name in rates.get(scenario, ()):
        was, became = before["rates"][name], after["rates"][name]
        if abs(was - became) > RATES_AGREE * max(was, became):
            return (
                f"the {name} rate was {was:.0f}/s and is {became:.0f}/s, and latency depends on "
                "it: make the run after again with --rates-from and the result before"
            )
    return ""


def other_before_it(before: Trials, after: Trials, scenario: str) -> str:
    """Why a scenario is left out that began on services which others had used; "" when alike."""
    was, became = _played_before(before, scenario), _played_before(after, scenario)
    if was == became:
        return ""
    return (
        f"on the same services {_list(was)} was played before it then, {_list(became)} now: name "
        "the same scenarios in the same order"
    )


def other_plan(before: Trials, after: Trials, subject: str) -> str:
    """Why a subject is left out whose name stands for another plan; "" when it is the same."""
    (was, text_was), (became, text_became) = _plan(before, subject), _plan(after, subject)
    if was != became:
        return f"it was started with {_said(was)}, and is with {_said(became)}: start both alike"
    if text_was != text_became:
        return (
            "the file of this plan has another text now: measure both versions of it with one "
            "state of everything else, under names of their own"
        )
    return ""


def is_run(result: object) -> bool:
    """Whether a file holds what `run`, `ladder`, `mistakes` or `stampede` write."""
    return isinstance(result, dict) and result.get("schema") == SCHEMA


def _other_sizes(before: Trials, after: Trials) -> Iterator[str]:
    silent = [when for when, run in (("before", before), ("after", after)) if "sizes" not in run]
    if silent:
        yield f"the run {' and the run '.join(silent)} does not say its sizes: {_EARLIER}"
        return
    was, became = before["sizes"], after["sizes"]
    yield from _differing("other sizes", was, became, tuple({**was, **became}))


def _differing(
    what: str, before: Mapping[str, Any], after: Mapping[str, Any], names: tuple[str, ...]
) -> Iterator[str]:
    for name in names:
        was, became = before.get(name), after.get(name)
        if was != became:
            yield f"{what}: {name} was {was}, and is {became}"


def _played_before(trials: Trials, scenario: str) -> Sequence[str]:
    """What had used the same services when it began."""
    for group in trials.get("groups", []):
        if scenario in group:
            return group[: group.index(scenario)]
    return []


def _plan(trials: Trials, subject: str) -> tuple[Mapping[str, str], str]:
    """Settings and the text of the plan's own file; nothing where the run does not know it."""
    for one in trials["subjects"]:
        if one["name"] == subject:
            given = one.get("settings", {})
            shared = {name: value for name, value in given.items() if name != _OWN_PLAN}
            return shared, one.get("plan_sha256", "")
    return {}, ""


def _said(settings: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in settings.items()) or "nothing"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"


def _pairs(trials: Trials) -> set[tuple[str, str]]:
    return {(trial["scenario"], trial["subject"]) for trial in trials["trials"]}


def _played(trials: Trials) -> str:
    return ", ".join(sorted({f"{subject} in {scenario}" for scenario, subject in _pairs(trials)}))
