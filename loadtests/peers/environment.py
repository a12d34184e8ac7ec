"""The peers' environment, made once from the lock beside this file."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.environments import python_of
from benchmarks.errors import BenchError
from loadtests.errors import LoadTestError

LOCK = "environment"


def python_of_peers(home: Path, report: Callable[[str], None]) -> str:
    """The Python that has the peers, installed if need be. Raises LoadTestError."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        return python_of(LOCK, home, report, locks=Path(__file__).parent)
    except (BenchError, OSError) as error:
        raise LoadTestError(str(error)) from error
