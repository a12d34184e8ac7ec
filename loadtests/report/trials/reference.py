"""`python -m loadtests.report.trials.reference`: write the table of figures into docs/result.md."""

from pathlib import Path

from loadtests.trials.figures import FIGURES

PAGE = Path(__file__).parents[3] / "docs" / "result.md"
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"


def table() -> str:
    """Every figure that a scenario may give, in the order of its registry."""
    lines = ["| figure | what it is | unit | better |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{name}` | {figure['text']} | {figure['unit']} | {figure['better']} |"
        for name, figure in FIGURES.items()
    ]
    return "\n".join(lines) + "\n"


def renewed(page: str) -> str:
    """The page with the table of today between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
