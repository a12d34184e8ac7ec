"""Live progress: what runs, how fast, how slow the slowest, how long it will take."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column

from loadtests.generator import Moment

PLAIN_EVERY_S = 5.0
TITLE = 44  # with all else on its line 96 columns; what is longer is cut
IMAGINED_SHARE = 0.5  # of the whole plan


class Show(Protocol):
    """What a run tells about itself."""

    def begin(self, title: str, expected_s: float) -> None:
        """A step begins that should take so long."""

    def moment(self, moment: Moment) -> None:
        """How the step is doing."""

    def end(self) -> None:
        """The step is over."""

    def more(self, expected_s: float) -> None:
        """There is more to do than was planned."""


class Forecast:
    """Time left: what is still planned, stretched as the finished steps were.

    The first steps are short and cold: they count beside an imagined one that took as planned.
    """

    def __init__(self, total_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.total_s = total_s
        self._done_s = 0.0
        self._step_s = 0.0
        self._clock = clock
        self._began = self._step_began = clock()

    def begin(self, expected_s: float) -> None:
        """A step of this expected length begins."""
        self._step_s, self._step_began = expected_s, self._clock()

    def more(self, expected_s: float) -> None:
        """There is so much more to do."""
        self.total_s += expected_s

    def end(self) -> None:
        """The step is over, however long it took."""
        self._done_s, self._step_s = min(self._done_s + self._step_s, self.total_s), 0.0

    @property
    def passed_s(self) -> float:
        """Planned seconds that are behind us."""
        return self._done_s + min(self._clock() - self._step_began, self._step_s)

    @property
    def left_s(self) -> float:
        """Seconds to come."""
        imagined_s = IMAGINED_SHARE * self.total_s
        took_s = self._step_began - self._began if self._done_s else 0.0
        stretch = (took_s + imagined_s) / (self._done_s + imagined_s)
        return max(self.total_s - self.passed_s, 0.0) * stretch


class Bar:
    """A line that changes in place."""

    def __init__(self, progress: Progress, forecast: Forecast) -> None:
        self._progress = progress
        self._forecast = forecast
        self._task = progress.add_task("starting", total=forecast.total_s, said="", left="")

    def begin(self, title: str, expected_s: float) -> None:
        """Show the step."""
        self._forecast.begin(expected_s)
        self._update(description=title, said="")

    def moment(self, moment: Moment) -> None:
        """Show rate and p99."""
        self._update(said=_said(moment))

    def end(self) -> None:
        """Move the bar on."""
        self._forecast.end()
        self._update()

    def more(self, expected_s: float) -> None:
        """Move its end away."""
        self._forecast.more(expected_s)
        self._update()

    def _update(self, **fields: str) -> None:
        self._progress.update(
            self._task,
            total=self._forecast.total_s,
            completed=self._forecast.passed_s,
            left=in_words(self._forecast.left_s),
            **fields,  # type: ignore[arg-type]
        )


class Lines:
    """Plain lines, for logs and pipes."""

    def __init__(self, console: Console, forecast: Forecast) -> None:
        self._console = console
        self._forecast = forecast
        self._title = ""
        self._said_at = 0.0

    def begin(self, title: str, expected_s: float) -> None:
        """Say which step."""
        self._forecast.begin(expected_s)
        self._title, self._said_at = title, time.monotonic()
        self._console.print(f"{title} ({in_words(self._forecast.left_s)})", highlight=False)

    def moment(self, moment: Moment) -> None:
        """Say rate and p99 now and then."""
        if time.monotonic() - self._said_at > PLAIN_EVERY_S:
            self._said_at = time.monotonic()
            self._console.print(f"{self._title}: {_said(moment)}", highlight=False)

    def end(self) -> None:
        """Nothing to say."""
        self._forecast.end()

    def more(self, expected_s: float) -> None:
        """Nothing to say."""
        self._forecast.more(expected_s)


@contextmanager
def showing(console: Console, total_s: float) -> Iterator[Show]:
    """A bar on a terminal, lines anywhere else."""
    if not console.is_terminal:
        yield Lines(console, Forecast(total_s))
        return
    columns = (
        TextColumn("{task.description}", table_column=Column(width=TITLE, no_wrap=True)),
        BarColumn(bar_width=14),
        TextColumn("{task.fields[left]:>14}"),
        TextColumn("{task.fields[said]}", table_column=Column(min_width=20, no_wrap=True)),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress, Forecast(total_s))


def in_words(left_s: float) -> str:
    """Time left, no finer than anybody wants to know."""
    if left_s < 100:
        return f"{left_s:.0f} s left"
    minutes = round(left_s / 60)
    return f"{minutes} min left" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min left"


def _said(moment: Moment) -> str:
    return f"{moment['rate_per_s']:.0f}/s, p99 {moment['p99_ms']:.0f} ms"
