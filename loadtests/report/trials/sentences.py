"""What a picture shows, said in a sentence made of the same figures."""

from collections.abc import Sequence

from loadtests.report import units
from loadtests.report.reading import numeric_rows, rows
from loadtests.report.stampede import concurrency
from loadtests.report.trials.names import listed
from loadtests.report.trials.run import Run, Scenario, Trial

_SAID_AT_MOST = 5


def stampede(run: Run, scenario: Scenario, trials: Sequence[Trial]) -> str:
    """As in: layered: 1 load, 500 answers within 190 ms; naive: 500 loads, the last after 21 s."""
    parts = [f"{trial.subject}: {_loads_and_answers(trial)}" for trial in trials]
    order = sorted(range(len(parts)), key=lambda place: _loads(trials[place]))
    shown = [parts[place] for place in order]
    if len(shown) > _SAID_AT_MOST:
        left = len(shown) - _SAID_AT_MOST + 1
        shown = [*shown[: _SAID_AT_MOST // 2], f"{left} others between", *shown[-2:]]
    return f"{'; '.join(shown)}."


def one_stampede(trial: Trial) -> str:
    """What became of one subject's readers."""
    loads = numeric_rows(trial.drawing, "loads_timeline", width=2)
    peak = max((running for _, running in concurrency(loads)), default=0)
    at_once = f", {units.count(peak)} at once" if len(loads) > 1 else ""
    working = sum(end - start for start, end in loads)
    spent = f" Loading took {units.duration(working)} in sum." if working else ""
    said = _loads_and_answers(trial)
    return f"{said[:1].upper()}{said[1:]}{at_once}.{spent}"


def _loads_and_answers(trial: Trial) -> str:
    loads = _loads(trial)
    ends = [(row[1], row[0], row[2]) for row in rows(trial.drawing, "timeline", width=3)]
    took = [end - start for end, start, kind in ends if kind != "error"]
    failed = sum(kind == "error" for _, _, kind in ends)
    answered = (
        f"{units.plural(len(took), 'answer')} within {units.duration(max(took))}"
        if took
        else "no answer"
    )
    lost = f", {units.count(failed)} failed" if failed else ""
    return f"{units.plural(loads, 'load') if loads else 'no load'}, {answered}{lost}"


def _loads(trial: Trial) -> int:
    return len(numeric_rows(trial.drawing, "loads_timeline", width=2))


def worst_moments(found: Sequence[tuple[str, list[list[float]]]]) -> str:
    """Of series [second, p50, p99]: whose worst tenth of a second was the best and the worst."""
    worst = sorted((max(series, key=lambda row: row[2]), name) for name, series in found)
    worst.sort(key=lambda one: one[0][2])
    parts = [
        f"with {name} a p99 of {units.duration(row[2])}, {units.three_digits(row[0])} s in"
        for row, name in (worst[0], worst[-1])
    ]
    return f"The worst moment was {listed(list(dict.fromkeys(parts)))}."


def tails(found: Sequence[tuple[str, float | None, float | None]]) -> str:
    """Of (name, p50, p99): the tail of each, the shortest first."""
    known = sorted((p99, name, p50) for name, p50, p99 in found if p99 is not None)
    if not known:
        return "Too few answers to tell one in a hundred."
    parts = [f"{units.duration(p99)} with {name}" for p99, name, _ in known]
    return f"One answer in a hundred takes longer than {listed(parts, 6)}."


def memory(name: str, totals: Sequence[tuple[float, float]], largest: str) -> str:
    """How much at its end and at most, and which prefix holds the most of it."""
    end, most = totals[-1][1], max(value for _, value in totals)
    peak = "" if most <= end * 1.02 else f", {units.size(most)} at most"
    return f"{name}: {units.size(end)} at the end{peak}, most of it {largest}."
