"""The same figures as Markdown: the summary of a run, and the generated part of the page."""

from collections.abc import Iterator

from benchmarks.result import Figure, Line, Result
from benchmarks.words import short, spread, title, verdict


def summary(result: Result) -> str:
    """Where and how it was measured, then a table for each kind of work."""
    return "\n".join([*_conditions(result), *_tables(result)]) + "\n"


def _conditions(result: Result) -> Iterator[str]:
    machine = result["machine"]
    yield f"- **Machine**: {', '.join(machine.values())}"
    yield f"- **Commit**: `{result['commit']}`, {result['date']}"
    yield f"- **Command**: `{result['command']}`, {result['seconds'] / 60:.1f} minutes"
    yield f"- **Server**: {result['server']}, on the loopback, without persistence"
    yield f"- **Rounds**: {result['rounds']}, each side in turn, every other round backwards"
    yield f"- **Latest start of a herd's caller**: {result['late_ms']:.0f} ms after its moment"
    for key, versions in result["versions"].items():
        if key in result["titles"] and key not in result["narrow"]:
            said = ", ".join(f"{name} {version}" for name, version in versions.items())
            yield f"- **{result['titles'][key]}**: {said}"
    yield ""


def _tables(result: Result) -> Iterator[str]:
    yield "Medians, with the least and the most in brackets; sums where a line says `of`."
    titles = result["titles"]
    for part in result["parts"]:
        yield from ("", f"### {part['title']}", "")
        yield f"| | goal | | {' | '.join(titles.values())} |"
        yield f"| --- | ---: | --- |{' ---: |' * len(titles)}"
        for line in part["lines"]:
            corral = line["figures"].get("corral")
            mark = verdict(line, corral) if corral else ""
            cells = [_cell(line, figure) for figure in line["figures"].values()]
            yield f"| {title(line)} | {line['goal']} | {mark} | {' | '.join(cells)} |"
        yield from _reasons(part["lines"], titles)


def _cell(line: Line, figure: Figure) -> str:
    between = spread(line, figure)
    return f"{short(line, figure)} ({between})" if between else short(line, figure)


def _reasons(lines: list[Line], titles: dict[str, str]) -> Iterator[str]:
    said = [
        f"{line['title']}, {titles[key]}: {figure['missing']}"
        for line in lines
        for key, figure in line["figures"].items()
        if figure["missing"] and figure["missing"] != "not measured for this side"
    ]
    if said:
        yield from ("", f"Dashes: {'; '.join(said)}.")
