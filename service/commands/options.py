"""What the commands share: options by name, and how they begin and end."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from asyncpg.exceptions import PostgresError
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from service.embedded.errors import EmbeddedError
from service.seeding.errors import SeedError
from service.settings import Settings, complaints

FAULTS = (ValueError, OSError, EmbeddedError, SeedError, SQLAlchemyError, PostgresError)
NO_REDIS = "redis://none"  # for commands that have nothing to do with it
_terminal = Console()
console = Console(width=min(_terminal.width, 100) if _terminal.is_terminal else 100)

EndWithParent = Annotated[
    bool, typer.Option("--end-with-parent", help="End when the process that started this does.")
]
SizeName = Annotated[str, typer.Option(help="small, medium or large.")]
Seed = Annotated[int, typer.Option(help="Same number, same data.")]
GraphFile = Annotated[
    Path | None, typer.Option(help="Edge list for users and follows: `a b` a line, # comments.")
]
Directed = Annotated[
    bool, typer.Option("--directed", help="In --graph, `a b` means only that a follows b.")
]
Site = Annotated[
    Path | None, typer.Option(help="Folder with users, posts, comments, votes .jsonl.gz.")
]
Home = Annotated[Path, typer.Option(help="Where the servers keep their data.")]


def settings_or_exit(**given: Any) -> Settings:
    """Settings from the environment, or a sentence that says which one is missing."""
    try:
        return Settings(**given)
    except ValidationError as error:
        for complaint in complaints(error):
            print(f"corral: {complaint}", file=sys.stderr)
        raise typer.Exit(2) from None


def watch_parent(wanted: bool) -> None:
    """End this process when its parent does, if that was asked for."""
    if wanted:
        from service.embedded.lifeline import end_with_parent

        end_with_parent()


def or_exit(run: Callable[[], object]) -> None:
    """Run a command and pass its exit code on; a fault it explains is one line and code 1."""
    try:
        code = run()
    except FAULTS as error:
        print(f"corral: {str(error).splitlines()[0]}", file=sys.stderr)
        raise typer.Exit(1) from None
    if isinstance(code, int) and code:
        raise typer.Exit(code)
