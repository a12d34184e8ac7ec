"""The head of the page: what was compared, the verdict, a card a subject, the goals."""

from loadtests.report import units
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.opening import goals_table
from loadtests.report.palette import swatch
from loadtests.report.reading import number, text
from loadtests.report.showing import middle
from loadtests.report.trials import verdicts
from loadtests.report.trials.run import Run, Subject
from loadtests.report.verdict import INVALID_USE, NO_VERDICT, PARTLY_USE, Judged, moment, tally

TITLES = {
    "run": "Corral, scenarios side by side",
    "ladder": "Corral, the article's ladder",
    "mistakes": "Corral, one mistake at a time",
    "stampede": "Corral, the stampede",
}
_LEDES = {
    "ladder": (
        "The article's six fixes one after the other, from its naive cache to Corral's layers: "
        "each step changes what it names and nothing else, and meets the same traffic."
    ),
    "mistakes": (
        "Corral's layers with one decision made wrong at a time, each in the scenario that shows "
        "it, against the same layers without the mistake."
    ),
}
_LEDE = "The same traffic against the same rows, for each of the subjects in turn."
_ON_A_CARD = 4
_FEW_CARDS = 4
_FAULTS_AT_ONCE = 8


def title(run: Run) -> Markup:
    """The page's heading and what it is a report of."""
    facts = [
        moment(run.result),
        text(run.result, "machine", "cpu"),
        units.plural(cores, "core") if (cores := number(run.result, "machine", "cores")) else "",
        f"{units.plural(len(run.subjects), 'subject')}, {units.plural(run.repeats, 'repeat')}",
    ]
    lede = (
        f"{_LEDES.get(run.kind, _LEDE)} Every figure was measured in this run, except those "
        "marked as the article's."
    )
    return join(
        tag("h1", TITLES.get(run.kind, TITLES["run"])),
        tag("p", lede, class_="lede"),
        tag("p", prose(" · ".join(fact for fact in facts if fact)), class_="meta"),
    )


def verdict(run: Run) -> Markup:
    """The verdict in words, a card a subject, every goal; an alarm where there is no verdict."""
    goals = verdicts.judged(run)
    quick = verdicts.quickness(run)
    found = verdicts.findings(run)
    cards = [_card(run, one, goals) for one in run.subjects]
    return join(
        tag("p", tag("strong", prose(quick)), class_="quick", role="note") if quick else None,
        _alarm(run) if run.state == "invalid" else _headline(run),
        tag("ul", *(tag("li", prose(said)) for said in found), class_="findings")
        if found and not goals
        else None,
        tag("div", *cards, class_="cards many" if len(cards) > _FEW_CARDS else "cards"),
        goals_table(goals) if goals else None,
        _broken(run) if run.state != "invalid" and verdicts.faults(run) else None,
        tag("p", prose(f"Conditions: {verdicts.conditions_line(run)}."), class_="fine"),
    )


def _headline(run: Run) -> Markup:
    return tag("p", prose(verdicts.headline(run)), class_="verdict")


def _alarm(run: Run) -> Markup:
    inside = [tag("h2", NO_VERDICT), _reasons(run), tag("p", INVALID_USE)]
    return tag("section", *inside, class_="alarm", role="alert")


def _broken(run: Run) -> Markup:
    again = "Others of their kind were played in their place." if run.state == "valid" else ""
    inside = [
        tag("h3", f"{verdicts.how_many_broke(run)}."),
        _reasons(run),
        tag("p", again or PARTLY_USE),
    ]
    return tag("section", *inside, class_="broken", role="note")


def _reasons(run: Run) -> Markup:
    items = [tag("li", prose(why)) for why in verdicts.faults(run)]
    first, rest = items[:_FAULTS_AT_ONCE], items[_FAULTS_AT_ONCE:]
    more = tag("details", tag("summary", f"{len(rest)} more"), tag("ul", *rest)) if rest else None
    return join(tag("ul", *first), more)


def _card(run: Run, subject: Subject, goals: list[Judged]) -> Markup:
    pairs = [tag("div", tag("dt", what), tag("dd", value)) for what, value in _told(run, subject)]
    mine = [goal for goal in goals if goal.strategy == subject.name]
    held = tag("p", prose(tally(mine))) if mine and run.state != "invalid" else None
    head = tag("h3", swatch(subject.key), subject.name)
    said = tag("p", prose(subject.summary), class_="about") if subject.summary else None
    told = tag("dl", *pairs) if pairs else None
    return tag("section", head, said, told, held, class_=f"card of-{subject.key}")


def _told(run: Run, subject: Subject) -> list[tuple[str, str]]:
    """The telling figures of the scenarios it was played in, no figure twice."""
    found: dict[str, tuple[str, str]] = {}
    for scenario in run.scenarios:
        for name in scenario.figures[:1]:
            spread = run.spread(scenario.name, subject.name, name)
            if spread and name not in found:
                about = run.figure(name)
                value = middle(spread, about["unit"])
                found[name] = _called(scenario.name, about["text"]), value
    return list(found.values())[:_ON_A_CARD]


def _called(scenario: str, figure: str) -> str:
    return figure if figure.startswith(scenario) else f"{scenario}: {figure}"
