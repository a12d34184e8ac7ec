"""The statistics as tables of at most 100 columns."""

from rich.console import Console
from rich.table import Table

from service.demo.accounts import PASSWORD
from service.seeding.figures import Figure, Statistics
from service.seeding.people import DEMO_HANDLES

WIDTH = 100
SIGN_IN = (
    f"sign in, unless in production, as {', '.join(DEMO_HANDLES)} with the password",
    PASSWORD,
)


def show(statistics: Statistics, console: Console) -> None:
    """Print counts, figures beside published ones, notes, and the fan-out table."""
    width = min(WIDTH, console.width)
    counts = statistics.counts
    console.print(
        f"{statistics.source}, seed {statistics.seed}: {counts.users:,} users, "
        f"{counts.posts:,} posts, {counts.comments:,} comments, {counts.votes:,} votes, "
        f"{counts.follows:,} follows, {counts.reactions:,} reactions in {statistics.took_s:.1f} s",
        highlight=False,
        width=width,
    )
    console.print(_figures(statistics), width=width)
    console.print(_fan_out(statistics), width=width)
    for what, number in (*statistics.notes, SIGN_IN):
        console.print(f"- {what}: {number}", highlight=False, width=width)


def _figures(statistics: Statistics) -> Table:
    table = Table(title="What was loaded, and what is published", title_justify="left")
    table.add_column("figure")
    table.add_column("here", justify="right")
    table.add_column("published", justify="right")
    table.add_column("of")
    table.add_column("close")
    for figure in statistics.figures:
        close = {True: "yes", False: "no", None: ""}[figure.is_close]
        published = figure.published
        table.add_row(published.name, _shown(figure), published.shown, published.origin, close)
    return table


def _fan_out(statistics: Statistics) -> Table:
    table = Table(
        title="Home feeds: push to followers, pull authors with more followers than a threshold",
        title_justify="left",
    )
    for heading in (
        "pull above",
        "authors pulled",
        "fan-out writes avoided",
        "pulled authors per reader, mean / max",
        "largest push left",
    ):
        table.add_column(heading, justify="right")
    for row in statistics.fan_out:
        table.add_row(
            f"{row.threshold:,}",
            f"{row.authors_pulled:,}",
            f"{100 * row.writes_avoided:.0f} %",
            f"{row.pulled_per_reader:.2f} / {row.pulled_per_reader_max:,}",
            f"{row.largest_push:,}",
        )
    return table


def _shown(figure: Figure) -> str:
    value = figure.value
    if figure.published.shown.endswith("%"):
        return f"{100 * value:.0f} %"
    return f"{value:,.0f}" if value == int(value) else f"{value:.2f}"
