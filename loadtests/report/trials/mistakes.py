"""One mistake at a time: the changed field, its symptom, and whether it was seen."""

from dataclasses import dataclass

from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.palette import swatch
from loadtests.report.trials.cells import Measured, median_text, spread_text
from loadtests.report.trials.comparing import Step, step
from loadtests.report.trials.run import Run, Scenario, Subject

HEADS = ("mistake", "changed", "symptom", "scenario, figure", "without it", "with it", "")


@dataclass(frozen=True)
class Mistake:
    """One subject against what it differs from, at the figure that shows it."""

    subject: Subject
    base: Subject
    scenario: Scenario
    step: Step

    @property
    def seen(self) -> str:
        """seen: worse beyond the spread. Without a verdict it says why."""
        if self.step.verdict is None:
            return "no verdict"
        if self.step.verdict == "too few repeats":
            return "too few repeats to tell"
        return "seen" if self.step.verdict == "worse" else "not seen"

    @property
    def symptom(self) -> str:
        """Its own; of the scenario where it has none."""
        return self.subject.symptom or self.scenario.symptom

    @property
    def changed(self) -> str:
        """Fields and what stands there."""
        return ", ".join(f"{name} = {value}" for name, value in self.subject.changes.items())


def mistakes(run: Run) -> list[Mistake]:
    """Every subject that differs from another one, in the scenarios that show it."""
    if run.kind != "mistakes":
        return []
    found = []
    for subject in run.subjects:
        base = run.named(subject.base) if subject.base else None
        if base:
            found += [
                Mistake(subject, base, one, step(run, one, name, base, subject))
                for one in _shown_in(run, subject)
                for name in _telling(one, subject)
            ]
    return found


def _shown_in(run: Run, subject: Subject) -> list[Scenario]:
    """The scenario that is named for it, or all in which it was played."""
    named = [one for one in run.scenarios if one.name == subject.scenario]
    return named or [one for one in run.scenarios if run.repeats_of(one.name, subject.name)]


def _telling(scenario: Scenario, subject: Subject) -> list[str]:
    return [subject.figure] if subject.figure else list(scenario.figures[:1])


def both(run: Run, one: Mistake) -> tuple[Measured, Measured]:
    """The figure without and with the mistake."""
    figure, unit = one.step.figure, run.figure(one.step.figure)["unit"]
    sides = ((one.base, one.step.before), (one.subject, one.step.after))
    without, with_it = (
        Measured(
            median_text(run, one.scenario, subject, figure),
            spread_text(spread, unit) if spread else "",
        )
        for subject, spread in sides
    )
    return without, with_it


def section(run: Run) -> Markup | None:
    """The table; nothing for a run of another kind."""
    found = mistakes(run)
    if not found:
        return None
    heads = tag("tr", *(tag("th", head, scope="col") for head in HEADS))
    body = tag("tbody", *(_line(run, one) for one in found))
    inside = tag("table", tag("thead", heads), body, class_="figures mistakes")
    return join(
        tag("h2", "Mistakes and their symptoms"),
        tag("p", prose(words(found))),
        tag("div", inside, class_="scroll"),
    )


def words(found: list[Mistake]) -> str:
    """How many were seen, and which were not."""
    missing = [one.subject.name for one in found if one.seen == "not seen"]
    seen = sum(one.seen == "seen" for one in found)
    open_ = len(found) - seen - len(missing)
    said = f"{seen} of {len(found)} mistakes are seen beyond the spread of the repeats"
    lost = f"; not seen: {', '.join(missing)}" if missing else ""
    return f"{said}{lost}{f'; {open_} without a verdict' if open_ else ''}."


def _line(run: Run, one: Mistake) -> Markup:
    about = run.figure(one.step.figure)["text"]
    without, with_it = both(run, one)
    mark = {"seen": "met", "not seen": "missed"}.get(one.seen, "open")
    change = tag("small", prose(one.step.change)) if one.step.verdict else None
    return tag(
        "tr",
        tag("th", swatch(one.subject.key), one.subject.name, scope="row"),
        tag("td", tag("code", one.changed), class_="said"),
        tag("td", prose(one.symptom), class_="said"),
        tag("td", one.scenario.name, tag("small", prose(about)), class_="said"),
        *(tag("td", cell.text, tag("small", cell.spread)) for cell in (without, with_it)),
        tag("td", tag("span", one.seen, class_="mark"), change, class_=mark),
    )
