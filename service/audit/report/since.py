"""The lines for budgets and for what is different from an earlier report."""

from collections.abc import Iterator

from ..findings.finding import amount
from .schema import BudgetRow, ChangeRow, Report

MOST_CHANGES = 15


def lines_of(report: Report) -> Iterator[str]:
    """One line each, as wide as they come."""
    baseline = report["baseline"]
    if baseline is not None:
        changes, why = baseline["changes"], baseline["not_compared"]
        said = f"not compared: {why}" if why else f"{len(changes):,} patterns changed"
        yield f"since {baseline['made_at']}: {said}"
        yield from map(_change, changes[:MOST_CHANGES])
        if len(changes) > MOST_CHANGES:
            yield f"and {len(changes) - MOST_CHANGES:,} more (see --json)"
    yield from map(_budget, report["budgets"])


def _change(row: ChangeRow) -> str:
    keys = f"{row['keys_before']:,} to {row['keys']:,} keys"
    if row["bytes"] is None or row["bytes_before"] is None:
        return f"{row['change']}  {row['pattern']}: {keys}"
    sizes = f"{amount(row['bytes_before'])} to {amount(row['bytes'])}"
    return f"{row['change']}  {row['pattern']}: {keys}, {sizes}"


def _budget(row: BudgetRow) -> str:
    is_size = row["budget"].startswith("max-bytes")
    limit, value = (
        "?" if number is None else amount(number) if is_size else f"{number:.1%}"
        for number in (row["limit"], row["value"])
    )
    why = f" ({row['why']})" if row["why"] else ""
    return f"budget {row['verdict']}  {row['budget']} {limit}: it is {value}{why}"
