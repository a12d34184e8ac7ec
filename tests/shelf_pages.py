"""What stands on the shelf, and where its pages are."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "patterns"
RACES = PAGES / "races"
PATTERNS = sorted(
    path.stem
    for path in (ROOT / "service" / "patterns").iterdir()
    if not path.name.startswith(("_", "."))
)
