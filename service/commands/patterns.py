"""`corral patterns …`: look at the patterns, take them into a project, see how copies stand."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from service.commands.options import console
from service.shelf import Copied, Pattern, Shelf, ShelfError, compare, copy

T = TypeVar("T")

app = typer.Typer(
    help="The caching patterns: list, show, copy into a project, compare.", no_args_is_help=True
)

Names = Annotated[list[str], typer.Argument(metavar="NAME…", help="Patterns, as listed.")]


@app.command("list")
def list_patterns() -> None:
    """List the patterns: what each is, and what its tests need beside pytest and redis."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("pattern", "what it is", "files"):
        table.add_column(title, justify="right" if title == "files" else "left")
    table.add_column("for its tests", max_width=24)
    for pattern in Shelf().patterns.values():
        needs = ", ".join((*pattern.neighbours, *pattern.packages))
        table.add_row(pattern.name, pattern.definition, str(len(pattern.files)), needs)
    console.print(table, markup=False, highlight=False)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A pattern, as listed.")],
    tests: Annotated[bool, typer.Option("--tests", help="Its tests instead.")] = False,
) -> None:
    """Print the files of a pattern."""
    shelf = Shelf()
    pattern = _or_exit(lambda: shelf.find(name))
    folder, files = (shelf.tests, pattern.tests) if tests else (shelf.code, pattern.files)
    for file in files:
        if len(files) > 1:
            print(f"# ---- {file}")
        sys.stdout.write((folder / file).read_text(encoding="utf-8"))


@app.command("copy")
def copy_patterns(
    names: Names,
    to: Annotated[Path, typer.Option("--to", help="Folder in your project; made if need be.")],
    package: Annotated[
        str | None, typer.Option(help="How that folder is imported, if not by its name.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that were changed there.")
    ] = False,
) -> None:
    """Copy patterns with their tests into a project, or bring earlier copies up to date."""
    copied = _or_exit(lambda: copy(names, to, package=package, force=force))
    for line in _report(copied, names, to):
        print(line)


@app.command()
def diff(
    folder: Annotated[Path, typer.Argument(help="Where patterns were copied to.")],
    patch: Annotated[bool, typer.Option("--patch", help="Show the lines as well.")] = False,
) -> None:
    """Tell which copies have grown old or were changed. Exit code 1 if any, 0 if none."""
    found = _or_exit(lambda: compare(folder))
    for each in found:
        print(f"{each.file}: {each.state} (copied from {each.version})")
        if patch:
            sys.stdout.write(each.patch)
    if found:
        raise typer.Exit(1)
    print(f"{folder}: every copy is as the shelf has it")


def _report(copied: Copied, names: list[str], to: Path) -> list[str]:
    """What was done and what to do next, a line each."""
    lines = [f"{to}: {len(copied.written)} files written; import from {copied.package}"]
    lines += [_imports(copied.package, pattern) for pattern in copied.patterns]
    if extra := [pattern.name for pattern in copied.patterns if pattern.name not in names]:
        lines.append(f"For the tests of the others: {', '.join(extra)}")
    if copied.kept:
        lines.append(f"Kept as you changed it: {', '.join(copied.kept)}")
    packages = {package for pattern in copied.patterns for package in pattern.packages}
    install = " ".join(["redis", "pytest", "pytest-asyncio", *sorted(packages)])
    lines += ["Run the tests:", f"  pip install {install}", f"  pytest {to}"]
    lines += ["pytest-asyncio wants this line below [tool.pytest.ini_options] in pyproject.toml:"]
    return [*lines, '  asyncio_default_fixture_loop_scope = "function"']


def _imports(package: str, pattern: Pattern) -> str:
    files = "1 file" if len(pattern.files) == 1 else f"{len(pattern.files)} files"
    return f"  {package}.{pattern.name}: {files} and its tests"


def _or_exit(run: Callable[[], T]) -> T:
    """Run it; what cannot be done is one line and code 2, since 1 says that copies differ."""
    try:
        return run()
    except (ShelfError, OSError) as error:
        print(f"corral: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
