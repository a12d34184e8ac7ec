"""Planned against achieved: whether each subject answered the traffic planned for it."""

from statistics import median

from loadtests.report import rates, sentences
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.rates import Phase
from loadtests.report.reading import at, number
from loadtests.report.trials.names import short
from loadtests.report.trials.run import Run, Scenario, Subject


def section(run: Run) -> Markup | None:
    """A chart for each scenario that has a rate to keep."""
    found = [(one, phases(run, one)) for one in run.scenarios]
    charts = [_figure(*one) for one in found if one[1]]
    if not charts:
        return None
    how = "Bar: answered a second. Upright: what was planned. Medians over the valid repeats."
    return join(
        tag("h2", "Planned against achieved"),
        tag("p", how, class_="fine"),
        tag("div", *charts, class_="pair"),
    )


def phases(run: Run, scenario: Scenario) -> list[Phase]:
    """Of each subject what was planned and achieved in this scenario."""
    found = (_phase(run, scenario, one) for one in run.played(scenario.name))
    return [one for one in found if one]


def _phase(run: Run, scenario: Scenario, subject: Subject) -> Phase | None:
    kept = [
        (planned, achieved, at(phase, "saturated") is True)
        for trial in run.repeats_of(scenario.name, subject.name)
        if trial.valid
        for phase in trial.phases
        if (planned := number(phase, "planned_per_s"))
        and (achieved := number(phase, "achieved_per_s")) is not None
    ]
    if not kept:
        return None
    return Phase(
        subject.key,
        scenario.name,
        median(planned for planned, _, _ in kept),
        median(achieved for _, achieved, _ in kept),
        any(saturated for _, _, saturated in kept),
        short(subject),
    )


def _figure(scenario: Scenario, found: list[Phase]) -> Markup:
    said = sentences.rates(found)
    caption = tag("figcaption", tag("h3", scenario.name), tag("span", prose(said), class_="how"))
    return tag("figure", caption, rates.chart(found), class_="rates")
