"""What the shelf's patterns tell, and where it is counted."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.patterns.metering import Metering

SHELF = Path(__file__).parents[1] / "service" / "patterns"

NOT_COUNTED = {
    "load": "loads are counted and timed where they run, by Metering.loading",
    "load_failed": "the same",
    "refresh": "the same; it says that the next load of its key is one",
    "refresh_failed": "the load inside has its own outcome",
    "wait": "one pause of many in one request",
    "wake": "how a waiter was woken: of interest to the tests of the lease",
    "batch": "the size of a command, not the fate of a request",
    "queued": "a load that waits for a slot has not begun",
    "shed": "the request was counted as a miss; its answer is counted as HTTP",
    "link_up": "of the process's link, not of a cache",
    "trusted": "the same",
    "link_lost": "the same",
    "beat_failed": "the same",
    "renew_failed": "the same",
    "flushed": "of a counter that is no cache",
    "busy": "the same",
    "left_behind": "the same",
    "unreadable": "the same",
    "applied": "of the relay, which counts rows",
    "replayed": "the same",
    "replay_failed": "the same",
    "round_failed": "the same",
    "round_again": "the same",
    "row_failed": "the same",
    "settle_failed": "the same",
    "opened": "of the process's breaker, not of a cache",
    "half_open": "the same",
    "closed": "the same",
    "fill_failed": "the request was counted as a miss, and answered",
}


# Their lists may be empty; an absence that is remembered is a thing of single values.
HOLD_LISTS = {"bounded_timeline", "decayed_ranking"}


def told(text: str) -> Iterator[str]:
    """Every event named in a call of `observe`."""
    for event, _call in calls(text):
        yield event


def calls(text: str) -> Iterator[tuple[str, ast.Call]]:
    """Every event named in a call of `observe`, with that call."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and node.args and _is_observe(node.func):
            for part in _results(node.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value, node


def _results(node: ast.expr) -> Iterator[ast.expr]:
    # `"hit" if key in values else "miss"`: what it may be, without what it depends on.
    if isinstance(node, ast.IfExp):
        yield from _results(node.body)
        yield from _results(node.orelse)
    else:
        yield node


def _is_observe(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name.lstrip("_") == "observe"


def counts(event: str) -> bool:
    """Whether an event changes any number."""
    metering = Metering(["post"])
    before = metering.text()
    metering.layer("post", "l1")(event, key="post:{42}")
    return metering.text() != before


@pytest.mark.parametrize(
    "path",
    sorted(SHELF.rglob("*.py")),
    ids=lambda path: path.relative_to(SHELF).with_suffix("").as_posix(),
)
def test_every_event_is_counted_or_left_out_for_a_reason(path: Path) -> None:
    """A new event must find its place: in a counter, or on the list above."""
    unknown = {event for event in told(path.read_text()) if event not in NOT_COUNTED}
    assert {event for event in unknown if not counts(event)} == set()


@pytest.mark.parametrize("path", sorted(SHELF.rglob("*.py")), ids=lambda path: path.stem)
def test_a_hit_says_what_was_found(path: Path) -> None:
    """Metering can tell a remembered absence from a value only by looking at it."""
    hits = [call for event, call in calls(path.read_text()) if event == "hit"]
    silent = [call for call in hits if "value" not in {each.arg for each in call.keywords}]
    assert bool(silent) == (path.stem in HOLD_LISTS)


def test_the_list_holds_nothing_else() -> None:
    """No event is on the list that is counted, or that nobody tells."""
    events = {event for path in SHELF.rglob("*.py") for event in told(path.read_text())}
    assert {event for event in NOT_COUNTED if counts(event) or event not in events} == set()
