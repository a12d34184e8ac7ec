"""What the commands share: options by name, their settings, and where they write."""

import os
import sys
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from service.settings import Settings, complaints

PREFIX = Settings.model_config.get("env_prefix", "")
# Read by the tests, the benchmarks and the Makefile.
BESIDE = ("CORRAL_TEST_", "CORRAL_BENCH_", "CORRAL_DEMO_", "CORRAL_PROOF")
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


def or_else(setting: str) -> str:
    """What holds where an option is not given."""
    return f"{PREFIX}{setting.upper()}, else {Settings.model_fields[setting].default}"


Strategy = Annotated[
    str | None, typer.Option(help="See `corral strategies`.", show_default=or_else("strategy"))
]

PlanFile = Annotated[
    str | None,
    typer.Option("--plan", metavar="FILE:NAME", help="A plan of your own, instead of a strategy."),
]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=PIECE",
        help="Change the plan: shared=polling_lock, ttl.feed_s=60; may be repeated.",
    ),
]


def chosen(strategy: str | None, plan: str | None, changes: list[str] | None) -> dict[str, Any]:
    """The settings that say which plan is served, as far as they were given. Raises BadParameter.

    What is given here stands above the environment: a strategy above a plan that is named there.
    """
    if strategy is not None and plan is not None:
        raise typer.BadParameter("give one of --strategy and --plan: a plan stands for a strategy")
    given: dict[str, Any] = {"strategy": strategy, "plan": plan, "set": tuple(changes or ())}
    if strategy is not None:
        given["plan"] = ""
    return {name: value for name, value in given.items() if value not in (None, ())}


def misspelt(environment: Iterable[str]) -> Iterator[str]:
    """A sentence for each variable that is meant for us and that nothing reads."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    for name in environment:
        if name.startswith(PREFIX) and name not in known and not name.startswith(BESIDE):
            near = get_close_matches(name, known, n=1, cutoff=0.8)
            yield f"{name} is no setting and changes nothing" + (
                f"; is {near[0]} meant?" if near else ""
            )


def settings_or_exit(**given: Any) -> Settings:
    """Settings from the environment, or a sentence that says which one is missing."""
    for sentence in misspelt(os.environ):
        print(f"corral: {sentence}", file=sys.stderr)
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
