"""Small panels of bars, one measure each: a bar a subject, its spread as a whisker."""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.report import units
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.trials.ladder import Measure
from loadtests.report.trials.names import short
from loadtests.report.trials.run import Run, Subject
from loadtests.trials.schema import Spread

ROW_PX, _BAR_PX = 22, 12
# Shares of the width: names end at the first, the longest bar at the second.
_FROM, _TO = 0.36, 0.78


@dataclass(frozen=True)
class Panel:
    """One measure of some subjects, all on the scale of `most`."""

    title: str
    measure: Measure
    subjects: Sequence[Subject]
    most: float

    @property
    def height_px(self) -> int:
        """A row a subject."""
        return ROW_PX * len(self.subjects)


def panels(run: Run, measures: Sequence[Measure], subjects: Sequence[Subject]) -> list[Panel]:
    """A panel for each telling measure; shares are drawn out of one."""
    found = []
    for one in measures:
        if one.telling:
            spreads = [one.spread(run, subject) for subject in run.subjects]
            most = max((spread["most"] for spread in spreads if spread), default=0.0)
            scale = 1.0 if one.unit == "share" else most or 1.0
            found.append(Panel(title(one), one, subjects, scale))
    return found


def title(measure: Measure) -> str:
    """What a panel is about, where its line's group cannot be seen."""
    if measure.rate:
        return f"{measure.label}, {measure.group[:1].lower()}{measure.group[1:]}"
    return {"Bytes": "Bytes in the cache", "Loads, cold": "Loads of a cold stampede"}.get(
        measure.label, measure.label
    )


def rows(run: Run, panel: Panel) -> Markup:
    """The panel's inside: positions across are shares of whatever width it is given."""
    return join(*(_row(run, panel, subject, place) for place, subject in enumerate(panel.subjects)))


def picture(run: Run, panel: Panel) -> Markup:
    """The panel for the page."""
    said = "; ".join(f"{one.name} {panel.measure.text(run, one)}" for one in panel.subjects)
    drawn = tag(
        "svg",
        rows(run, panel),
        width="100%",
        height=panel.height_px,
        role="img",
        aria_label=f"{panel.title}: {said}",
    )
    return tag("div", tag("h4", prose(panel.title)), drawn, class_="panel")


def _row(run: Run, panel: Panel, subject: Subject, place: int) -> Markup:
    top = place * ROW_PX + (ROW_PX - _BAR_PX) / 2
    middle = f"{place * ROW_PX + ROW_PX / 2:.0f}"
    spread = panel.measure.spread(run, subject)
    name = tag("text", short(subject), x=_percent(_FROM), y=middle, dx=-8, class_="tick left")
    if spread is None:
        dash = tag("text", units.UNKNOWN, x=_percent(_FROM), y=middle, class_="end-label")
        return join(name, dash)
    length = _across(panel, spread["median"]) - _FROM
    bar = tag(
        "rect",
        x=_percent(_FROM),
        y=f"{top:.0f}",
        width=f"{max(100 * length, 0.4):.2f}%",
        height=_BAR_PX,
        class_=f"solid of-{subject.key}",
    )
    end = max(_across(panel, spread["most"]), _FROM + 0.004)
    value = tag(
        "text",
        panel.measure.text(run, subject),
        x=_percent(end),
        y=middle,
        dx=7,
        class_="end-label",
    )
    return join(name, bar, _whisker(panel, spread, middle), value)


def _whisker(panel: Panel, spread: Spread, middle: str) -> Markup | None:
    least, most = _across(panel, spread["least"]), _across(panel, spread["most"])
    if spread["valid"] < 2 or most - least < 0.004:
        return None
    return tag(
        "line", x1=_percent(least), x2=_percent(most), y1=middle, y2=middle, class_="whisker"
    )


def _across(panel: Panel, value: float) -> float:
    return _FROM + (_TO - _FROM) * min(1.0, max(0.0, value / panel.most))


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"
