"""Numbers given as options: what is none, or makes no sense there, is told and not used."""

from argparse import ArgumentTypeError
from collections.abc import Callable

import pytest

from loadtests.commands.main import main
from loadtests.commands.numbers import at_least_one, dollars, rate_per_s, share

NONE = ["abc", "", "nan", "inf", "-inf", "-1"]


@pytest.mark.parametrize("text", [*NONE, "0", "1.5"])
def test_a_count_is_a_whole_number_of_one_or_more(text: str) -> None:
    """Anything else is named, with what to give."""
    with pytest.raises(ArgumentTypeError, match="give a whole number, 1 or more"):
        at_least_one(text)


@pytest.mark.parametrize("text", [*NONE, "0"])
def test_a_rate_is_above_nothing_and_has_an_end(text: str) -> None:
    """At an infinite rate the second request never comes after the first."""
    with pytest.raises(ArgumentTypeError, match="give requests a second, more than 0"):
        rate_per_s(text)


@pytest.mark.parametrize("text", NONE)
def test_a_price_is_dollars(text: str) -> None:
    """Nothing may be free, but not cheaper."""
    with pytest.raises(ArgumentTypeError, match="give dollars, 0 or more"):
        dollars(text)


@pytest.mark.parametrize("text", [*NONE, "1", "100%", "%", "abc%"])
def test_a_share_is_a_part_of_one(text: str) -> None:
    """Written as a fraction or in per cent."""
    with pytest.raises(ArgumentTypeError, match=r"give 0\.05 or 5%"):
        share(text)


@pytest.mark.parametrize(
    ("read", "text", "number"),
    [(at_least_one, "3", 3), (rate_per_s, "0.5", 0.5), (dollars, "0", 0.0), (share, "5%", 0.05)],
)
def test_what_makes_sense_is_read(read: Callable[[str], float], text: str, number: float) -> None:
    """As the number it is."""
    assert number == read(text)


@pytest.mark.parametrize(
    "arguments",
    [
        ["ladder", "--rate", "inf"],
        ["run", "--rate", "abc"],
        ["ladder", "--price", "nan"],
        ["ladder", "--warm", "x"],
        ["demo", "--parent", "0"],
        ["compare", "a", "b", "--least-change", "abc"],
    ],
)
def test_each_command_says_what_to_give(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, and ends as a command used wrongly does."""
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "give" in capsys.readouterr().err.splitlines()[-1]
