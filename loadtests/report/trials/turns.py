"""Where turns began, what shared one, and what was played once more, for the facts of a report."""

from loadtests.report import units
from loadtests.report.reading import at, number, objects, text, words
from loadtests.report.trials.run import Run

BEGAN = (
    "every turn from rows and a store put back as a trace that stands for {} requests left them, "
    "the same for all and sent once, and then a short trace of its repeat. What was put back was "
    "written before, so it is older than its life that is left says, by up to the length of the "
    "run: its first readers may get a stale copy and set off a refresh. Near caches began empty. "
    "What starts cold began from fresh rows and an empty store"
)


def turn_facts(run: Run) -> list[tuple[str, str]]:
    """What a figure depends on beside the machine; empty where it is not known."""
    return [("Turns", _turns(run)), ("Began", _began(run)), ("Played again", _again(run))]


def _turns(run: Run) -> str:
    groups = at(run.result, "groups")
    if not isinstance(groups, list):
        return ""
    shared = [" → ".join(map(str, group)) for group in groups if isinstance(group, list)]
    return "; ".join(dict.fromkeys(shared))


def _began(run: Run) -> str:
    requests = number(run.result, "sizes", "warm_requests")
    if requests is None or at(run.result, "pairs") is not True:
        return ""
    return BEGAN.format(units.count(requests))


def _again(run: Run) -> str:
    return "; ".join(
        f"{text(one, 'subject')}, {text(one, 'scenario')}, repeat {number(one, 'repeat'):.0f}: "
        f"{', '.join(words(one, 'why'))}"
        for one in objects(run.result, "replays")
    )
