"""Reads the fenced blocks and links of a Markdown file, and the command lines in a block."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^( *)(```+|~~~+)\s*(\S*)")
OPERATORS = re.compile(r"""&&|\|\||[&|;]|(?:'[^']*'|"[^"]*"|[^'"&|;])+""")
LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]*\ssrc=\"([^\"]+)\"")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, its language, and what is inside."""

    place: str
    language: str
    text: str


@dataclass(frozen=True)
class Line:
    """A command line, the comment after it, and what the page shows as its output."""

    command: str
    comment: str = ""
    output: tuple[str, ...] = ()


def blocks_of(path: Path) -> Iterator[Block]:
    """Every fenced block, in order. Raises ValueError for one that is never closed."""
    lines = iter(enumerate(path.read_text().splitlines(), start=1))
    for number, line in lines:
        opening = FENCE.match(line)
        if not opening:
            continue
        indent, fence, language = opening.groups()
        inside: list[str] = []
        for _, text in lines:
            if text.strip() == fence:
                break
            inside.append(text.removeprefix(indent))
        else:
            raise ValueError(f"{path.name}:{number}: this block is never closed")
        yield Block(f"{path.name}:{number}", language, "\n".join(inside) + "\n")


def commands_of(block: Block) -> Iterator[Line]:
    """The command lines of an `sh` block, or those after `$ ` with their output in `console`."""
    text = re.sub(r"\s*\\\n\s*", " ", block.text)
    if block.language == "sh":
        parts = text.splitlines()
    else:
        parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    for part in parts:
        first, *output = part.splitlines() or [""]
        command, comment = _split_comment(first)
        if command:
            yield Line(command, comment, tuple(output))


def pipelines_of(command: str) -> Iterator[list[str]]:
    """What `&&` and `;` separate, each cut at its pipes. Raises ValueError for a stray `&`."""
    pipeline = [""]
    for part in OPERATORS.findall(command.removesuffix(" &")):
        if part in {"&&", ";"}:
            yield pipeline
            pipeline = [""]
        elif part == "|":
            pipeline.append("")
        elif part in {"&", "||"}:
            raise ValueError(f"an unquoted {part}")
        else:
            pipeline[-1] += part.strip()
    yield pipeline


def _split_comment(line: str) -> tuple[str, str]:
    quote = ""
    for place, letter in enumerate(line):
        if quote or letter in "'\"":
            quote = "" if letter == quote else quote or letter
        elif letter == "#" and (place == 0 or line[place - 1] == " "):
            return line[:place].strip(), line[place + 1 :].strip()
    return line.strip(), ""


def dead_links(path: Path) -> Iterator[str]:
    """Links to files, and to headings in pages, that are not there; fenced blocks left out."""
    for target in ("".join(found) for found in LINK.findall(_prose(path))):
        file, _, heading = target.partition("#")
        if "://" in target:
            continue
        page = path.parent / file if file else path
        if not page.exists():
            yield f"{path.name} links to {target}, which is not there"
        elif heading and heading not in _headings(page):
            yield f"{path.name} links to {target}, a heading that is not there"


def _prose(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)


def _headings(page: Path) -> set[str]:
    """As GitHub names them in links."""
    titles = re.findall(r"^#+ (.+)$", _prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
