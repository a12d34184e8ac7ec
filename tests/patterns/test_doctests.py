"""The examples in the docstrings run."""

import asyncio
import doctest
import importlib
import re
from pathlib import Path

import pytest
from redis.asyncio import Redis

from service import patterns

SHELF = Path(patterns.__path__[0])


def modules() -> list[str]:
    """Return every module with a Use section; in a project, others may lie beside the copies."""
    paths = [path.relative_to(SHELF) for path in sorted(SHELF.rglob("*.py"))]
    return [
        ".".join([patterns.__name__, *path.with_suffix("").parts])
        for path in paths
        if path.parts[0] != "tests"
        and re.search(r"^Use\b", (SHELF / path).read_text(), re.MULTILINE)
    ]


@pytest.mark.parametrize("name", modules())
async def test_example_runs(name: str, redis_url: str) -> None:
    """The Use section of a module does what it says."""
    module = importlib.import_module(name)
    extra = {"asyncio": asyncio, "Redis": Redis, "REDIS_URL": redis_url}
    for _again in range(2):  # also on a server that has seen it before
        # In a thread, because the examples start an event loop of their own.
        result = await asyncio.to_thread(doctest.testmod, module, extraglobs=extra)
        assert result.attempted > 0
        assert result.failed == 0
