"""Figures as people read them."""

from benchmarks.result import Figure, Line

DASH = "\N{EN DASH}"


def number(value: float, digits: int) -> str:
    """With as many digits as mean something."""
    digits = 0 if abs(value) >= 1000 else digits
    return f"{value:,.{digits}f}".replace("-0.0", "0.0") if digits else f"{round(value):,}"


def short(line: Line, figure: Figure) -> str:
    """The figure alone: `19 of 20`, `23`, or a dash."""
    if figure["value"] is None:
        return DASH
    said = ("> " if figure["bound"] else "") + number(figure["value"], line["digits"])
    return f"{said} of {figure['of']:,}" if figure["of"] else said


def shortest(line: Line, figure: Figure) -> str:
    """The same for a narrow column: of many the share."""
    if figure["value"] is not None and figure["of"] >= 1000:
        return f"{figure['value'] / figure['of']:.0%}"
    return short(line, figure).replace(" of ", "/")


def spread(line: Line, figure: Figure) -> str:
    """The smallest and the largest sample, where they differ and are not parts of a sum."""
    if figure["least"] is None or figure["most"] is None or figure["of"]:
        return ""
    least, most = (number(end, line["digits"]) for end in (figure["least"], figure["most"]))
    return "" if least == most else f"{least} to {most}" if "-" in most else f"{least}-{most}"


def verdict(line: Line, figure: Figure) -> str:
    """A mark, and by how much a goal was missed."""
    if figure["met"] is None:
        return ""
    if figure["met"]:
        return "✓"
    missed_by = number(figure["missed_by"] or 0.0, line["digits"])
    return f"✗ by {missed_by}"


def title(line: Line) -> str:
    """The metric with its unit."""
    return f"{line['title']}, {line['unit']}" if line["unit"] else line["title"]
