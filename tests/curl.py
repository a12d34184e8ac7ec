"""Understands a `curl` command line well enough to send the same request."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

LOCAL = re.compile(r"^(http://)?(localhost|127\.0\.0\.1)(:800[01])?(?=/|\?|$)")
QUIET = set("sSfivNLg")
SILENT = {"--silent", "--fail", "--include", "--verbose", "--no-buffer", "--show-error"}
IGNORED_WITH_VALUE = {
    "-D", "--dump-header", "-o", "--output", "-w", "--write-out", "-m", "--max-time",
}  # fmt: skip


@dataclass
class Call:
    """One request; `path` begins after the host."""

    path: str = ""
    method: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None


def call_of(command: str, variables: Mapping[str, str]) -> Call:
    """Read a command line. Raises ValueError for what is not understood."""
    words = iter(shlex.split(substituted(command, variables), comments=True))
    call = Call()
    if next(words) != "curl":
        raise ValueError("this is no curl")
    for word in words:
        if word in {"-X", "--request"}:
            call.method = next(words)
        elif word in {"-H", "--header"}:
            name, _, value = next(words).partition(":")
            call.headers[name.strip()] = value.strip()
        elif word in {"-d", "--data", "--json"}:
            _take_body(call, next(words), is_json=word == "--json")
        elif word in {"-I", "--head"}:
            call.method = "HEAD"
        elif word in IGNORED_WITH_VALUE:
            next(words)
        elif word in SILENT or (word.startswith("-") and set(word[1:]) <= QUIET):
            continue
        else:
            _take_address(call, word)
    call.method = call.method or ("GET" if call.body is None else "POST")
    return call


def substituted(command: str, variables: Mapping[str, str]) -> str:
    """`$NAME` and `${NAME}` replaced. Raises ValueError for a name that was never set."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in variables:
            raise ValueError(f"${name} was never set on this page")
        return variables[name]

    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", value, command)


def _take_body(call: Call, body: str, *, is_json: bool) -> None:
    call.body = body
    kind = "application/json" if is_json else "application/x-www-form-urlencoded"
    call.headers.setdefault("Content-Type", kind)
    if "json" in call.headers["Content-Type"]:
        json.loads(body)


def _take_address(call: Call, word: str) -> None:
    if call.path or not LOCAL.match(word):
        raise ValueError(f"{word}: neither an option we know nor the service's address")
    call.path = LOCAL.sub("", word) or "/"
