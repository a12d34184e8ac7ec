"""What goes into a project, under which names and with which imports."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from keyword import iskeyword
from pathlib import Path

from service.shelf.catalogue import ALWAYS, ROOT, SHELF, Pattern, Shelf
from service.shelf.errors import ShelfError

TESTS = "tests"
# Where a project keeps its packages without being one itself.
_NO_PACKAGE = "src"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a copy: its source, and its text as it is to be in the project."""

    source: str
    text: bytes


def with_neighbours(shelf: Shelf, names: Iterable[str]) -> list[Pattern]:
    """The patterns asked for, and those that their tests use. Raises ShelfError."""
    found: dict[str, Pattern] = {}
    waiting = list(names)
    while waiting:
        pattern = shelf.find(waiting.pop(0))
        if pattern.name not in found:
            found[pattern.name] = pattern
            waiting.extend(pattern.neighbours)
    return list(found.values())


def parcel(shelf: Shelf, patterns: Iterable[Pattern], package: str) -> dict[str, Part]:
    """The files of these patterns and their tests, by name in the project's folder."""
    if not (shelf.tests / "contract.py").exists():
        raise ShelfError(f"the tests are not in this installation ({shelf.tests}); use a clone")
    parts: dict[str, Part] = {}
    for pattern in patterns:
        for name in pattern.files:
            parts[name] = _part(shelf.code / name, package)
        for name in (*ALWAYS, *pattern.support, *pattern.tests):
            parts[f"{TESTS}/{name}"] = _part(shelf.tests / name, package)
    parts["LICENSE.corral"] = _part(ROOT / "LICENSE", package)
    return parts


def package_of(folder: Path) -> str:
    """How the files of `folder` are imported: as Python and pytest find them, by `__init__.py`.

    Folders that are made for it below here become packages. Raises ShelfError.
    """
    parts = [folder.name]
    for parent in folder.parents:
        if not (_is_made(parent) or (parent / "__init__.py").exists()):
            break
        parts.insert(0, parent.name)
    return importable(".".join(parts))


def importable(package: str) -> str:
    """The name of a package, as it was given. Raises ShelfError for one that Python refuses."""
    for part in package.split("."):
        if iskeyword(part) or not part.isidentifier():
            why = " (it is a keyword of Python)" if iskeyword(part) else ""
            raise ShelfError(
                f"{part!r} cannot be imported{why}; choose another folder, or --package"
            )
    return package


def inits(folder: Path) -> list[Path]:
    """The `__init__.py` files that are missing for that."""
    made = takewhile(_is_made, folder.parents)
    return [path / "__init__.py" for path in (folder, *made) if not (path / "__init__.py").exists()]


def _is_made(folder: Path) -> bool:
    """Whether it becomes a package: it is new, and part of what was named, not the way to it."""
    return not folder.exists() and folder.name != _NO_PACKAGE and folder.is_relative_to(Path.cwd())


def _part(path: Path, package: str) -> Part:
    text = path.read_text(encoding="utf-8")
    above, _, leaf = package.rpartition(".")
    imported = f"from {above} import {leaf}" if above else f"import {leaf}"
    imported += "" if leaf == "patterns" else " as patterns"
    text = re.sub(r"^from service import patterns$", imported, text, flags=re.MULTILINE)
    text = text.replace(SHELF, package)
    return Part(
        path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name, text.encode()
    )
