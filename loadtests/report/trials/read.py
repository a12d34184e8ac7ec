"""From a `corral.trials/1` file to a `Run`: whatever is null or absent is left out."""

from typing import Any

from loadtests.report.reading import Result, at, number, objects, text, words
from loadtests.report.trials.run import TABLES, Run, Scenario, Subject, Trial
from loadtests.trials.schema import End, Figure, Spread

ENDS: tuple[End, ...] = ("median", "least", "most")


def read(result: Result) -> Run:
    """The run in a file that was read as JSON."""
    trials = [_trial(one) for one in objects(result, "trials")]
    played_in: dict[tuple[str, str], list[Trial]] = {}
    for one in trials:
        played_in.setdefault((one.scenario, one.subject), []).append(one)
    return Run(
        result=result,
        subjects=[_subject(one, place) for place, one in enumerate(objects(result, "subjects"))],
        scenarios=[_scenario(one) for one in objects(result, "scenarios")],
        figures={name: _figure(one, name) for name, one in _pairs(at(result, "figures"))},
        trials=trials,
        played_in=played_in,
        spreads=_spreads(result),
    )


def _subject(found: dict[str, Any], place: int) -> Subject:
    return Subject(
        key=f"s{place}",
        name=text(found, "name", unknown=f"subject {place + 1}"),
        summary=text(found, "summary"),
        base=text(found, "base"),
        changes={name: str(value) for name, value in _pairs(at(found, "changes"))},
        symptom=text(found, "symptom"),
        scenario=text(found, "scenario"),
        figure=text(found, "figure"),
    )


def _scenario(found: dict[str, Any]) -> Scenario:
    table = text(found, "table")
    return Scenario(
        name=text(found, "name", unknown="a scenario without a name"),
        summary=text(found, "summary"),
        symptom=text(found, "symptom"),
        table=table if table in TABLES else "steady",
        figures=words(found, "figures"),
        rates=words(found, "rates"),
        settings=dict(_pairs(at(found, "settings"))),
        distorts=text(found, "distorts"),
    )


def _figure(found: Any, name: str) -> Figure:
    better = text(found, "better")
    return Figure(
        text=text(found, "text", unknown=name.replace("_", " ")),
        unit=text(found, "unit"),
        better="lower" if better == "lower" else "higher" if better == "higher" else "neither",
    )


def _trial(found: dict[str, Any]) -> Trial:
    figures = {name: number(found, "figures", name) for name, _ in _pairs(at(found, "figures"))}
    drawing = at(found, "drawing")
    valid = at(found, "valid") is True
    return Trial(
        subject=text(found, "subject"),
        scenario=text(found, "scenario"),
        repeat=int(number(found, "repeat") or 0),
        figures={name: value for name, value in figures.items() if value is not None},
        unknown={name: str(why) for name, why in _pairs(at(found, "unknown")) if why},
        by_outcome={
            name: row for name, one in _pairs(at(found, "by_outcome")) if (row := _row(one))
        },
        drawing=drawing if isinstance(drawing, dict) else {},
        phases=objects(found, "phases"),
        valid=valid,
        why=[] if valid else words(found, "why") or ["it does not say that it kept its conditions"],
    )


def _row(found: Any) -> tuple[float, float, float] | None:
    if not isinstance(found, list | tuple) or len(found) < 3:
        return None
    cells = [number({"cell": cell}, "cell") for cell in found[:3]]
    requests, p50, p99 = cells
    return None if requests is None or p50 is None or p99 is None else (requests, p50, p99)


def _spreads(result: Result) -> dict[tuple[str, str, str], Spread]:
    return {
        (scenario, subject, figure): spread
        for scenario, subjects in _pairs(at(result, "summary"))
        for subject, figures in _pairs(subjects)
        for figure, found in _pairs(figures)
        if (spread := _spread(found))
    }


def _spread(found: Any) -> Spread | None:
    median, valid = number(found, "median"), number(found, "valid")
    least, most = number(found, "least"), number(found, "most")
    if median is None or least is None or most is None or not valid:
        return None
    spread = Spread(
        median=median,
        least=least,
        most=most,
        valid=int(valid),
        of=int(number(found, "of") or valid),
    )
    bounds = words(found, "at_least")
    if known := [end for end in ENDS if end in bounds]:
        spread["at_least"] = known
    return spread


def _pairs(found: Any) -> list[tuple[str, Any]]:
    return list(found.items()) if isinstance(found, dict) else []
