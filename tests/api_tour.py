"""Runs the two sessions of a page: its `sh` blocks in one shell with the real curl, its Python.

The commands run as they stand. Each curl prints its status to stderr, as the page has told it to;
those of a block are held against the line below that block.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs_blocks import blocks_of

SESSION_S = 60
BLOCK = re.compile(r"^```sh\n(.*?)^```\n\n(.*?)$", re.MULTILINE | re.DOTALL)
EXPECTED = re.compile(r"Answered with (\d{3}(?: each time)?(?:, \d{3}(?: each time)?)*)\.")
STATUS = re.compile(r"^\d{3}$", re.MULTILINE)
CURL = re.compile(r"\bcurl ")
SHOWN = re.compile(r'\bcurl -sw "\$SHOW" ')
COMMENT = re.compile(r"(^|\s)#")


def commands(page: Path) -> Iterator[str]:
    """The lines of all shell blocks, in order."""
    for block in blocks_of(page):
        if block.language == "sh":
            yield from block.text.splitlines()


def promised(page: Path) -> str:
    """A pattern for the statuses that the page shows.

    Raises ValueError for a curl whose status would not be seen, or is not told; and for a comment,
    which zsh takes for arguments: curl would send what it was given to another address.
    """
    found = ""
    for text, below in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in text.splitlines():
            if len(CURL.findall(line)) != len(SHOWN.findall(line)):
                raise ValueError(f'{line}: without -sw "$SHOW" its status is not seen')
            if COMMENT.search(line):
                raise ValueError(f"{line}: no comments in a session")
        expected = EXPECTED.fullmatch(below)
        statuses = expected[1].split(", ") if expected else []
        if len(statuses) != len(CURL.findall(text)):
            raise ValueError(f"{text}say below it which status each curl is answered with")
        for status in statuses:
            found += rf"({status[:3]} )+" if status.endswith("time") else f"{status} "
    return found


async def shell_problems(page: Path, folder: Path) -> list[str]:
    """Run the shell session; what differs from the page."""
    expected = promised(page)
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", "\n".join(commands(page)),
        cwd=folder,
        env={**os.environ, "CURL_HOME": str(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, errors = await asyncio.wait_for(process.communicate(), SESSION_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return [f"{page.name}: the session did not end within {SESSION_S} s"]
    told = errors.decode()
    statuses = "".join(f"{status} " for status in STATUS.findall(told))
    shown = out.decode()[-2000:]
    if process.returncode:
        return [f"the session failed after {statuses}: {told[-500:]}\n{shown}"]
    if not re.fullmatch(expected, statuses):
        return [f"the page shows {expected}, curl was answered {statuses}\n{shown}"]
    return []
