"""Every refusal is a problem with a name and a number, and tells nothing that it must not."""

import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.app import make_app
from service.embedded.servers import Servers
from service.http.errors import STATUS, TITLES
from service.http.problems import type_of
from service.queries import away
from service.settings import Settings
from tests.clients import SECRET, Client
from tests.faults.proxy import Proxy
from tests.http.problems import problem
from tests.waiting import until
from tests.world import Databases

ROOT = Path(__file__).parents[2]
MARKER = "planted-marker"
ID = re.compile(r"[0-9a-f]{16}")


def named_in_sources() -> set[str]:
    """Every title that the service gives a problem."""
    texts = [path.read_text() for path in (ROOT / "service").rglob("*.py")]
    literal = {
        title for text in texts for title in re.findall(r'\bproblem\(\s*\d+,\s*"([^"]+)"', text)
    }
    return literal | {title for _, title in STATUS.values()} | set(TITLES.values())


def test_each_type_has_a_section() -> None:
    """In docs/problems.md, and no section without its type."""
    sections = re.findall(r"^## (.*)$", (ROOT / "docs/problems.md").read_text(), re.MULTILINE)
    assert sorted({type_of(title) for title in named_in_sources()}) == sorted(sections)


REFUSED: list[tuple[int, str, dict[str, Any]]] = [
    (404, "GET /nothing", {}),
    (404, "GET /v1/posts/77", {}),
    (405, "DELETE /v1/users/ada", {}),
    (400, "GET /v1/feed?cursor=junk", {"by": "ada"}),
    (401, "GET /v1/feed", {}),
    (401, "GET /v1/feed", {"headers": {"Authorization": "Bearer junk"}}),
    (403, "GET /v1/admin/stats", {"by": "ada"}),
    (413, "POST /v1/posts", {"by": "ada", "json": {"title": "t" * 70_000}}),
    (414, "GET /v1/posts?" + "a" * 3000, {}),
    (415, "POST /v1/posts", {"by": "ada", "content": b"{}"}),
    (422, "POST /v1/posts", {"by": "ada", "json": {}}),
    (428, "PATCH /v1/posts/77", {"by": "ada", "json": {"title": "t"}}),
    (431, "GET /v1/posts/77", {"headers": {"X-Much": "a" * 20_000}}),
]


@pytest.mark.parametrize(("status", "request_line", "more"), REFUSED)
async def test_a_refusal_has_a_type_and_an_instance(
    reader: Client, status: int, request_line: str, more: dict[str, Any]
) -> None:
    """Its type has a section; its instance is the request's id, as in the header."""
    method, _, path = request_line.partition(" ")
    answer = await reader.send(method, path, **more)
    assert status == answer.status_code
    body = problem(answer)
    assert f"\n## {body['type']}\n" in (ROOT / "docs/problems.md").read_text()
    assert body["instance"] == answer.headers["x-request-id"]
    assert ID.fullmatch(body["instance"])


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("a-Token_1.2", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("", False),
        ("two words", False),
        ("a;b", False),
        ('"a"', False),
    ],
)
async def test_a_request_has_an_id(reader: Client, given: str, taken: bool) -> None:
    """The client's own, if it is fit for a log; else one of ours, another for each."""
    answers = [
        await reader.send("GET", path, headers={"X-Request-Id": given})
        for path in ("/healthz", "/healthz", "/v1/nothing")
    ]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len(set(ids)) == (1 if taken else 3)
    assert taken == (ids[0] == given)
    assert taken or all(ID.fullmatch(number) for number in ids)


async def test_nothing_refused_is_repeated(reader: Client) -> None:
    """Neither in the body nor in a header: not a password, not a cursor, not a token."""
    planted: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/posts", {"by": "ada", "json": {"title": [MARKER], "body": "b"}}),
        ("POST", "/v1/posts", {"by": "ada", "json": {"title": "t", "tags": [MARKER + "!"]}}),
        ("POST", "/v1/posts", {"by": "ada", "content": MARKER, "headers": JSON}),
        ("POST", "/v1/posts", {"by": "ada", "content": f'{{"{MARKER}', "headers": JSON}),
        ("POST", "/v1/posts", {"by": "ada", "json": MARKER}),
        ("POST", "/v1/posts", {"by": "ada", "content": b"{}", "headers": {"Content-Type": MARKER}}),
        ("POST", "/v1/users", {"json": {"handle": "x", "password": MARKER, "display_name": 1}}),
        ("POST", "/v1/users", {"json": {"handle": f"{MARKER}!", "password": MARKER * 9}}),
        ("POST", "/v1/auth/token", {"data": {"username": "ada", "password": MARKER}}),
        ("POST", "/v1/auth/refresh", {"json": {"refresh_token": MARKER}}),
        ("GET", f"/v1/feed?cursor={MARKER}", {"by": "ada"}),
        ("GET", f"/v1/posts?sort={MARKER}", {}),
        ("GET", f"/v1/posts/{MARKER}", {}),
        ("GET", f"/v1/{MARKER}", {}),
        ("GET", "/v1/feed", {"headers": {"Authorization": f"Bearer {MARKER}"}}),
        ("PATCH", "/v1/posts/77", {"by": "ada", "json": {}, "headers": {"If-Match": MARKER}}),
    ]
    for method, path, more in planted:
        answer = await reader.send(method, path, **more)
        assert 400 <= answer.status_code < 500, (path, answer.text)
        problem(answer)
        said = answer.text + str(answer.headers)
        assert MARKER not in said, (path, said)


JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def cut_off(
    databases: Databases, servers: Servers
) -> AsyncIterator[tuple[httpx.AsyncClient, Proxy]]:
    """A service whose database can be taken away."""
    async with databases.copy_of("corral_test_world") as url:
        port = int(url.rpartition(":")[2].partition("/")[0])
        with Proxy(port) as proxy:
            app = make_app(
                Settings(
                    DATABASE_URL=url.replace(f":{port}/", f":{proxy.port}/"),
                    REDIS_URL=servers.redis_urls["no_cache"],
                    strategy="no_cache",
                    secret=SECRET,
                )
            )
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                    base_url="http://corral",
                ) as http,
            ):
                yield http, proxy


async def test_a_database_that_is_away_is_503(
    cut_off: tuple[httpx.AsyncClient, Proxy], caplog: pytest.LogCaptureFixture
) -> None:
    """With `Retry-After` and one line a request; and when it is back, so is the service."""
    http, proxy = cut_off
    path = "/v1/users/ada"
    assert (await http.get(path)).status_code == 200
    proxy.refuse()
    for _ in range(2):  # a connection that breaks, then none to be had
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            answer = await http.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert problem(answer)["type"] == "/problems/database-away"
        [line] = [record for record in caplog.records if record.name == "corral"]
        assert line.exc_info is None
        assert answer.headers["x-request-id"] in line.getMessage()
        for secret in ("127.0.0.1", "corral_test", "select"):
            assert secret not in answer.text + line.getMessage()
    proxy.heal()

    async def is_back() -> bool:
        return (await http.get(path)).status_code == 200

    await until(is_back)


async def test_without_that_it_would_be_500(
    cut_off: tuple[httpx.AsyncClient, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch; the failure still leaves as a problem, with all headers."""
    http, proxy = cut_off
    monkeypatch.setattr(away, "is_away", lambda _: False)
    proxy.refuse()
    answer = await http.get("/v1/users/ada")
    assert answer.status_code == 500
    assert problem(answer)["type"] == "/problems/internal-error"
    assert {"cache-status", "server-timing", "x-request-id", "cache-control"} <= set(answer.headers)


async def test_head_is_get_without_its_body(reader: Client) -> None:
    """As `curl -I` has it: the headers of the read, its length among them."""
    for path in ("/v1/users/ada", "/healthz", "/", "/v1/posts/77"):
        get, head = await reader.send("GET", path), await reader.send("HEAD", path)
        assert get.status_code == head.status_code
        assert head.content == b""
        for name in ("content-length", "content-type", "cache-control", "vary"):
            assert get.headers[name] == head.headers[name]
        assert get.headers.get("etag") == head.headers.get("etag")


async def test_who_may_keep_an_answer(reader: Client) -> None:
    """Nobody without asking again; what was made for somebody, nobody else."""
    for path in ("/v1/users/ada", "/v1/posts/77", "/v1/nothing", "/healthz"):
        for by, kept in ((None, "public, no-cache"), ("ada", "private, no-cache")):
            answer = await reader.send("GET", path, by=by)
            assert kept == answer.headers["cache-control"]
            assert "Authorization" in answer.headers["vary"]
