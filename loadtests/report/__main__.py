"""`python -m loadtests.report RESULT.json --out DIR`: draw a result again."""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from loadtests.report import render, write
from loadtests.result import SCHEMA


def main(arguments: list[str]) -> int:
    """Write the report and print its table; 2 when the file is no result of ours."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.report", description=__doc__)
    parser.add_argument("result", type=Path, help="a result.json of a before/after run")
    parser.add_argument("--out", type=Path, help="directory to write to (default: beside it)")
    asked = parser.parse_args(arguments)
    try:
        result = json.loads(asked.result.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return _refuse(f"cannot read {asked.result}: {error}")
    if not isinstance(result, dict) or result.get("schema") != SCHEMA:
        return _refuse(f"{asked.result} is not of the schema {SCHEMA}; give a result.json of a run")
    write(result, asked.out or asked.result.parent)
    render(result, Console())
    return 0


def _refuse(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
