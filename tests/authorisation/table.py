"""The table of who may use each route, and what in the OpenAPI document differs from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("routes.txt")
SCHEMES = ("HTTPBearer", "OAuth2PasswordBearer")  # one token, said in two ways
Security = list[dict[str, list[str]]]
NEEDED: Security = [{scheme: []} for scheme in SCHEMES]
# How the document says it. An author is somebody signed in: whose a thing is, no document can say.
SECURITY: Mapping[str, Security | None] = {
    "none": None,
    "optional": [{}, *NEEDED],
    "user": NEEDED,
    "author": NEEDED,
    "author+admin": NEEDED,
    "admin": [{scheme: ["admin"]} for scheme in SCHEMES],
}


@dataclass(frozen=True)
class Route:
    """One operation."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Entry:
    """What the table says of one operation."""

    who: str
    name: str


def read_entries(text: str) -> dict[Route, Entry]:
    """The table. Raises ValueError for a line that says something else."""
    found: dict[Route, Entry] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        method, path, who, name = line.split()
        if who not in SECURITY:
            raise ValueError(f"{line!r}: who is one of {', '.join(SECURITY)}")
        found[Route(method, path)] = Entry(who, name)
    return found


def read_table(text: str) -> dict[Route, str]:
    """Who may use each route."""
    return {route: entry.who for route, entry in read_entries(text).items()}


def operations(document: Mapping[str, Any]) -> dict[Route, Mapping[str, Any]]:
    """Every operation of the document."""
    return {
        Route(method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def differences(table: Mapping[Route, Entry], document: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each route where table and document do not agree, saying what to do."""
    found = operations(document)
    for route, operation in found.items():
        said = operation.get("security")
        if route not in table:
            yield (
                f"{route} is new: add it to {TABLE.name} with who may use it "
                f"({', '.join(SECURITY)}) and its operationId; its document says security {said}"
            )
            continue
        entry = table[route]
        if operation["operationId"] != entry.name:
            yield (
                f"{route} is now called {operation['operationId']}, was {entry.name}: generated "
                f"clients would break; give the function its name back, or change {TABLE.name}"
            )
        if said != SECURITY[entry.who]:
            yield (
                f"{route} is for {entry.who!r} in {TABLE.name}, but its document says security "
                f"{said}: give the route ViewerDep (optional), UserDep (user, author) or AdminDep "
                f"(admin), or correct the table"
            )
    for route in table.keys() - found.keys():
        yield f"{route} is gone: take it out of {TABLE.name}"
