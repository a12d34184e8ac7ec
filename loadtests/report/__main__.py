"""`python -m loadtests.report RESULT.json --out DIR`: draw a result again."""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from loadtests import report
from loadtests.report import trials
from loadtests.result import SCHEMA
from loadtests.trials.schema import SCHEMA as TRIALS


def main(arguments: list[str]) -> int:
    """Write the report and print its table; 2 when the file is no result of ours."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.report", description=__doc__)
    parser.add_argument("result", type=Path, help="a result.json of any run")
    parser.add_argument("--out", type=Path, help="directory to write to (default: beside it)")
    asked = parser.parse_args(arguments)
    try:
        result = json.loads(asked.result.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return _refuse(f"cannot read {asked.result}: {error}")
    schema = result.get("schema") if isinstance(result, dict) else None
    if schema not in (SCHEMA, TRIALS):
        wanted = f"{SCHEMA} or {TRIALS}"
        return _refuse(f"{asked.result} is not of the schema {wanted}; give a result.json of a run")
    drawn = report if schema == SCHEMA else trials
    drawn.write(result, asked.out or asked.result.parent)
    drawn.render(result, Console())
    return 0


def _refuse(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
