"""The examples in the docstrings run."""

import asyncio
import doctest
import importlib
import pkgutil

import pytest
from redis.asyncio import Redis

from service import patterns

NAMES = [
    module.name
    for module in pkgutil.walk_packages(patterns.__path__, f"{patterns.__name__}.")
    if not module.ispkg
]


@pytest.mark.parametrize("name", NAMES)
async def test_example_runs(name: str, redis_url: str) -> None:
    """Each module has a Use section, and it does what it says."""
    module = importlib.import_module(name)
    extra = {"asyncio": asyncio, "Redis": Redis, "REDIS_URL": redis_url}
    # In a thread, because the examples start an event loop of their own.
    result = await asyncio.to_thread(doctest.testmod, module, extraglobs=extra)
    assert result.attempted > 0
    assert result.failed == 0
