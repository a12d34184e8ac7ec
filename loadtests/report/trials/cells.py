"""One measured figure as a cell: the median, from the least to the most, and what to know of it."""

from dataclasses import dataclass

from loadtests.report.showing import ends, middle, shown
from loadtests.report.table import Notes
from loadtests.report.trials.run import Run, Scenario, Subject, Trial
from loadtests.report.units import UNKNOWN
from loadtests.trials.schema import Spread

# How good a cache is shows in work and latency; a hit rate alone misleads, so it stands last.
LAST = ("hit_rate", "stale_rate")
# A scenario need not list these: where there are any, they are shown.
NEVER = "never"  # as in the reason "never expires: its entry has no TTL"
_SHOWN_IF_ANY = ("errors", "dropped")


@dataclass(frozen=True)
class Measured:
    """`text` is the median; `spread` from the least to the most, empty for one repeat."""

    text: str
    spread: str = ""
    notes: tuple[int, ...] = ()

    @property
    def bare(self) -> str:
        """The spread without its unit, where the median above it has the same."""
        _, space, unit = self.text.partition(" ")
        return self.spread.removesuffix(f" {unit}") if space else self.spread


@dataclass(frozen=True)
class Line:
    """One subject in one scenario: a cell a figure, and how many of its repeats were valid."""

    subject: Subject
    cells: tuple[Measured, ...]
    valid: int
    of: int


@dataclass(frozen=True)
class Grid:
    """One scenario: which figures, and a line a subject."""

    scenario: Scenario
    figures: tuple[str, ...]
    heads: tuple[str, ...]
    lines: tuple[Line, ...]


def grid(run: Run, scenario: Scenario, notes: Notes) -> Grid:
    """The table of a scenario; its footnotes are added to `notes`."""
    figures = columns(run, scenario)
    lines = []
    for subject in run.played(scenario.name):
        trials = run.repeats_of(scenario.name, subject.name)
        cells = tuple(cell(run, scenario, subject, figure, notes) for figure in figures)
        lines.append(Line(subject, cells, *_valid_of(trials)))
    heads = tuple(run.figure(name)["text"] for name in figures)
    return Grid(scenario, figures, heads, tuple(lines))


def columns(run: Run, scenario: Scenario) -> tuple[str, ...]:
    """The scenario's figures in its order, the hit rate behind everything else."""
    listed = list(scenario.figures)
    listed += [
        name
        for name in _SHOWN_IF_ANY
        if name not in listed and any(_most(run, scenario, one, name) for one in run.subjects)
    ]
    last = [name for name in LAST if name in listed]
    return tuple([name for name in listed if name not in LAST] + last)


def cell(run: Run, scenario: Scenario, subject: Subject, name: str, notes: Notes) -> Measured:
    """The figure, or an en dash with the reason."""
    spread = run.spread(scenario.name, subject.name, name)
    trials = run.repeats_of(scenario.name, subject.name)
    unit = run.figure(name)["unit"]
    if spread is None:
        mark = notes.mark(_why_unknown(trials, name))
        return Measured(median_text(run, scenario, subject, name), notes=(mark,))
    marks = [notes.mark(why) for why in _partly(trials, name, spread)]
    text = median_text(run, scenario, subject, name)
    return Measured(text, spread_text(spread, unit), tuple(marks))


def median_text(
    run: Run, scenario: Scenario, subject: Subject, name: str, scale: float = 1.0, unit: str = ""
) -> str:
    """The median; in brackets where no repeat was valid, for no verdict rests on that."""
    unit = unit or run.figure(name)["unit"]
    if spread := run.spread(scenario.name, subject.name, name):
        return middle(spread, unit, scale=scale)
    if any(_never(trial, name) for trial in run.repeats_of(scenario.name, subject.name)):
        return NEVER
    seen = run.unsound(scenario.name, subject.name, name)
    return UNKNOWN if seen is None else f"({shown(seen * scale, unit)})"


def _never(trial: Trial, name: str) -> bool:
    """Whether what the figure is of cannot happen: an answer, and not a gap in what is known."""
    return trial.unknown.get(name, "").startswith(NEVER)


def spread_text(spread: Spread, unit: str) -> str:
    """From the least to the most; nothing where one repeat has none."""
    return ends(spread, unit) if spread["valid"] > 1 else ""


def _most(run: Run, scenario: Scenario, subject: Subject, name: str) -> float:
    spread = run.spread(scenario.name, subject.name, name)
    return spread["most"] if spread else 0.0


def _valid_of(trials: list[Trial]) -> tuple[int, int]:
    """Repeats with a valid trial, and all of them: one that was played again is still one."""
    valid = {one.repeat for one in trials if one.valid}
    return len(valid), len({one.repeat for one in trials})


def _why_unknown(trials: list[Trial], name: str) -> str:
    said = [trial.unknown[name] for trial in trials if name in trial.unknown]
    if said:
        return _sentence(said[0])
    if trials and not any(trial.valid for trial in trials):
        return "No valid repeat: each broke its conditions, as listed, so this proves nothing."
    return "Not measured in this scenario." if trials else "Not played."


def _partly(trials: list[Trial], name: str, spread: Spread) -> list[str]:
    """Where a figure comes from fewer repeats than were valid."""
    valid = sum(trial.valid for trial in trials)
    if spread["valid"] >= valid:
        return []
    said = [trial.unknown[name] for trial in trials if name in trial.unknown]
    why = f" {_sentence(said[0])}" if said else ""
    return [f"Known in {spread['valid']} of {valid} valid repeats.{why}"]


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
