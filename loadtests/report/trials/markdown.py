"""`summary.md` of trials: verdict, tables and conditions, to paste anywhere."""

from collections.abc import Sequence
from itertools import groupby

from loadtests.report.markdown import escaped, goal_line, origin
from loadtests.report.table import CLAIM_NOTE, Notes
from loadtests.report.trials import claims, ladder_page, mistakes, tables, verdicts
from loadtests.report.trials.cells import Grid, Measured, grid
from loadtests.report.trials.ladder import changes, is_ladder, measures, steps
from loadtests.report.trials.opening import TITLES
from loadtests.report.trials.run import TABLES, Run
from loadtests.report.verdict import INVALID_USE, NO_VERDICT, PARTLY_USE


def summary(run: Run) -> str:
    """The Markdown document; every text of the result is escaped in it."""
    parts = [
        f"# {TITLES.get(run.kind, TITLES['run'])}",
        f"**{escaped(quick)}**" if (quick := verdicts.quickness(run)) else "",
        _alarm(run) if run.state == "invalid" else f"**{escaped(verdicts.headline(run))}**",
        *_verdict(run),
        _broken(run),
        *_ladder(run),
        *_mistakes(run),
        *_tables(run),
        f"Conditions: {escaped(verdicts.conditions_line(run))}.",
        origin(run.result),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _verdict(run: Run) -> list[str]:
    goals = verdicts.judged(run)
    if goals:
        return ["\n".join(map(goal_line, goals))]
    return ["\n".join(f"- {escaped(said)}" for said in verdicts.findings(run))]


def _alarm(run: Run) -> str:
    return f"> **{NO_VERDICT}**\n>\n{_reasons(run)}\n>\n> {INVALID_USE}"


def _broken(run: Run) -> str:
    if run.state == "invalid" or not verdicts.faults(run):
        return ""
    use = PARTLY_USE if run.state == "partly" else "Others were played in their place."
    return f"> {verdicts.how_many_broke(run)}. {use}\n>\n{_reasons(run)}"


def _reasons(run: Run) -> str:
    return "\n".join(f"> - {escaped(why)}" for why in verdicts.faults(run))


def _ladder(run: Run) -> list[str]:
    found = measures(run)
    if not is_ladder(run) or not found:
        return []
    heads = ["", *(escaped(one.name) for one in run.subjects), "*the article said* †"]
    lines = []
    for title, group in groupby(found, key=lambda one: one.group):
        lines.append([f"**{escaped(title)}**", *[""] * (len(run.subjects) + 1)])
        for one in group:
            cells = [escaped(one.text(run, subject)) for subject in run.subjects]
            claim = f"*{escaped(one.claim)}*" if one.claim else ""
            lines.append([escaped(one.label), *cells, claim])
    told = [
        f"- **{escaped(rung.after.name)}** – "  # noqa: RUF001
        f"{escaped(ladder_page.step_words(rung, changes(run, rung, found)))}"
        f"{_claimed(rung.after.name)}"
        for rung in steps(run)
    ]
    notes = f"† {CLAIM_NOTE}  \n{escaped(ladder_page.DOLLARS)}"
    return ["## The ladder", _grid(heads, lines), notes, "\n".join(told)]


def _claimed(rung: str) -> str:
    said = claims.of_step(rung, "cache_bytes")
    return f" *The article said of its bytes: {escaped(said)}.* †" if said else ""


def _mistakes(run: Run) -> list[str]:
    found = mistakes.mistakes(run)
    if not found:
        return []
    lines = []
    for one in found:
        without, with_it = map(_cell, mistakes.both(run, one))
        about = f"{one.scenario.name}, {run.figure(one.step.figure)['text']}"
        texts = (one.subject.name, one.changed, one.symptom, about)
        lines.append([*map(escaped, texts), without, with_it, escaped(one.seen)])
    return ["## Mistakes and their symptoms", mistakes.words(found), _grid(mistakes.HEADS, lines)]


def _tables(run: Run) -> list[str]:
    notes, parts = Notes(), []
    for kind in TABLES:
        found = [grid(run, one, notes) for one in run.scenarios if one.table == kind]
        drawn = [part for one in found if one.lines for part in _scenario(one)]
        if drawn:
            parts += [f"## {tables.KINDS[kind][0]}", *drawn]
    numbered = [f"<sup>{n}</sup> {escaped(note)}" for n, note in enumerate(notes.texts, start=1)]
    return [*parts, "  \n".join(numbered)]


def _scenario(found: Grid) -> list[str]:
    about = f"**{escaped(found.scenario.name)}**: {escaped(found.scenario.summary)}."
    heads = ["", *map(escaped, found.heads), "valid"]
    lines = [
        [escaped(one.subject.name), *map(_cell, one.cells), f"{one.valid} of {one.of}"]
        for one in found.lines
    ]
    distorts = found.scenario.distorts
    said = f"Not as in life: {escaped(distorts)}." if distorts else ""
    return [about, _grid(heads, lines), said]


def _cell(cell: Measured) -> str:
    marks = f"<sup>{','.join(map(str, cell.notes))}</sup>" if cell.notes else ""
    spread = f" ({escaped(cell.spread)})" if cell.spread else ""
    return f"{escaped(cell.text)}{marks}{spread}"


def _grid(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, rule, *lines))
