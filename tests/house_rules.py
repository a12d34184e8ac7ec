"""House rules that a linter does not know: sizes, names, and no flags."""

import ast
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 200
FUNCTION_LINES = 30  # its docstring left out
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
STRATEGIES = {"no_cache", "naive", "article", "layered"}

# Whoever reads the strategy's name or a setting; everybody else gets other objects.
DECIDERS = ("service/app.py", "service/settings.py", "service/strategies/")

LONG_FILES = {
    "service/queries/tables.py": "the schema is one table of tables",
    "loadtests/result.py": "the result's schema is one list of fields",
}
LONG_FUNCTIONS = {
    "service/strategies/outdated.py:outdated_by": "the table: a row for each change",
    "service/process.py:open_tools": "one of each, in the order in which they need each other",
    "service/app.py:_running": "the composition root opens everything in order, flat",
    "service/patterns/lease/lease.py:__init__": "every time of the protocol, with its reason",
    "service/patterns/outbox/relay.py:__init__": "every time of the relay, with its reason",
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(root: Path) -> Iterator[Path]:
    """Files that the rules hold for; a migration is a list of statements and is left alone."""
    for package in ("service", "loadtests", "benchmarks"):
        yield from sorted((root / package).rglob("*.py"))


def too_long(root: Path) -> Iterator[str]:
    """Files and functions over their cap; also exceptions that are no longer needed."""
    files: set[str] = set()
    functions: set[str] = set()
    for path in sources(root):
        name, text = path.relative_to(root).as_posix(), path.read_text()
        if text.count("\n") > FILE_LINES:
            files.add(name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, Function) and lines_of(node) > FUNCTION_LINES:
                functions.add(f"{name}:{node.name}")
    for name in sorted(files - set(LONG_FILES)):
        yield f"{name} is longer than {FILE_LINES} lines: split it by idea"
    for name in sorted(functions - set(LONG_FUNCTIONS)):
        yield f"{name} is longer than {FUNCTION_LINES} lines: split it by idea"
    for name in sorted({*LONG_FILES, *LONG_FUNCTIONS} - files - functions):
        yield f"{name} is short now: take it off the list of exceptions"


def lines_of(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None and first.end_lineno is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


def vague_names(root: Path) -> Iterator[str]:
    """Modules whose name says where things were put and not what they are."""
    for path in sources(root):
        if VAGUE & {part.removesuffix(".py") for part in path.relative_to(root).parts}:
            yield f"{path.relative_to(root)}: a name from the list that says nothing"


def flags(root: Path) -> Iterator[str]:
    """Branches on the strategy's name or on a setting, outside those who decide."""
    for path in sorted((root / "service").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.startswith(DECIDERS):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if _asks_for_strategy(node) or _asks_a_setting(node):
                assert isinstance(node, ast.expr | ast.stmt)
                yield f"{name}:{node.lineno} branches on a setting: build another object"


def _asks_for_strategy(node: ast.AST) -> bool:
    if isinstance(node, ast.Match):
        cases = [part for case in node.cases for part in ast.walk(case.pattern)]
        return _names_strategy(node.subject) or any(_names_strategy(part) for part in cases)
    return isinstance(node, ast.Compare) and any(
        _names_strategy(part) for part in ast.walk(node) if isinstance(part, ast.expr)
    )


def _names_strategy(node: ast.AST) -> bool:
    if isinstance(node, ast.MatchValue):
        return _names_strategy(node.value)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value in STRATEGIES
    return isinstance(node, ast.Attribute) and node.attr in {"strategy", "plan_name"}


def _asks_a_setting(node: ast.AST) -> bool:
    if not isinstance(node, ast.If | ast.IfExp | ast.While):
        return False
    return any(
        isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
        and part.value.id == "settings"
        for part in ast.walk(node.test)
    )
