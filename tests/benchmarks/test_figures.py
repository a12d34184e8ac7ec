"""From samples to figures, verdicts, tables and the page."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from benchmarks.contenders import CONTENDERS, CORRAL
from benchmarks.lab import FULL, TINY, Row
from benchmarks.markdown import summary
from benchmarks.measures import Goal, Metric, Sample
from benchmarks.page import BEGIN, END, PAGE, written
from benchmarks.result import SCHEMA, Book, Result
from benchmarks.rows import ROWS
from benchmarks.running import plan
from benchmarks.table import WIDTH, show
from benchmarks.words import short, spread, verdict

REDIS = CONTENDERS[-1]


def row(*metrics: Metric) -> Row:
    """A row that measures nothing by itself."""

    async def nothing(*_: Any) -> Any:
        raise NotImplementedError

    return Row("row", "A row", metrics, nothing)


def line_of(metric: Metric, *samples: Sample | str) -> Any:
    """The line of one metric, Corral having these samples."""
    book, one = Book(), row(metric)
    for sample in samples:
        book.enter(one, CORRAL, {metric.key: sample})
    return book.part(one, [CORRAL, REDIS])["lines"][0]


@pytest.mark.parametrize(
    ("metric", "samples", "said"),
    [
        (Metric("a", "a", "ms", Goal("at_most", 40)), (30, 50, 20), ("30", "20-50", "✓")),
        (Metric("a", "a", "ms", Goal("at_most", 40)), (45, 45), ("45", "", "✗ by 5")),
        (Metric("a", "a", "", Goal("at_most", 1.3), digits=2), (1.5,), ("1.50", "", "✗ by 0.20")),
        (Metric("a", "a"), (1000, 3000), ("2,000", "1,000-3,000", "")),
    ],
)
def test_a_median_is_judged(metric: Metric, samples: Any, said: tuple[str, str, str]) -> None:
    """A goal is met by the median; the spread stands beside it."""
    line = line_of(metric, *map(Sample, samples))
    figure = line["figures"]["corral"]
    assert said == (short(line, figure), spread(line, figure), verdict(line, figure))


@pytest.mark.parametrize(
    ("goal", "samples", "said"),
    [
        (Goal("all"), [Sample(1, 1), Sample(1, 1)], ("2 of 2", "✓")),
        (Goal("all"), [Sample(1, 1), Sample(0, 1)], ("1 of 2", "✗ by 1")),
        (Goal("at_most", 0), [Sample(0, 2000), Sample(1, 2000)], ("1 of 4,000", "✗ by 1")),
        (Goal("above", 0), [Sample(0, 200), Sample(3, 200)], ("3 of 400", "✓")),
    ],
)
def test_a_sum_is_judged(goal: Goal, samples: list[Sample], said: tuple[str, str]) -> None:
    """What is counted over all rounds is added up."""
    line = line_of(Metric("a", "a", "", goal, "sum"), *samples)
    figure = line["figures"]["corral"]
    assert said == (short(line, figure), verdict(line, figure))


def test_what_nobody_waited_for_is_a_bound() -> None:
    """A median that is the patience of the benchmark says so."""
    late = Sample(8000, bound=True)
    line = line_of(Metric("a", "a", "ms"), late, late, Sample(20))
    assert "> 8,000" == short(line, line["figures"]["corral"])
    assert "20" == short(line, line_of(Metric("a", "a"), Sample(20))["figures"]["corral"])


def test_a_missing_figure_has_its_reason() -> None:
    """A dash, and the words of the side."""
    figure = line_of(Metric("a", "a"), "no such thing")["figures"]["corral"]
    assert (None, "no such thing") == (figure["value"], figure["missing"])


def test_sides_take_turns() -> None:
    """Every other round runs backwards, and Corral's repeats lie between the others."""
    herd = ROWS[0]
    order = [contender.key for number, contender in plan(herd, CONTENDERS, FULL) if number == 0]
    assert 4 == order.count("corral")
    assert "corral corral" not in " ".join(order)
    back = [contender.key for number, contender in plan(herd, CONTENDERS, FULL) if number == 1]
    assert order[::-1] == back
    assert {0} == {number for number, _ in plan(herd, CONTENDERS, TINY)}


@pytest.fixture
def result() -> Result:
    """A run of every row, in which everything took about 16."""
    book = Book()
    for one in ROWS:
        for contender in CONTENDERS:
            for metric in one.metrics:
                of = 100 if metric.fold == "sum" else 0
                for value in (11.1, 22.2):
                    book.enter(one, contender, {metric.key: Sample(value, of)})
    return {
        "schema": SCHEMA, "command": "make bench", "date": "today", "commit": "abc",
        "machine": {"cpu": "A CPU"}, "server": "valkey 9", "rounds": 5, "is_quick": False,
        "seconds": 600.0, "late_ms": 1.0, "versions": {"corral": {"redis": "8.1.0"}},
        "titles": {contender.key: contender.title for contender in CONTENDERS},
        "briefs": {contender.key: contender.brief or "redis-py" for contender in CONTENDERS},
        "narrow": [contender.key for contender in CONTENDERS if contender.is_narrow],
        "parts": [book.part(one, CONTENDERS) for one in ROWS],
    }  # fmt: skip


def test_the_table_fits_a_terminal(result: Result) -> None:
    """A hundred columns, with nothing cut off."""
    screen = io.StringIO()
    show(result, Console(file=screen, width=WIDTH))
    lines = screen.getvalue().splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert "…" not in screen.getvalue()
    assert [one.title for one in ROWS] == [line for line in lines if line in _titles()]


def _titles() -> set[str]:
    return {one.title for one in ROWS}


def test_the_page_takes_the_figures(result: Result) -> None:
    """Words round the markers stay; what stood between them goes."""
    once = written(f"Before\n\n{BEGIN}\n{END}\n\nAfter\n", result)
    assert once == written(once, json.loads(json.dumps(result)))
    assert once.startswith(f"Before\n\n{BEGIN}\n\n- **Machine**")
    assert once.endswith(f"\n\n{END}\n\nAfter\n")
    assert summary(result) in once
    with pytest.raises(ValueError, match="the page needs"):
        written("nothing", result)


def test_the_page_has_its_markers() -> None:
    """`python -m benchmarks.page` has a place to write to."""
    page = PAGE.read_text(encoding="utf-8")
    assert page.index(BEGIN) < page.index(END)
