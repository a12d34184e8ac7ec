"""The Python blocks of a pattern's page: one script, run as its reader would run it."""

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.docs_blocks import blocks_of

SCRIPT_S = 60
# What a reader sees beside a print is what it prints.
PRINTED = re.compile(r"^\s*print\(.*\)  # (.+)$", re.MULTILINE)


def script_of(page: Path, **given: str) -> str:
    """The blocks of a page with `given` as constants, each line at the line it has on the page."""
    lines = [""] * len(page.read_text(encoding="utf-8").splitlines())
    for block in blocks_of(page):
        if block.language == "python":
            first = int(block.place.rpartition(":")[2])  # the fence; the code begins below it
            code = block.text.splitlines()
            lines[first : first + len(code)] = code
    lines[0] = "; ".join(f"{name} = {value!r}" for name, value in given.items())
    return "\n".join(lines)


async def script_problems(page: Path, folder: Path, **given: str) -> list[str]:
    """Run a page's script in a fresh process; warnings are errors, as in the suite."""
    script = script_of(page, **given)
    # Compiled under the page's name: a traceback shows the page and the line in it.
    run = f"exec(compile({script!r}, {page.name!r}, 'exec'))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-c", run,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, errors = await asyncio.wait_for(process.communicate(), SCRIPT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return [f"{page.name}: the script did not end within {SCRIPT_S} s"]
    if process.returncode or errors:
        return [f"{page.name}: {errors.decode(errors='replace')[-2000:]}"]
    return list(output_problems(page.name, script, out.decode()))


def output_problems(name: str, script: str, said: str) -> Iterator[str]:
    """Where the comments beside the prints of a script are not what it said, line by line."""
    shown, printed = PRINTED.findall(script), said.splitlines()
    if shown != printed:
        yield f"{name} shows {shown}, its script prints {printed}"
