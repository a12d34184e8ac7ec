"""Docker is not here to try it: every command, setting and path in its files is checked instead."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr, ValidationError

from service.app import make_app
from service.settings import Settings, complaints
from tests.commands import problems_of, settings

ROOT = Path(__file__).parents[1]
PROGRAMS_OF_IMAGES = {"postgres", "valkey-server", "redis-server"}
PINNED = re.compile(r"[\w./-]+:\d+(\.\d+)*(-[\w.]+)?")


def files() -> tuple[str, str]:
    """The texts of docker-compose.yml and Dockerfile."""
    return (ROOT / "docker-compose.yml").read_text(), (ROOT / "Dockerfile").read_text()


def routes() -> set[str]:
    """Paths that the service answers, whatever the strategy."""
    given = Settings(
        DATABASE_URL="postgresql://nobody@127.0.0.1/none",
        REDIS_URL="redis://127.0.0.1",
        secret=SecretStr("x" * 32),
    )
    return set(make_app(given).openapi()["paths"])


def compose_problems(text: str) -> Iterator[str]:
    """What docker-compose.yml says and the code does not know, one sentence each."""
    compose = yaml.safe_load(text)
    volumes = set(compose.get("volumes", {}))
    for name, service in compose["services"].items():
        said = [
            *image_problems(service),
            *command_problems(service),
            *port_problems(service),
            *environment_problems(service),
            *volume_problems(service, volumes),
            *order_problems(service, compose["services"]),
        ]
        yield from (f"{name}: {sentence}" for sentence in said)


def is_ours(service: dict[str, Any]) -> bool:
    """Whether it runs our image."""
    return "build" in service


def image_problems(service: dict[str, Any]) -> Iterator[str]:
    """An image of somebody else's without its major version."""
    if not is_ours(service) and not PINNED.fullmatch(service["image"]):
        yield f"image {service['image']} names no version"


def command_problems(service: dict[str, Any]) -> Iterator[str]:
    """A command that its program does not understand."""
    command = service.get("command", "")
    if is_ours(service) or shlex.split(command)[0] not in PROGRAMS_OF_IMAGES:
        yield from problems_of(command)


def port_problems(service: dict[str, Any]) -> Iterator[str]:
    """A port open to other machines, or one on which the service does not listen."""
    for port in service.get("ports", []):
        host, _, inner = str(port).rpartition(":")
        if not host.startswith("127.0.0.1:"):
            yield f"port {port} is published beyond this machine"
        if "serve" in service["command"] and f"--port {inner}" not in service["command"]:
            yield f"nothing listens on port {inner}"


def environment_problems(service: dict[str, Any]) -> Iterator[str]:
    """A variable that is no setting of ours, or that the outside must give."""
    environment = service.get("environment", {})
    if is_ours(service):
        for name in sorted(set(environment) - settings()):
            yield f"{name} is no setting"
    for value in map(str, environment.values()):
        for name in re.findall(r"\$\{(\w+)\}|\$(\w+)", value):
            yield f"{''.join(name)} has no default"


def volume_problems(service: dict[str, Any], volumes: set[str]) -> Iterator[str]:
    """A volume that is not declared, or a file of ours that is not there."""
    for mount in service.get("volumes", []):
        source = mount.partition(":")[0]
        if source.startswith("."):
            if not (ROOT / source).exists():
                yield f"there is no {source}"
        elif source not in volumes:
            yield f"volume {source} is not declared"


def order_problems(service: dict[str, Any], services: dict[str, Any]) -> Iterator[str]:
    """Waiting for a service that is not there, or for a health that nobody checks."""
    for other, wait in service.get("depends_on", {}).items():
        if other not in services:
            yield f"waits for {other}, which is not there"
        elif wait["condition"] == "service_healthy":
            checked = services[other].get("healthcheck", {"disable": not is_ours(services[other])})
            if checked.get("disable"):
                yield f"waits for the health of {other}, which has no check"


def dockerfile_problems(text: str) -> Iterator[str]:
    """What the Dockerfile says and the code does not know, one sentence each."""
    text = text.replace("\\\n", " ")
    for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
        if not PINNED.fullmatch(image):
            yield f"image {image} names no version"
    for line in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE):
        ignored = [source for source in line.split() if not in_context(source)]
        yield from (f"COPY {source}: it is not in the build context" for source in ignored)
    if "--require-hashes" not in text:
        yield "requirements are installed without their hashes"
    if not re.search(r"^USER (?!root)\w+", text, re.MULTILINE):
        yield "it runs as root"
    for path in re.findall(r"http://127\.0\.0\.1:8000(/\w*)", text):
        if path not in routes():
            yield f"{path} is no route of the service"
    command = re.search(r"^CMD \[(.+)\]", text, re.MULTILINE)
    yield from problems_of(shlex.join(yaml.safe_load(f"[{command[1]}]")) if command else "none")


def in_context(source: str) -> bool:
    """Whether .dockerignore lets it through, and it exists."""
    let_through = (ROOT / ".dockerignore").read_text().splitlines()
    return f"!{source}" in let_through and (ROOT / source).exists()


def test_compose_says_what_the_code_knows() -> None:
    """Commands, options, settings, ports, images, volumes and health checks hold."""
    assert list(compose_problems(files()[0])) == []


def test_dockerfile_says_what_the_code_knows() -> None:
    """Its command, its files and its health check exist; it does not run as root."""
    assert list(dockerfile_problems(files()[1])) == []


def test_two_processes_serve() -> None:
    """The compared protections are between processes, so there are at least two."""
    services = yaml.safe_load(files()[0])["services"].values()
    assert len([one for one in services if "corral serve" in one.get("command", "")]) >= 2


def interpolated(value: object, **outside: str) -> str:
    """What compose makes of `${NAME:-default}`."""
    return re.sub(
        r"\$\{(\w+):-([^}]*)\}", lambda found: outside.get(found[1]) or found[2], str(value)
    )


def started(
    text: str, monkeypatch: pytest.MonkeyPatch, folder: Path, **outside: str
) -> dict[str, Settings | str]:
    """Settings of each container that runs our command, or what it says instead of starting."""
    monkeypatch.chdir(folder)
    found: dict[str, Settings | str] = {}
    for name, service in yaml.safe_load(text)["services"].items():
        if not service.get("command", "").startswith("corral "):
            continue
        with monkeypatch.context() as patch:
            for variable in settings():
                patch.delenv(variable, raising=False)
            for variable, value in service["environment"].items():
                patch.setenv(variable, interpolated(value, **outside))
            try:
                found[name] = Settings()
            except ValidationError as error:
                [found[name]] = complaints(error)
    return found


OURS = {"migrate", "seed", "service-1", "service-2", "worker"}


def test_whoever_tries_it_out_sets_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every container starts, in development, with a secret that all of them have."""
    made = started(files()[0], monkeypatch, tmp_path)
    assert OURS == made.keys()
    secrets = set()
    for each in made.values():
        assert isinstance(each, Settings)
        assert each.environment == "development"
        secrets.add(each.signing_secret())
    assert len(secrets) == 1


def test_production_asks_for_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No container starts without one, and each takes the one that is given."""
    text = files()[0]
    refused = started(text, monkeypatch, tmp_path, CORRAL_ENVIRONMENT="production")
    assert OURS == refused.keys()
    assert all("CORRAL_SECRET is wrong: production needs" in str(s) for s in refused.values())
    secret = "given to all of them, from outside of here"
    made = started(
        text, monkeypatch, tmp_path, CORRAL_ENVIRONMENT="production", CORRAL_SECRET=secret
    )
    for each in made.values():
        assert isinstance(each, Settings)
        assert (each.environment, each.signing_secret()) == ("production", secret.encode())


@pytest.mark.parametrize("name", ["CORRAL_ENVIRONMENT", "CORRAL_SECRET"])
def test_a_compose_file_that_keeps_them_back_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """The switch: without either line production is not what was asked for."""
    text = re.sub(rf"^  {name}: .*\n", "", files()[0], flags=re.MULTILINE)
    given = {"CORRAL_ENVIRONMENT": "production", "CORRAL_SECRET": "s" * 32}
    for each in started(text, monkeypatch, tmp_path, **given).values():
        assert isinstance(each, str) or each.environment == "development"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("postgres:18", "postgres", "names no version"),
        ("valkey/valkey:9", "valkey/valkey:latest", "names no version"),
        ("corral migrate", "corral migrates", "No such command"),
        ("--size small", "--sizes small", "No such option"),
        ("-f loadtests/locustfile.py", "-f locustfile.py", "there is no"),
        ("--host http://service-1:8000", "--hots http://service-1:8000", "no option"),
        ('"127.0.0.1:8000:8000"', '"8000:8000"', "beyond this machine"),
        ('"127.0.0.1:8001:8000"', '"0.0.0.0:8001:8000"', "beyond this machine"),
        ('"127.0.0.1:8000:8000"', '"127.0.0.1:8000:9000"', "nothing listens"),
        ("CORRAL_STRATEGY:", "CORRAL_STRATEGIE:", "no setting"),
        ("${CORRAL_STRATEGY:-layered}", "${CORRAL_STRATEGY}", "no default"),
        ("postgres:/var/lib", "postgresql:/var/lib", "not declared"),
        ("- corral:/app/.corral", "- ./secrets:/app/.corral", "there is no"),
        ("      service-2:\n", "      service-3:\n", "not there"),
    ],
)
def test_a_wrong_compose_file_is_caught(right: str, wrong: str, said: str) -> None:
    """Each check can fail."""
    text = files()[0]
    assert right in text
    problems = list(compose_problems(text.replace(right, wrong)))
    assert [problem for problem in problems if said in problem]


def test_waiting_for_unchecked_health_is_caught() -> None:
    """Waiting for the health of a service needs a check of it."""
    text = files()[0].replace('test: ["CMD", "valkey-cli", "ping"]', "disable: true")
    assert [problem for problem in compose_problems(text) if "has no check" in problem]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("python:3.13-slim", "python", "names no version"),
        ("COPY loadtests loadtests", "COPY tests tests", "not in the build context"),
        ("--require-hashes ", "", "without their hashes"),
        ("USER corral", "USER root", "runs as root"),
        ("/readyz", "/ready", "no route"),
        ('"--host"', '"--hots"', "No such option"),
    ],
)
def test_a_wrong_dockerfile_is_caught(right: str, wrong: str, said: str) -> None:
    """Each check can fail."""
    text = files()[1]
    assert right in text
    problems = list(dockerfile_problems(text.replace(right, wrong)))
    assert [problem for problem in problems if said in problem]
