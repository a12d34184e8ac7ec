"""A run as Markdown, to paste."""

from collections.abc import Iterator, Sequence

from loadtests.peers.cells import how, left_out, tables
from loadtests.peers.result import Result
from loadtests.peers.verdicts import figure, limit, mark, undecided


def summary(result: Result) -> str:
    """The whole page."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Result) -> Iterator[str]:
    machine = result["machine"]
    yield "# Corral's patterns beside other libraries"
    yield ""
    yield f"`{result['command']}`, {result['created_at']}, {result['duration_s'] / 60:.0f} minutes."
    yield (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['kernel']}, Python {machine['python']}."
    )
    for table in tables(result):
        yield from ("", f"## {table.title}", "")
        yield from _table(table.columns, table.rows)
        yield from ("", table.note)
    yield from ("", "## Goals", "")
    yield from _goals(result)
    yield ""
    for line in undecided(result):
        yield f"- {line}"
    for sentence in how(result):
        yield f"- {sentence}"
    for line in left_out(result):
        yield f"- Not measured: {line}"


def _goals(result: Result) -> Iterator[str]:
    columns = ("", "work", "measured", "goal", "best seen elsewhere")
    rows = [
        (mark(goal), goal["title"], figure(goal), limit(goal), goal["elsewhere"])
        for goal in result["goals"]
    ]
    return _table(columns, rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
