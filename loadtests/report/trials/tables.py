"""The tables of the page: one a scenario, and kinds of scenario that cannot be compared apart."""

from loadtests.report import units
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.palette import swatch
from loadtests.report.table import Notes
from loadtests.report.trials.cells import Grid, Line, Measured, grid
from loadtests.report.trials.run import TABLES, Run, Scenario

KINDS = {
    "memory": ("Memory", "What a cache takes, and what it is worth when it may not take more."),
    "steady": (
        "Steady traffic",
        "Requests arrive on a seeded schedule, whatever the service does; latency counts from the "
        "moment at which a request was meant to start.",
    ),
    "cold": (
        "Cold: what was dropped",
        "An entry is dropped everywhere and then asked for, so nobody has an old copy of it.",
    ),
    "natural": (
        "Natural expiry: what ran out",
        "A TTL runs out while traffic goes on, so a plan may still hold the old copy, or have "
        "loaded a new one early. Not to be compared with what was dropped.",
    ),
    "fault": ("Faults", "Something is broken on purpose, and comes back."),
    "over time": ("Over time", "Long stretches, sped up."),
}

_WIDE, _ABREAST = 6, 8  # columns


def tables(run: Run) -> Markup:
    """Every scenario's table, by kind."""
    notes = Notes()
    parts: list[Markup] = []
    for kind in TABLES:
        found = [one for one in run.scenarios if one.table == kind]
        grids = [grid(run, one, notes) for one in found]
        if drawn := [_scenario(run, one) for one in grids if one.lines]:
            title, how = KINDS[kind]
            parts += [tag("h3", title, class_="kind"), tag("p", how, class_="fine"), *drawn]
    items = [tag("li", prose(note)) for note in notes.texts]
    return join(
        tag("h2", "The figures"),
        tag("p", _how_to_read(run), class_="fine"),
        *parts,
        tag("ol", *items, class_="notes") if items else None,
    )


def _how_to_read(run: Run) -> str:
    if run.repeats == 1:
        return "One repeat: each figure is what it was that once, and has no spread."
    return (
        "Each figure is the median of the valid repeats; the small one is their least and most, "
        "which is the spread. Hit rates stand last: what a hit saves is what counts."
    )


def _scenario(run: Run, found: Grid) -> Markup:
    scenario = found.scenario
    about = join(tag("strong", scenario.name), prose(f": {scenario.summary}. {_symptom(scenario)}"))
    parts = -(-len(found.heads) // _ABREAST) or 1
    each = -(-len(found.heads) // parts) or 1
    drawn = [_part(found, slice(first, first + each)) for first in range(0, parts * each, each)]
    return join(
        tag("p", about, class_="about"), *drawn, _distorts(scenario), by_outcome(run, scenario)
    )


def _part(found: Grid, part: slice) -> Markup:
    """As many figures as stand side by side on a page; the others follow in their own table."""
    heads = [tag("th", prose(head), scope="col") for head in found.heads[part]]
    head = tag("tr", tag("th", scope="col"), *heads, tag("th", "valid", scope="col"))
    body = tag("tbody", *(_line(line, part) for line in found.lines))
    css = "figures wide" if len(heads) > _WIDE else "figures"
    inside = tag("table", tag("thead", head), body, class_=css)
    return tag("div", inside, class_="scroll")


def _symptom(scenario: Scenario) -> str:
    return f"It shows {scenario.symptom}." if scenario.symptom else ""


def _distorts(scenario: Scenario) -> Markup | None:
    if not scenario.distorts:
        return None
    return tag("p", prose(f"Not as in life: {scenario.distorts}."), class_="fine")


def _line(line: Line, part: slice) -> Markup:
    name = tag("th", swatch(line.subject.key), " ", line.subject.name, scope="row")
    valid = f"{line.valid} of {line.of}"
    return tag("tr", name, *map(measured, line.cells[part]), tag("td", valid))


def measured(cell: Measured) -> Markup:
    """A table cell with its spread beneath."""
    marks = tag("sup", ",".join(map(str, cell.notes))) if cell.notes else None
    spread = tag("small", cell.spread) if cell.spread else None
    return tag("td", cell.text, marks, spread)


def by_outcome(run: Run, scenario: Scenario) -> Markup | None:
    """The median repeat's latency, split by what each answer's Cache-Status says."""
    found = [(one, run.median_trial(scenario, one)) for one in run.played(scenario.name)]
    rows = [(one, trial.by_outcome) for one, trial in found if trial and trial.by_outcome]
    outcomes = sorted({name for _, split in rows for name in split})
    if not rows:
        return None
    heads = [tag("th", name, scope="col") for name in ("", *outcomes)]
    body = []
    for subject, split in rows:
        cells = [tag("td", _split(split.get(name))) for name in outcomes]
        body.append(tag("tr", tag("th", subject.name, scope="row"), *cells))
    inside = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *body), class_="small")
    said = "Split by Cache-Status: requests, p50, p99 of the median repeat"
    return tag("details", tag("summary", said), tag("div", inside, class_="scroll"))


def _split(found: tuple[float, float, float] | None) -> str:
    if found is None:
        return units.UNKNOWN
    requests, p50, p99 = found
    return f"{units.count(requests)} · {units.duration(p50)} · {units.duration(p99)}"
