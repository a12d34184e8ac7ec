"""Latency by percentile: all subjects of a scenario in one picture, up to p99.9."""

from loadtests.report import percentiles
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.palette import swatch
from loadtests.report.percentiles import APART, Curve, cumulative
from loadtests.report.plot import latency_axis
from loadtests.report.reading import numeric_rows
from loadtests.report.trials import sentences
from loadtests.report.trials.names import few, left_out, short
from loadtests.report.trials.run import Run, Scenario, Subject

_NINES = 3.0  # 99.9 %: what a phase of some thousand requests can tell
_MANY = 16  # curves


def section(run: Run) -> Markup | None:
    """A picture a scenario, all its subjects on the same axes."""
    found = [(one, _curves(run, one)) for one in run.scenarios]
    kept = [(scenario, curves) for scenario, curves in found if curves]
    drawn = [(scenario, few(curves, len(kept), run.detail)) for scenario, curves in kept]
    if not drawn:
        return None
    how = "Read upwards from a percentage: so many requests were answered within that time."
    names = {subject.key: subject for _, curves in drawn for subject, _ in curves}
    items = [tag("li", swatch(key), one.name) for key, one in names.items()]
    apart = _apart(drawn) / run.detail
    figures = [
        _figure(*one, of=len(every), apart=apart)
        for one, (_, every) in zip(drawn, kept, strict=True)
    ]
    return join(
        tag("h2", "Latency, percentile by percentile"),
        tag("p", how, class_="fine"),
        tag("ul", *items, class_="legend"),
        tag("div", *figures, class_="pair"),
    )


def _curves(run: Run, scenario: Scenario) -> list[tuple[Subject, Curve]]:
    found = []
    for subject in run.played(scenario.name):
        trial = run.median_trial(scenario, subject)
        buckets = numeric_rows(trial.drawing, "histogram", width=2) if trial else []
        total = sum(count for _, count in buckets)
        if total > 0:
            curve = Curve(subject.key, cumulative(buckets, total), total, short(subject))
            found.append((subject, curve))
    return found


def _apart(drawn: list[tuple[Scenario, list[tuple[Subject, Curve]]]]) -> float:
    """Rougher where there are many, so that the page stays within its 300 KB."""
    return APART * max(1.0, sum(len(curves) for _, curves in drawn) / _MANY)


def _figure(
    scenario: Scenario, found: list[tuple[Subject, Curve]], *, of: int, apart: float
) -> Markup:
    curves = [curve for _, curve in found]
    said = sentences.tails([(one.name, c.at(0.5), c.at(0.99)) for one, c in found])
    said += left_out(len(found), of)
    y = latency_axis([ms for one in curves for _, ms in (one.told()[0], one.told(_NINES)[-1])])
    picture = percentiles.chart(
        curves, y, f"{scenario.name}: {said}", deepest=_NINES, apart=apart, css="plot named"
    )
    caption = tag("figcaption", tag("h3", scenario.name), tag("span", prose(said), class_="how"))
    return tag("figure", caption, picture)
