"""House rules that a linter does not know: sizes, names, and no flags."""

import ast
import re
from collections.abc import Iterator, Mapping
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

# A test waits for a condition (`tests/waiting.py`), and never for time to pass. Outside of these.
SLEEPERS = {
    "tests/waiting.py:until": "the polling helper itself",
    "tests/waiting.py:until_now": "the polling helper itself",
    "tests/patterns/contract.py:until": "the same for tests that are copied with their patterns",
    "tests/patterns/conftest.py:_await_port": "the same, before there is a loop",
    "tests/embedded/processes.py:within_deadline": "the same, and whether it came is the answer",
    "tests/patterns/puppet.py:_serve": "a server that is late is what it plays",
    "tests/patterns/test_fail_open_patience.py:busy": "a loop that is late is the subject",
    "tests/patterns/test_fail_open_patience.py:body": "a loop that is late is the subject",
    "tests/loadtests/fake_service.py:_read": "a load that takes time is what it plays",
    "tests/loadtests/fake_service.py:_stall": "a service that stalls is what it plays",
    "tests/faults/proxy.py:_pump": "a link that is slow is what it plays",
    "tests/faults/rig.py:_load": "a load that takes time is what races are made of",
    "tests/faults/worker.py:start": "two processes begin at one time",
    "tests/faults/worker.py:run": "races begin at their times",
    "tests/faults/worker.py:call": "readers and writers pause as people do",
    "tests/faults/test_races.py:race": "old values are looked for when the promised time is over",
    "tests/faults/test_chaos.py:go_wrong": "how long a fault lasts",
    "tests/faults/test_chaos.py:play": "how far faults are apart, and the promised time after one",
    "tests/http/test_hostile.py:drip": "a client that is slow is the subject",
    "tests/http/test_timing.py:held": "the time that an answer is to tell of",
    "tests/house_rules.py:<module>": "the words that it looks for",
    "tests/test_architecture.py:test_a_planted_sleep_is_caught": "plants them",
    "tests/simulation/world.py:*": "its time is simulated",
    "tests/simulation/test_scheduler.py:*": "its time is simulated",
}
SLEEPS = {"asyncio.sleep", "time.sleep"}
SLEEPS_IN_TEXT = re.compile(r"pg_sleep|(?:asyncio|time)\.sleep\((?!0\))")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(root: Path) -> Iterator[Path]:
    """Files that the rules hold for; a migration is a list of statements and is left alone."""
    for package in ("service", "loadtests", "benchmarks", "scripts"):
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


def sleeps(root: Path, allowed: Mapping[str, str] = SLEEPERS) -> Iterator[str]:
    """Tests that let time pass instead of waiting for something; also exceptions not needed."""
    needed: set[str] = set()
    for path in sorted((root / "tests").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        for function, line in _sleeps_in(ast.parse(path.read_text()), "<module>"):
            exceptions = {f"{name}:{function}", f"{name}:*"} & set(allowed)
            needed |= exceptions
            if not exceptions:
                yield f"{name}:{line} {function} sleeps: wait for a condition instead"
    for name in sorted(set(allowed) - needed):
        yield f"{name} sleeps no more: take it off the list of exceptions"


def _sleeps_in(node: ast.AST, function: str) -> Iterator[tuple[str, int]]:
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.expr | ast.ImportFrom) and _sleeps(part):
            yield function, part.lineno
        yield from _sleeps_in(part, part.name if isinstance(part, Function) else function)


def _sleeps(part: ast.expr | ast.ImportFrom) -> bool:
    if isinstance(part, ast.ImportFrom):  # under a name of its own it would not be found
        return part.module in {"asyncio", "time"} and "sleep" in {each.name for each in part.names}
    if isinstance(part, ast.Constant):  # SQL, or a program that a test starts
        return isinstance(part.value, str) and bool(SLEEPS_IN_TEXT.search(part.value))
    return (
        isinstance(part, ast.Call)
        and ast.unparse(part.func) in SLEEPS
        and [ast.unparse(argument) for argument in part.args] != ["0"]
    )
