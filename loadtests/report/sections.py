"""What follows the pictures: cache outcomes, phases, environment, how to repeat the run."""

from loadtests.report import units
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.palette import swatch
from loadtests.report.reading import STRATEGIES, Result, at, number, objects, strategy, text, words

_OUTCOMES = {
    "hit": "hit",
    "stale": "stale copy",
    "collapsed": "waited for a load",
    "miss": "loaded",
    "bypass": "not cached (writes)",
}


def by_outcome(result: Result) -> Markup | None:
    """Latency split by what the cache did, as each answer's Cache-Status says."""
    body = []
    for key, label in _OUTCOMES.items():
        cells = [_outcome(result, name, key) for name in STRATEGIES]
        if any(cell != units.UNKNOWN for cell in cells):
            row = [tag("td", prose(cell)) for cell in cells]
            body.append(tag("tr", tag("th", label, scope="row"), *row))
    if not body:
        return None
    heads = [tag("th", swatch(name), name, scope="col") for name in STRATEGIES]
    head = tag("thead", tag("tr", tag("th", "", scope="col"), *heads))
    how = "Requests at the low rate, then their p50 and p99, by the answers' Cache-Status."
    return join(
        tag("h2", "What the cache did"),
        tag("p", how),
        tag("div", tag("table", head, tag("tbody", *body), class_="small"), class_="scroll"),
    )


def _outcome(result: Result, name: str, key: str) -> str:
    figures = at(strategy(result, name), "by_outcome", key)
    requests, p50, p99 = (number(figures, k) for k in ("requests", "p50_ms", "p99_ms"))
    if requests is None or p50 is None or p99 is None:
        return units.UNKNOWN
    return f"{units.count(requests)} · {units.duration(p50)} · {units.duration(p99)}"


def phases(result: Result) -> Markup | None:
    """Every phase in the order in which it ran, folded."""
    found = objects(result, "conditions", "phases")
    if not found:
        return None
    heads = ("phase", "asked", "answered", "dropped", "errors", "late, p99", "generator", "valid")
    row = tag("tr", *(tag("th", head, scope="col") for head in heads))
    body = [_phase(phase) for phase in found]
    inside = tag("table", tag("thead", row), tag("tbody", *body), class_="small")
    return tag(
        "details",
        tag("summary", f"All {units.plural(len(found), 'phase')}, in the order in which they ran"),
        tag("div", inside, class_="scroll"),
    )


def _phase(phase: object) -> Markup:
    shown = [
        (number(phase, "planned"), units.count),
        (number(phase, "answered"), units.count),
        (number(phase, "dropped"), units.count),
        (number(phase, "errors"), units.count),
        (number(phase, "start_lateness_p99_ms"), units.duration),
        (number(phase, "generator_cpu"), units.share),
    ]
    cells = [tag("td", units.UNKNOWN if value is None else show(value)) for value, show in shown]
    why = "; ".join(words(phase, "why")) or "not said why"
    valid = "yes" if at(phase, "valid") is True else f"no: {why}"
    title = ", ".join(text(phase, key, unknown=units.UNKNOWN) for key in ("strategy", "phase"))
    return tag("tr", tag("th", title, scope="row"), *cells, tag("td", valid))


def environment(result: Result) -> Markup:
    """Machine, versions, data, rules, and the command that repeats the run."""
    facts = [
        ("Machine", joined(at(result, "machine"))),
        ("Versions", joined(at(result, "versions"))),
        ("Data", joined(at(result, "dataset"))),
        ("Seed", at(result, "seed")),
        ("Mix", _mix(at(result, "conditions", "mix"))),
        ("Rates", at(result, "rates", "rule")),
        ("Latency", at(result, "conditions", "latency_rule")),
        ("Hit rate", at(result, "conditions", "hit_rate_formula")),
        ("Drops", at(result, "conditions", "drop_rule")),
        ("Took", _took(number(result, "duration_s"))),
    ]
    pairs = [
        join(tag("dt", name), tag("dd", prose(str(value))))
        for name, value in facts
        if value not in (None, "")
    ]
    command = at(result, "command")
    again = join(tag("p", "To repeat it:"), tag("pre", str(command))) if command else None
    return join(
        tag("h2", "Where it ran, and how to repeat it"), again, tag("dl", *pairs, class_="facts")
    )


def joined(facts: object) -> str:
    """Names and values on one line; empty for anything but an object."""
    if not isinstance(facts, dict):
        return ""
    return ", ".join(_fact(key, value) for key, value in facts.items() if value is not None)


def _fact(key: str, value: object) -> str:
    """A name ends in its unit where there is one: memory_gib 23.5 is memory 23.5 GiB."""
    if not isinstance(value, int | float):
        return f"{key} {value}"
    name = key.replace("_", " ")
    return f"{name.removesuffix(' gib')} {value:,}{' GiB' * name.endswith(' gib')}"


def _mix(mix: object) -> str:
    if not isinstance(mix, dict):
        return ""
    known = {key: number(mix, key) for key in mix}
    return ", ".join(f"{key} {100 * part:.3g} %" for key, part in known.items() if part is not None)


def _took(seconds: float | None) -> str:
    return "" if seconds is None else f"{units.three_digits(seconds)} s"
