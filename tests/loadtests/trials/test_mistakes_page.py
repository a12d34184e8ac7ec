"""docs/mistakes.md says of every mistake what the code says."""

import os
import re
from pathlib import Path

from loadtests.commands.mistakes import wrong
from loadtests.scenarios import SCENARIOS
from loadtests.trials.figures import FIGURES
from loadtests.trials.offer import offered
from loadtests.trials.subject import Subject

PAGE = Path(__file__).parents[3] / "docs" / "mistakes.md"
TEST = re.compile(r"\[`(test_\w+)`\]\(([^)]+)\)")


def rows() -> list[list[str]]:
    """The cells of the page's table."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words(mistake: Subject) -> list[str]:
    """Name, change, symptom, and scenario with the figure that tells."""
    scenario = SCENARIOS[mistake.scenario]
    figure = FIGURES[mistake.figure or scenario.figures[0]]["text"]
    changed = ", ".join(f"`{field}={piece}`" for field, piece in mistake.changes.items())
    name = mistake.name.removeprefix("layered.")
    return [f"`{name}`", changed, mistake.symptom, f"{scenario.name}: {figure}"]


async def test_the_page_is_the_codes() -> None:
    """Every mistake, in its order."""
    mistakes = [one for one in wrong([])(await offered(os.environ)) if one.scenario]
    assert [words(one) for one in mistakes] == [[*row[:3], row[4]] for row in rows()]


def test_every_test_it_names_is_there() -> None:
    """In the file that the link leads to; and no mistake is without one."""
    for row in rows():
        link = TEST.fullmatch(row[3])
        assert link is not None, row
        assert f"def {link[1]}(" in (PAGE.parent / link[2]).read_text(), row
