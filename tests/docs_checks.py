"""Runs what a page shows: each language of a block has one check, and no other is allowed."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.commands import problems_of, variable_problems
from tests.curl import call_of
from tests.docs_blocks import Block, Line, commands_of, pipelines_of

FILTERS = {"head", "jq", "less", "sort", "python -m json.tool", "python3 -m json.tool"}
PYTHON_S = 60
GIVEN = re.compile(r"(?:export )?([A-Za-z_]\w*)=(\S+)")
EXPECTED = re.compile(r"(?:→ ?|-> ?)?([1-5]\d\d)(?:[:,;].*)?")
STATUS = re.compile(r"HTTP/\S+ (\d{3})")
ASSIGNED = re.compile(r"(?:export )?([A-Za-z_]\w*)=\$\((.+)\)$")


@dataclass
class Reader:
    """Somebody who follows a page from top to bottom, with a service at hand."""

    http: httpx.AsyncClient
    folder: Path
    database_url: str
    redis_url: str
    token: Callable[[bool], str]
    variables: dict[str, str] = field(default_factory=dict)


async def block_problems(block: Block, reader: Reader) -> AsyncIterator[str]:
    """What does not hold in a block, one sentence each."""
    if block.language in {"sh", "console"}:
        for line in commands_of(block):
            async for said in line_problems(line, reader):
                yield f"{block.place}: {said}"
    elif block.language == "python":
        async for said in python_problems(block.text, reader):
            yield f"{block.place}: {said}"
    elif block.language == "json":
        try:
            json.loads(block.text)
        except ValueError as error:
            yield f"{block.place}: {error}"
    elif block.language != "text":
        yield f"{block.place}: {block.language or 'no language'!r} is no language with a check"


async def line_problems(line: Line, reader: Reader) -> AsyncIterator[str]:
    """Check a command line: curl is sent, the rest is held against the program it names."""
    try:
        pipelines = list(pipelines_of(line.command))
    except ValueError as error:
        yield f"{line.command}: {error}"
        return
    for source, *filters in pipelines:
        for after in filters:
            if not any(after == name or after.startswith(f"{name} ") for name in FILTERS):
                yield f"{after}: no check for this behind a pipe"
        if source.startswith("curl "):
            async for said in curl_problems(source, line, reader):
                yield said
        else:
            for said in program_problems(source, reader):
                yield said


def program_problems(source: str, reader: Reader) -> Iterator[str]:
    """Hold a command against its program, and remember the variable that it sets."""
    if taken := ASSIGNED.match(source):
        name, inner = taken.groups()
        yield from problems_of(inner)
        if "corral token " in inner:
            reader.variables[name] = reader.token("--admin" in inner)
    elif given := GIVEN.fullmatch(source):
        reader.variables[given[1]] = given[2]
        yield from variable_problems(given[1])
    else:
        yield from problems_of(source)


async def curl_problems(command: str, line: Line, reader: Reader) -> AsyncIterator[str]:
    """Send it; the status is the one in the comment or the output, or else below 400."""
    try:
        call = call_of(command, reader.variables)
    except ValueError as error:
        yield f"{command}: {error}"
        return
    answer = await reader.http.request(
        call.method, call.path, headers=call.headers, content=call.body
    )
    shown = EXPECTED.fullmatch(line.comment) or STATUS.match("".join(line.output))
    if answer.status_code != int(shown[1]) if shown else answer.status_code >= 400:
        yield f"{command}: answered {answer.status_code} {answer.text[:200]}"
    for text in line.output:
        name, _, value = text.partition(": ")
        told, written = (re.sub(r"; ttl=\d+", "", t) for t in (answer.headers.get(name, ""), value))
        if name.lower() == "cache-status" and told != written:
            yield f"{command}: {name} is {answer.headers.get(name)}, the page says {value}"


async def python_problems(text: str, reader: Reader) -> AsyncIterator[str]:
    """Run it in a fresh process and an empty folder; warnings are errors, as in the suite."""
    text = re.sub(r"http://(localhost|127\.0\.0\.1):8000", str(reader.http.base_url), text)
    text = re.sub(r"redis://(localhost|127\.0\.0\.1)(:6379)?(/0)?", reader.redis_url, text)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-c", text,
        cwd=reader.folder,
        env={**os.environ, "DATABASE_URL": reader.database_url, "REDIS_URL": reader.redis_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(process.communicate(), PYTHON_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        yield f"did not end within {PYTHON_S} s"
        return
    if process.returncode:
        yield said.decode(errors="replace")[-2000:]
