"""Machine, versions, data, rules, and the command that repeats the run."""

from loadtests.report import units
from loadtests.report.markup import Markup, join, prose, tag
from loadtests.report.reading import Result, at, number, text
from loadtests.report.sections import joined
from loadtests.report.trials.run import Run, Scenario
from loadtests.report.trials.turns import turn_facts

LATENCY = (
    "from the intended start of a request to the last byte of its answer; what failed or was "
    "dropped is no less late than a start may wait for a connection, so figures with that in them "
    "are bounds"
)


def section(run: Run) -> Markup:
    """Where it ran, and how to repeat it."""
    pairs = [join(tag("dt", name), tag("dd", prose(value))) for name, value in facts(run) if value]
    command = at(run.result, "command")
    again = join(tag("p", "To repeat it:"), tag("pre", str(command))) if command else None
    return join(
        tag("h2", "Where it ran, and how to repeat it"), again, tag("dl", *pairs, class_="facts")
    )


def facts(run: Run) -> list[tuple[str, str]]:
    """What the figures depend on, by name; empty where it is not known."""
    result = run.result
    return [
        ("Machine", joined(at(result, "machine"))),
        ("Versions", joined(at(result, "versions"))),
        ("Data", joined(at(result, "dataset"))),
        ("Seed", text(result, "seed")),
        ("Rates", _rates(result)),
        ("Repeats", _repeats(run)),
        *turn_facts(run),
        ("Latency", LATENCY),
        ("Settings", _settings(run)),
        ("Distorted", "; ".join(_distorted(one) for one in run.scenarios if one.distorts)),
        ("Took", _took(number(result, "duration_s"))),
        ("Everything", "each trial and each of its phases is in result.json beside this page"),
    ]


def _rates(result: Result) -> str:
    low, high = number(result, "rates", "low"), number(result, "rates", "high")
    known = [
        f"{name} {units.per_second(rate)}"
        for name, rate in (("low", low), ("high", high))
        if rate is not None
    ]
    rule = text(result, "rates", "rule")
    return f"{', '.join(known)}{f' ({rule})' if rule else ''}" if known else rule


def _repeats(run: Run) -> str:
    if not run.repeats:
        return ""
    order = ", interleaved: there, and back" if len(run.subjects) > 1 and run.repeats > 1 else ""
    return f"{run.repeats}{order}; each on services started anew"


def _settings(run: Run) -> str:
    return "; ".join(
        f"{one.name}: {', '.join(f'{key}={value}' for key, value in one.settings.items())}"
        for one in run.scenarios
        if one.settings
    )


def _distorted(scenario: Scenario) -> str:
    return f"{scenario.name}: {scenario.distorts}"


def _took(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds / 60:.0f} minutes" if seconds >= 600 else f"{units.three_digits(seconds)} s"
