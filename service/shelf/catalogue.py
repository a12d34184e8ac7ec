"""What lies on the shelf: each pattern, its files, its tests, and what those need.

All of it is read from the files themselves, so a new pattern is on the list as soon as it is there.
"""

import ast
import difflib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.shelf.errors import ShelfError

ROOT = Path(__file__).parents[2]
SHELF = "service.patterns"
# What every copy brings: a server for the tests, the contract, and the docstrings' examples.
ALWAYS = ("__init__.py", "conftest.py", "contract.py", "test_doctests.py")
# Everybody who runs the tests has these.
INSTALLED = {"pytest", "pytest_asyncio", "redis"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern. Files are named from the shelf, tests from their folder."""

    name: str
    definition: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    support: tuple[str, ...]  # what its tests import beside the contract
    neighbours: tuple[str, ...]  # other patterns that its tests use
    packages: tuple[str, ...]  # what is to be installed for them beside redis and pytest


class Shelf:
    """The patterns below `code`, and their tests in `tests`."""

    def __init__(
        self,
        code: Path = ROOT / "service" / "patterns",
        tests: Path = ROOT / "tests" / "patterns",
    ) -> None:
        self.code = code
        self.tests = tests
        self._names = sorted(
            path.stem
            for path in code.iterdir()
            if path.stem != "__init__" and (path.suffix == ".py" or (path / "__init__.py").exists())
        )
        self._owners = {path.name: self._owner(path) for path in sorted(tests.glob("test_*.py"))}
        self.patterns = {name: self._pattern(name) for name in self._names}

    def find(self, name: str) -> Pattern:
        """One pattern by name. Raises ShelfError with the name that may have been meant."""
        if name in self.patterns:
            return self.patterns[name]
        near = difflib.get_close_matches(name, self.patterns, n=1)
        hint = f"did you mean {near[0]}?" if near else "`corral patterns list` names them all"
        raise ShelfError(f"there is no pattern {name!r}; {hint}")

    def _pattern(self, name: str) -> Pattern:
        tests = tuple(test for test, owner in self._owners.items() if owner == name)
        # What is needed by whatever is needed, until nothing new turns up.
        support, neighbours = set(tests), {name}
        packages: set[str] = set()
        waiting = [self.tests / test for test in (*tests, *ALWAYS)]
        while waiting:
            path = waiting.pop()
            for module in imports_of(path):
                sibling = self.tests / f"{module.removeprefix('.')}.py"
                if module.startswith(".") and sibling.name not in support and sibling.exists():
                    support.add(sibling.name)
                    waiting.append(sibling)
                elif module.startswith(f"{SHELF}."):
                    neighbours.add(module.split(".")[2])
                elif not module.startswith((".", "service")):
                    packages.add(module.split(".")[0])
        return Pattern(
            name=name,
            definition=self._definition(name),
            files=tuple(path.relative_to(self.code).as_posix() for path in self._files(name)),
            tests=tests,
            support=tuple(sorted(support - {*tests, *ALWAYS})),
            neighbours=tuple(sorted(neighbours - {name})),
            packages=tuple(sorted(packages - INSTALLED)),
        )

    def _files(self, name: str) -> list[Path]:
        package = self.code / name
        return sorted(package.rglob("*.py")) if package.is_dir() else [self.code / f"{name}.py"]

    def _definition(self, name: str) -> str:
        """The first sentence of its docstring, without the name before the colon."""
        package = self.code / name
        path = package / "__init__.py" if package.is_dir() else self.code / f"{name}.py"
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        first = " ".join(said.split("\n\n")[0].split()).partition(". ")[0].removesuffix(".")
        first = first.replace("``", "`")
        return first.partition(": ")[2] or first

    def _owner(self, test: Path) -> str | None:
        """Whose test it is: by its name, else by the one pattern that it imports."""
        named = [name for name in self._names if f"{test.stem}_".startswith(f"test_{name}_")]
        if named:
            return max(named, key=len)
        used = {name.split(".")[2] for name in imports_of(test) if name.startswith(f"{SHELF}.")}
        return used.pop() if len(used) == 1 else None


def imports_of(path: Path) -> Iterator[str]:
    """What a file imports when it is imported: siblings as `.name`, no standard library."""
    if not path.exists():
        return
    for node in _statements(ast.parse(path.read_text(encoding="utf-8")).body):
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            found = [f".{node.module}"]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found = [node.module]
        yield from (name for name in found if name.split(".")[0] not in sys.stdlib_module_names)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, and those under an `if`: an import that may be missing."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from _statements([*node.body, *node.orelse])
