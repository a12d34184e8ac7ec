"""The head of the page: what was compared, the verdict, a card a strategy, the goals."""

from loadtests.report import units
from loadtests.report.foundations import how_many_broke
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.measures import rate_title
from loadtests.report.palette import swatch
from loadtests.report.reading import ROLES, STRATEGIES, Result, at, number, state, strategy, text
from loadtests.report.verdict import (
    INVALID_USE,
    MARKS,
    NO_VERDICT,
    PARTLY_USE,
    Judged,
    broken_conditions,
    conditions_line,
    headline,
    judged,
    moment,
    tally,
)

_WORDS = {"met": "met", "missed": "missed", "open": "no verdict"}


def title(result: Result, heading: str) -> Markup:
    """The page's heading and what it is a report of."""
    lede = (
        "The same traffic against the same rows under three caching strategies: naive, the "
        "article's before; article, its six fixes; layered, Corral's own. Every figure was "
        "measured in this run, except those marked as the article's."
    )
    facts = [
        moment(result),
        text(result, "machine", "cpu"),
        units.plural(cores, "core") if (cores := number(result, "machine", "cores")) else "",
        "quick run: short phases, wide spread" if at(result, "quick") else "",
    ]
    meta = prose(" · ".join(fact for fact in facts if fact))
    return join(tag("h1", heading), tag("p", lede, class_="lede"), tag("p", meta, class_="meta"))


def verdict(result: Result) -> Markup:
    """The verdict in words, a card a strategy, every goal; an alarm where there is no verdict."""
    held = state(result)
    said = _alarm(result) if held == "invalid" else None
    said = said or tag("p", prose(headline(result)), class_="verdict")
    broken = _broken(result) if held == "partly" else None
    goals = judged(result)
    cards = tag("div", *(_card(result, name, goals) for name in STRATEGIES), class_="cards")
    line = tag("p", prose(f"Conditions: {conditions_line(result)}."), class_="fine")
    return join(said, cards, goals_table(goals) if goals else None, broken, line)


def _alarm(result: Result) -> Markup:
    inside = [tag("h2", NO_VERDICT), _reasons(result), tag("p", INVALID_USE)]
    return tag("section", *inside, class_="alarm", role="alert")


def _broken(result: Result) -> Markup:
    inside = [tag("h3", f"{how_many_broke(result)}."), _reasons(result), tag("p", PARTLY_USE)]
    return tag("section", *inside, class_="broken", role="note")


def _reasons(result: Result) -> Markup:
    return tag("ul", *(tag("li", prose(why)) for why in broken_conditions(result)))


def _card(result: Result, name: str, goals: list[Judged]) -> Markup:
    figures = strategy(result, name)
    shown = [
        ("Cache", number(figures, "cache_bytes"), units.size),
        ("Loads in the stampede", number(figures, "stampede", "loads"), units.count),
        (_mean_label(result), number(figures, "latency_ms_at_high", "mean"), units.duration),
        ("Hit rate, equal budget", number(figures, "hit_rate_equal_budget"), units.share),
    ]
    pairs = [
        tag("div", tag("dt", label), tag("dd", units.UNKNOWN if value is None else show(value)))
        for label, value, show in shown
    ]
    mine = [goal for goal in goals if goal.strategy == name]
    held = tag("p", prose(tally(mine))) if mine and state(result) != "invalid" else None
    head = tag("h3", swatch(name), name, tag("small", ROLES[name]))
    return tag("section", head, tag("dl", *pairs), held, class_=f"card of-{name}")


def _mean_label(result: Result) -> str:
    rate = number(result, "rates", "high")
    return f"Mean at {units.per_second(rate)}" if rate is not None else rate_title(result, "high")


def goals_table(goals: list[Judged]) -> Markup:
    """Every goal with its mark, what was measured and what was wanted."""
    heads = ("", "", "goal", "measured", "the mark")
    head = tag("tr", *(tag("th", head, scope="col") for head in heads))
    body = tag("tbody", *map(_goal, goals))
    return tag("div", tag("table", tag("thead", head), body, class_="goals"), class_="scroll")


def _goal(goal: Judged) -> Markup:
    words = _WORDS[goal.outcome]
    mark = tag("span", MARKS[goal.outcome], class_="mark", role="img", aria_label=words)
    loud = tag("strong", f"{words.capitalize()}: ") if goal.outcome == "missed" else None
    told = goal.outcome == "missed" or goal.cause
    finding = tag("span", prose(goal.finding), class_="finding always" if told else "finding")
    cells = [
        tag("td", mark),
        tag("td", goal.strategy),
        tag("td", loud, prose(goal.text), finding),
        tag("td", goal.measured or units.UNKNOWN),
        tag("td", goal.limit or units.UNKNOWN),
    ]
    return tag("tr", *cells, class_=goal.outcome)
