"""Runs the two sessions of a page: its `sh` blocks in one shell with the real curl, its Python.

What a page says of a curl command, the status in the comment behind it, is held against what curl
says: a configuration file makes it write each status to stderr, so the commands stay as they are.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs_blocks import blocks_of

SESSION_S = 60
CURLRC = 'silent\nshow-error\nwrite-out = "%{stderr}status %{http_code}\\n"\n'
EXPECTED = re.compile(r"# (\d{3})( each time)?$")
CURL = re.compile(r"\bcurl ")


def commands(page: Path) -> Iterator[str]:
    """The lines of all shell blocks, in order."""
    for block in blocks_of(page):
        if block.language == "sh":
            yield from block.text.splitlines()


def promised(page: Path) -> str:
    """A pattern for the statuses that the page shows. Raises ValueError for a curl without one."""
    found = ""
    for line in commands(page):
        if CURL.search(line):
            status = EXPECTED.search(line)
            if status is None:
                raise ValueError(f"{line}: say which status it is answered with")
            found += rf"({status[1]} )+" if status[2] else f"{status[1]} "
    return found


async def shell_problems(page: Path, folder: Path) -> list[str]:
    """Run the shell session; what differs from the page."""
    (folder / ".curlrc").write_text(CURLRC)
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
    statuses = "".join(f"{status} " for status in re.findall(r"^status (\d+)$", told, re.MULTILINE))
    shown = out.decode()[-2000:]
    if process.returncode:
        return [f"the session failed after {statuses}: {told[-500:]}\n{shown}"]
    if not re.fullmatch(promised(page), statuses):
        return [f"the page shows {promised(page)}, curl was answered {statuses}\n{shown}"]
    return []
