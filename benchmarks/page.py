"""`python -m benchmarks.page`: put the last run's figures into docs/measurements.md.

What stands between the two markers is replaced; the words around it are a person's.
"""

import json
import sys
from pathlib import Path

from benchmarks.environments import ROOT
from benchmarks.markdown import summary
from benchmarks.result import SCHEMA, Result

RESULT = ROOT / "reports" / "bench" / "result.json"
PAGE = ROOT / "docs" / "measurements.md"
BEGIN, END = "<!-- figures: python -m benchmarks.page -->", "<!-- end of figures -->"


def written(page: str, result: Result) -> str:
    """The page with these figures. Raises ValueError without markers or of another schema."""
    if result["schema"] != SCHEMA:
        raise ValueError(f"the result is {result['schema']}, this program writes {SCHEMA}")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the lines {BEGIN!r} and {END!r}")
    return f"{before}{begin}\n\n{summary(result)}\n{end}{after}"


def main() -> None:
    """Rewrite the page, from a given result or the last one."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULT
    result: Result = json.loads(path.read_text(encoding="utf-8"))
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), result), encoding="utf-8")


if __name__ == "__main__":
    main()
