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
    """Links to files that are not there; fenced blocks left out."""
    prose = re.sub(r"^ *```.*?^ *```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in ("".join(found) for found in LINK.findall(prose)):
        file = target.partition("#")[0]
        if "://" not in target and file and not (path.parent / file).exists():
            yield f"{path.name} links to {target}, which is not there"
