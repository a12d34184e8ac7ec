"""The table on a terminal."""

import pytest

from loadtests.report.terminal import NARROW

from .drawing import flat, terminal
from .made_up import Change, drawn, invalid, missed, partly


@pytest.mark.parametrize("change", [None, invalid, partly, missed])
@pytest.mark.parametrize("columns", [60, 80, 100, 200])
def test_no_line_is_wider_than_a_hundred_columns(columns: int, change: Change) -> None:
    """Nor wider than the console."""
    lines = terminal(drawn(change), columns).splitlines()
    assert max(map(len, lines)) <= min(columns, 100)


@pytest.mark.parametrize("columns", [80, 100])
def test_no_figure_is_cut(columns: int) -> None:
    """The table has room for its figures on an ordinary terminal too."""
    text = terminal(drawn(), columns)
    assert "…" not in text
    for figure in ("$12,000", "58.4 MiB", "+62.0 pts", "÷ 474"):
        assert figure in text


def test_a_narrow_terminal_still_gets_the_claims() -> None:
    """Below 100 columns the article's figures stand under the table."""
    text = flat(terminal(drawn(), 80))
    assert f"The article said ({NARROW}): bytes 32 GB → 9 GB (28 %)" in text


def test_markup_in_a_text_is_printed_as_it_is() -> None:
    """Square brackets of a goal are not rich's."""
    result = drawn()
    result["goals"][0]["text"] = "naive: [bold]loud[/bold] [/]"
    assert "[bold]loud[/bold] [/]" in terminal(result)
