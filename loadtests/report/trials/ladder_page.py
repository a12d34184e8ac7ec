"""The ladder on the page: one table, the whole at a glance, and a picture a step."""

from itertools import groupby

from loadtests.report import units
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.palette import swatch
from loadtests.report.table import CLAIM_NOTE
from loadtests.report.trials import claims
from loadtests.report.trials.bars import panels, picture
from loadtests.report.trials.comparing import Step
from loadtests.report.trials.ladder import Measure, Rung, changes, is_ladder, measures, steps
from loadtests.report.trials.names import listed
from loadtests.report.trials.run import Run

DOLLARS = (
    "Dollars a month: as if naive's cache were the article's 32 GB, so only the ratio of bytes is "
    "measured here; at the article's $375 a GB and, where it differs, at the price that was given."
)


def section(run: Run) -> Markup | None:
    """Table, picture and steps; nothing for a run that is no ladder."""
    found = measures(run)
    if not is_ladder(run) or not found:
        return None
    return join(
        tag("h2", "The ladder"),
        _glance(run, found),
        table(run, found),
        tag("h2", "A step at a time"),
        tag("p", _HOW, class_="fine"),
        *(_step(run, rung, found) for rung in steps(run)),
    )


_HOW = (
    "What each step changed by itself, against the rung before it. Beyond the spread: all repeats "
    "of one lie outside of all repeats of the other, and the medians differ by 3 % or more."
)


def glance_words(run: Run, found: list[Measure]) -> str:
    """The first rung against the last one, in each telling measure."""
    rungs = steps(run)
    first, last = rungs[0].before, rungs[-1].after
    parts = [
        f"{one.called} {one.text(run, first)} → {one.text(run, last)}"
        for one in found
        if one.telling and one.spread(run, first) and one.spread(run, last)
    ]
    if not parts:
        return "What both ends of the ladder have in common was not measured."
    return f"From {first.name} to {last.name}: {'; '.join(parts)}."


def _glance(run: Run, found: list[Measure]) -> Markup:
    drawn = [picture(run, one) for one in panels(run, found, run.subjects)]
    how = tag("span", "A bar a rung; the thin line goes from the least to the most.", class_="how")
    caption = tag("figcaption", prose(glance_words(run, found)), how)
    return tag("figure", caption, tag("div", *drawn, class_="panels"))


def table(run: Run, found: list[Measure]) -> Markup:
    """A column a rung, a line a measure, with the article's claim beneath its name."""
    heads = [tag("th", swatch(one.key), one.name, scope="col") for one in run.subjects]
    head = tag("thead", tag("tr", tag("th", scope="col"), *heads))
    bodies = [
        tag("tbody", _group(run, title), *(_line(run, one) for one in lines), class_="group")
        for title, lines in groupby(found, key=lambda one: one.group)
    ]
    inside = tag("table", head, *bodies, class_="figures ladder")
    return join(
        tag("div", inside, class_="scroll"),
        tag(
            "ul",
            tag("li", CLAIM_NOTE, class_="dagger"),
            tag("li", prose(DOLLARS)),
            class_="notes",
        ),
    )


def _group(run: Run, title: str) -> Markup:
    return tag("tr", tag("th", prose(title), colspan=len(run.subjects) + 1, scope="rowgroup"))


def _line(run: Run, one: Measure) -> Markup:
    cells = [
        tag("td", one.text(run, subject), tag("small", ends) if ends else None)
        for subject in run.subjects
        for ends in (one.ends(run, subject),)
    ]
    return tag("tr", tag("th", prose(one.label), _claim(one.claim), scope="row"), *cells)


def _claim(said: str) -> Markup | None:
    """The article's own words beside a figure: in italics, and marked as its own."""
    return tag("small", tag("i", prose(f"the article said {said}")), "†") if said else None


def _step(run: Run, rung: Rung, found: list[Measure]) -> Markup:
    made = changes(run, rung, found)
    drawn = [picture(run, one) for one in panels(run, found, [rung.before, rung.after])]
    fields = [tag("code", f"{name} = {value}") for name, value in rung.after.changes.items()]
    caption = tag("figcaption", prose(step_words(rung, made)))
    return tag(
        "section",
        tag("h3", swatch(rung.after.key), rung.after.name, tag("small", rung.after.summary)),
        tag("p", *_between(fields), class_="fields") if fields else None,
        tag("figure", caption, tag("div", *drawn, class_="panels")),
        _table(run, rung, made),
        class_="step",
    )


def _between(codes: list[Markup]) -> list[Markup]:
    return [part for code in codes for part in (code, Markup(" "))]


def step_words(rung: Rung, made: list[tuple[Measure, Step]]) -> str:
    """What the step alone changed beyond the spread, and what it did not."""
    beyond = [
        f"{one.called} {found.change}{' (worse)' if found.verdict == 'worse' else ''}"
        for one, found in sorted(made, key=lambda pair: not pair[0].telling)
        if found.beyond and one.unit != "dollars"
    ]
    if beyond:
        return f"Against {rung.before.name}: {listed(beyond, 7)}."
    if not any(found.verdict for _, found in made):
        return f"Against {rung.before.name}: no verdict, as one of them has no valid repeat."
    if any(found.verdict == "too few repeats" for _, found in made):
        return f"Against {rung.before.name}: too few repeats to tell a change from noise."
    return f"Against {rung.before.name}: no figure changed beyond the spread."


def _table(run: Run, rung: Rung, made: list[tuple[Measure, Step]]) -> Markup | None:
    lines = []
    for one, found in made:
        claim = claims.of_step(rung.after.name, one.figure)
        if one.unit == "dollars" or found.verdict is None or not (found.beyond or claim):
            continue
        cells = [
            tag("th", prose(_begin(one.called)), _claim(claim), scope="row"),
            tag("td", one.text(run, rung.before)),
            tag("td", one.text(run, rung.after)),
            tag("td", prose(found.words), class_="worse" if found.verdict == "worse" else None),
        ]
        lines.append(tag("tr", *cells))
    if not lines:
        return None
    names = ("", rung.before.name, rung.after.name, "this step alone")
    heads = [tag("th", name, scope="col") for name in names]
    inside = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *lines), class_="small")
    said = f"{units.plural(len(lines), 'figure')} in numbers"
    return tag("details", tag("summary", said), tag("div", inside, class_="scroll"), open="open")


def _begin(text: str) -> str:
    return text if text.startswith("p") else f"{text[:1].upper()}{text[1:]}"
