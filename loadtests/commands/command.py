"""What a command is, and how every one of them ends."""

import argparse
import asyncio
import re
import shlex
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from loadtests.errors import LoadTestError
from loadtests.lifeline import Stopping, stop_without
from loadtests.setup import POPULATION

PROGRAM = (".venv/bin/python", "-m", "loadtests")
STOPPING = "Stopping: servers and Locust are being ended, which takes some seconds."

T = TypeVar("T")


@dataclass(frozen=True)
class Command:
    """One word after `python -m loadtests`. `run` gives the exit code, or raises LoadTestError."""

    name: str
    summary: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Console], int]


def until_stopped(work: Awaitable[T], console: Console, parent: int | None = None) -> T:
    """Run it. Ctrl-C, SIGTERM or the end of `parent` cancel it once, and it cleans up."""

    async def watched() -> T:
        task = asyncio.current_task()
        assert task is not None
        stopping = Stopping(task, lambda: console.print(STOPPING, style="dim"))
        stopping.listen()
        watching = asyncio.create_task(stop_without(parent, stopping.ask))
        try:
            return await work
        finally:
            watching.cancel()

    return asyncio.run(watched())


@contextmanager
def work_in(out: Path) -> Iterator[Path]:
    """A directory for this run, ours alone as tokens lie in it; after a fault the logs stay."""
    work = out.resolve() / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700, parents=True)
    try:
        yield work
    except LoadTestError:
        (work / POPULATION).unlink(missing_ok=True)
        raise
    except BaseException:
        shutil.rmtree(work)
        raise
    shutil.rmtree(work)


def typed(given: str | None, arguments: Sequence[str] | None = None) -> str:
    """The command that repeats this run, with *** for the passwords in its URLs."""
    return without_passwords(given or shlex.join([*PROGRAM, *(arguments or sys.argv[1:])]))


def without_passwords(command: str) -> str:
    """The command with *** for the passwords in its URLs."""
    return re.sub(r"(://[^:/@\s]*):[^@/\s]*@", r"\1:***@", command)


def pair(text: str) -> tuple[str, str]:
    """STRATEGY=URL."""
    name, separator, url = text.partition("=")
    if not separator or not url:
        raise argparse.ArgumentTypeError(f"{text!r} is not STRATEGY=URL")
    return name, url
