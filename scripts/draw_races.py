"""Draws `docs/patterns/races/*.toml` as the SVG beside each: `python -m scripts.draw_races`."""

import sys
from pathlib import Path

from scripts.race_picture import draw
from scripts.race_spec import read_race

RACES = Path(__file__).parents[1] / "docs" / "patterns" / "races"


def main() -> None:
    """Write what has changed and say so; end with the first spec that is wrong."""
    for spec in sorted(RACES.glob("*.toml")):
        try:
            drawn = draw(read_race(spec))
        except ValueError as error:
            sys.exit(str(error))
        picture = spec.with_suffix(".svg")
        if not picture.exists() or picture.read_text(encoding="utf-8") != drawn:
            picture.write_text(drawn, encoding="utf-8")
            print(f"drew {picture.name}")


if __name__ == "__main__":
    main()
