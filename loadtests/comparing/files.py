"""Results of runs as files."""

import json
from pathlib import Path
from typing import cast

from loadtests.comparing.comparable import is_run
from loadtests.errors import LoadTestError
from loadtests.trials.schema import Trials


def read_run(path: Path) -> Trials:
    """The run in a file. Raises LoadTestError with what it is instead."""
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise LoadTestError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise LoadTestError(f"{path} is no JSON: {error}.") from error
    if not is_run(found):
        schema = found.get("schema", "none") if isinstance(found, dict) else "none"
        raise LoadTestError(
            f"{path} has the schema {schema}. What is wanted is a result.json of run, ladder, "
            "mistakes or stampede: `make demo` measures once, and one run has no spread."
        )
    return cast("Trials", found)
