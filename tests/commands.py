"""Checks commands, as people type them, against the program they name, without running them."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import typer
import yaml
from typer.core import TyperGroup

from service.cli import app
from service.settings import Settings
from service.strategies import plan_named
from service.strategies.given import with_change
from service.strategies.layered import LAYERED
from tests.shelf_pages import PATTERNS, ROOT


def problems_of(command: str) -> Iterator[str]:
    """What is wrong with one command line; a program that is not in `CHECKS` is wrong."""
    words = shlex.split(command, comments=True)
    while words and "=" in words[0]:
        yield from variable_problems(words.pop(0).partition("=")[0])
    if not words:
        return
    program, *arguments = words
    check = CHECKS.get(Path(program).name)
    if check is None:
        yield f"{program}: no check for this program; give it one in tests/commands.py"
        return
    for said in check(arguments):
        yield f"{command}: {said}"


def settings() -> set[str]:
    """Environment variables that the service reads."""
    prefix = Settings.model_config.get("env_prefix", "")
    return {
        str(field.validation_alias or f"{prefix}{name}".upper())
        for name, field in Settings.model_fields.items()
    }


def variable_problems(name: str) -> Iterator[str]:
    """A variable of ours that nothing reads."""
    if name.startswith(("CORRAL_", "DATABASE_", "REDIS_")) and name not in settings():
        yield f"{name} is no setting: there are {', '.join(sorted(settings()))}"


def corral(arguments: Sequence[str]) -> Iterator[str]:
    """What `corral …` would not understand: commands, options, values, what is missing."""
    command = typer.main.get_command(app)
    context, rest = typer.Context(command, info_name="corral"), list(arguments)
    try:
        while isinstance(command, TyperGroup) and rest[:1] != ["--help"]:
            _, found, rest = command.resolve_command(context, rest or [""])
            assert found is not None  # else it has raised
            command, context = found, typer.Context(found, parent=context)
        if "--help" not in rest:
            made = command.make_context(command.name, rest, parent=context)
            yield from _plan_problems(made.params)
            for name in made.params.get("names") or ():
                if name not in PATTERNS:
                    yield f"there is no pattern {name}"
    except typer.TyperException as error:
        said = error.format_message()
        if not said.endswith("does not exist."):  # the reader's file, not ours
            yield said


def _plan_problems(given: Mapping[str, Any]) -> Iterator[str]:
    try:
        plan_named(given.get("strategy") or LAYERED.name)
        for change in given.get("changes") or ():
            with_change(LAYERED, change)
    except ValueError as error:
        yield str(error)


def make(arguments: Sequence[str]) -> Iterator[str]:
    """Targets and variables that the Makefile does not know."""
    text = (ROOT / "Makefile").read_text()
    # `-C` is a clone of ours elsewhere, whose Makefile is this one.
    for word in arguments[2:] if arguments[:1] == ["-C"] else arguments:
        name, is_variable, _ = word.partition("=")
        if is_variable and not re.search(rf"\$\({name}\)|^{name} \?=", text, re.MULTILINE):
            yield f"the Makefile has no variable {name}"
        elif not is_variable and not re.search(rf"^{name}:", text, re.MULTILINE):
            yield f"the Makefile has no target {name}"


def locust(arguments: Sequence[str]) -> Iterator[str]:
    """Options that locust and the file do not have, a class or a file that is not there."""
    words = [word.partition("=")[0] for word in arguments]
    file = next((words[place + 1] for place, word in enumerate(words[:-1]) if word == "-f"), "")
    if not (ROOT / file).is_file():
        yield f"there is no file {file!r}; name it with -f"
        return
    # Its --help knows nothing of options that a locustfile adds.
    scenarios = [path.read_text() for path in (ROOT / "loadtests/sending").glob("*.py")]
    added = re.findall(r'add_argument\(\s*"(--[\w-]+)"', "".join(scenarios))
    known = {*_options("locust"), *added}
    yield from (f"no option {word}" for word in words if word[0] == "-" and word not in known)
    for word, before in zip(words, ["", *words], strict=False):
        if before[:1] != "-" and word[0] != "-" and word not in (ROOT / file).read_text():
            yield f"{file} has no class {word}"


def python(arguments: Sequence[str]) -> Iterator[str]:
    """`python -m loadtests …`: commands and options that it does not have; scripts of ours."""
    if list(arguments[:1]) == ["-m"] and len(arguments) == 2 and arguments[1][:8] == "scripts.":
        if not (ROOT / f"{arguments[1].replace('.', '/')}.py").is_file():
            yield f"there is no {arguments[1]}"
        return
    if list(arguments[:2]) != ["-m", "loadtests"]:
        yield "only `python -m loadtests` and our scripts are checked"
        return
    commands = [word for word in arguments[2:3] if not word.startswith("-")]
    known = _options("loadtests", *commands)
    if not known:
        yield f"python -m loadtests has no command {' '.join(commands)}"
        return
    for word in (word.partition("=")[0] for word in arguments[2:]):
        if word.startswith("-") and word not in known:
            yield f"no option {word}"


def docker(arguments: Sequence[str]) -> Iterator[str]:
    """Services and profiles that docker-compose.yml does not have, and commands for them."""
    if arguments[:1] != ["compose"]:
        yield "only `docker compose` is checked"
        return
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    profiles = {name for service in services.values() for name in service.get("profiles", ())}
    words = iter(arguments[1:])
    for word in words:
        if word == "--profile":
            profile = next(words, "")
            if profile not in profiles:
                yield f"docker-compose.yml has no profile {profile!r}"
        elif word in {"exec", "run"}:
            service = next((name for name in words if not name.startswith("-")), "")
            if service not in services:
                yield f"docker-compose.yml has no service {service!r}"
            yield from problems_of(shlex.join(words))


def export(arguments: Sequence[str]) -> Iterator[str]:
    """Variables of ours that nothing reads."""
    for word in arguments:
        yield from variable_problems(word.partition("=")[0])


def nothing_to_check(_: Sequence[str]) -> Iterator[str]:
    """Programs that are not ours and without options that matter."""
    return iter(())


CHECKS: dict[str, Callable[[Sequence[str]], Iterator[str]]] = {
    "corral": corral,
    "make": make,
    "locust": locust,
    "python": python,
    "docker": docker,
    "git": nothing_to_check,
    "cd": nothing_to_check,
    "export": export,
}


@cache
def _options(module: str, *arguments: str) -> frozenset[str]:
    """Options in a module's own --help; in a process, since locust patches its own."""
    said = subprocess.run(
        [sys.executable, "-m", module, *arguments, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": "200", "PATH": "", "NO_COLOR": "1"},
    )
    options = re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", said.stdout)
    return frozenset(options if said.returncode == 0 else ())
