"""`corral strategies`: what can be served, step by step and mistake by mistake."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from service.commands.options import console

NAME_WIDTH = 28


def strategies(
    mistakes: Annotated[
        bool, typer.Option("--mistakes", help="Layered with one field wrong, and what one sees.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all as one line of JSON.")] = False,
) -> None:
    """List what can be served: strategies, the steps between them, mistakes."""
    from service.strategies.catalogue import LADDER_NAMES, PIECE_NAMES, entries

    if as_json:
        known = [asdict(entry) for entry in entries()]
        said = {"strategies": known, "ladder": LADDER_NAMES, "pieces": PIECE_NAMES}
        print(json.dumps(said))
        return
    if mistakes:
        wrong = [entry for entry in entries() if entry.kind == "mistake"]
        _print("Layered with one field wrong", [
            (entry.name, f"{_pieces(entry.changed)}: {entry.symptom} [{entry.scenario}]")
            for entry in wrong
        ])  # fmt: skip
        return
    for kind, title in (("strategy", "Strategies"), ("rung", "Steps between naive and article")):
        _print(title, [(each.name, each.summary) for each in entries() if each.kind == kind])
    console.print("Layered with one field wrong: `corral strategies --mistakes`", highlight=False)


def _pieces(changed: dict[str, str]) -> str:
    return ", ".join(f"{field}={piece}" for field, piece in changed.items())


def _print(title: str, rows: list[tuple[str, str]]) -> None:
    console.print(title, style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(min_width=NAME_WIDTH, no_wrap=True)
    table.add_column()
    for name, said in rows:
        table.add_row(name, said)
    console.print(table, markup=False, highlight=False)
