"""The before/after table as data: terminal, Markdown and HTML print the same cells."""

from dataclasses import dataclass, field

CLAIM_NOTE = (
    "The article's own figures for its own system, quoted as it gives them. Nothing here "
    "measured them."
)


@dataclass(frozen=True)
class Cell:
    """Text and the footnotes it refers to."""

    text: str
    notes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Row:
    """One measure: a cell a strategy, naive to layered, and the article's own claim."""

    label: Cell
    cells: tuple[Cell, ...]
    change: str
    worse: bool
    claim: str


@dataclass(frozen=True)
class Section:
    """Rows that belong together."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Table:
    """Everything to print; footnote n is `notes[n - 1]`."""

    sections: tuple[Section, ...]
    notes: tuple[str, ...]


@dataclass
class Notes:
    """Hands out footnote numbers in the order of first use, the same text once."""

    texts: list[str] = field(default_factory=list)

    def mark(self, text: str) -> int:
        """The number of this footnote."""
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1
