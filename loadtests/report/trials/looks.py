"""Hue, dash and marker of each subject: for one report its own, for known strategies always one."""

from collections.abc import Mapping, Sequence

from loadtests.report.palette import CIRCLE, LOOKS, SQUARE, TRIANGLE, Look
from loadtests.report.trials.run import Subject

_GREY = Look("#6B7680", "#A0ACB6", "1 3", "M-4-2h8v4h-8z")
_DIAMOND = "M0-5.4L5.4 0L0 5.4L-5.4 0z"
_DOWN = "M0 5L5-3.8H-5z"
_BAR = "M-5-2h10v4h-10z"
_UPRIGHT = "M-2-5h4v10h-4z"

_HUES = (
    ("#B4508A", "#DE9BC1"),
    ("#B87D00", "#F0B429"),
    ("#2389B8", "#6CC4EE"),
    ("#8C5A2B", "#C79A6B"),
    ("#6A4C93", "#A98BD6"),
    ("#6F7D00", "#B5C734"),
    ("#B0004E", "#F06A9B"),
    ("#00757F", "#35BFC9"),
)
# Five of each against eight hues: two subjects that share a hue do not share the rest.
_DASHES = ("none", "7 4", "2 3", "10 3 2 3", "4 2")
_MARKERS = (_DIAMOND, CIRCLE, _DOWN, SQUARE, _BAR, TRIANGLE, _UPRIGHT)


def looks(subjects: Sequence[Subject]) -> Mapping[str, Look]:
    """Key to look. The article's strategies keep theirs across all reports."""
    usual: Mapping[str, Look] = {**LOOKS, "no_cache": _GREY}
    found: dict[str, Look] = {}
    others = 0
    for subject in subjects:
        if subject.name in usual:
            found[subject.key] = usual[subject.name]
        else:
            found[subject.key] = _other(others)
            others += 1
    return found


def _other(place: int) -> Look:
    light, dark = _HUES[place % len(_HUES)]
    return Look(light, dark, _DASHES[place % len(_DASHES)], _MARKERS[place % len(_MARKERS)])
