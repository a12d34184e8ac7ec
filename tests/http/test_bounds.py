"""How much one request may bring: what is too much is refused, early and shortly."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from service.http import bounds
from service.http.bounds import ADDRESS_BYTES, BODY_BYTES, HEADERS_BYTES, PARAMETERS
from tests.clients import Client
from tests.http.problems import problem

JSON = {"Content-Type": "application/json"}
ANSWER_BYTES = 2048


def post_of(size: int) -> bytes:
    """A body of so many bytes, a post with a title that is too long for one."""
    around = b'{"title":"","body":"b"}'
    return b'{"title":"' + b"t" * (size - len(around)) + b'","body":"b"}'


async def chunks(parts: list[bytes], taken: list[int] | None = None) -> AsyncIterator[bytes]:
    """A body without a length; `taken` hears how much of it was asked for."""
    for part in parts:
        if taken is not None:
            taken.append(len(part))
        yield part


async def test_a_body_has_a_bound(reader: Client) -> None:
    """64 KB pass to the schema, one byte more does not; with a length or in chunks."""
    for size, status in ((BODY_BYTES, 422), (BODY_BYTES + 1, 413)):
        body = post_of(size)
        assert len(body) == size
        for content in (body, chunks([body[:100], body[100:]])):
            answer = await reader.send("POST", "/v1/posts", by="ada", content=content, headers=JSON)
            assert status == answer.status_code
            assert len(answer.content) <= ANSWER_BYTES
            if status == 413:
                assert problem(answer)["type"] == "/problems/too-large"
                assert answer.headers["connection"] == "close"


async def test_no_more_is_read_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of fifty megabytes in chunks a few are taken; of a length that says so, next to none."""
    monkeypatch.setattr(bounds, "LINGER_S", 0)
    for headers in ([], [(b"content-length", b"52428800")]):
        taken: list[int] = []

        async def receive(taken: list[int] = taken) -> dict[str, Any]:
            taken.append(1000)
            await asyncio.sleep(0)
            return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

        sent = await through(receive, headers=headers or [(b"transfer-encoding", b"chunked")])
        assert sent[0]["status"] == 413
        assert sum(taken) <= (5000 if headers else BODY_BYTES + 5000)


async def test_a_route_gets_the_body_whole() -> None:
    """In one piece, and then what its server says."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"[1", "more_body": True},
        {"type": "http.request", "body": b"]", "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    got: list[Any] = []

    async def app(_: Any, receive: Any, __: Any) -> None:
        got.append(await receive())
        got.append(await receive())

    await through(receive, app=app)
    assert got == [
        {"type": "http.request", "body": b"[1]", "more_body": False},
        {"type": "http.disconnect"},
    ]


async def test_a_body_that_is_too_slow_is_408(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever has come of it; and without the bound it would be waited for."""

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(bounds, "LINGER_S", 0)
    monkeypatch.setattr(bounds, "BODY_S", 0.01)
    assert (await through(receive))[0]["status"] == 408
    monkeypatch.setattr(bounds, "BODY_S", None)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await through(receive)


async def through(
    receive: Any, *, app: Any = None, headers: list[tuple[bytes, bytes]] | None = None
) -> list[dict[str, Any]]:
    """What the middleware sends by itself."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def nothing(*_: Any) -> None:
        raise AssertionError("nobody shall be asked")

    given = headers or [(b"content-length", b"3")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/posts",
        "raw_path": b"/v1/posts",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), *given],
    }
    await bounds.Bounds(app or nothing)(scope, receive, send)
    return sent


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        None,
    ],
)
async def test_a_body_is_json(reader: Client, kind: str | None) -> None:
    """Whatever else is claimed, or nothing, is 415."""
    headers = {} if kind is None else {"Content-Type": kind}
    answer = await reader.send("POST", "/v1/posts", by="ada", content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert problem(answer)["type"] == "/problems/not-json"


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON;charset=utf-8"])
async def test_json_may_say_more_of_itself(reader: Client, kind: str) -> None:
    """Its name has no case, and may have parameters."""
    answer = await reader.send(
        "POST", "/v1/posts", by="ada", content=b"{}", headers={"Content-Type": kind}
    )
    assert answer.status_code == 422


async def test_a_token_is_asked_for_by_a_form(reader: Client) -> None:
    """As OAuth2 has it; JSON is refused there."""
    form = {"grant_type": "password", "username": "ada", "password": "wrong"}
    assert (await reader.send("POST", "/v1/auth/token", data=form)).status_code in {400, 401}
    assert (await reader.send("POST", "/v1/auth/token", json=form)).status_code == 415


async def test_a_request_without_a_body_needs_no_kind(reader: Client) -> None:
    """A follow, an unfollow, and a read that says how long its nothing is."""
    assert (await reader.send("GET", "/v1/posts/77", headers={"Content-Length": "0"})).status_code
    answer = await reader.send("PUT", "/v1/users/nobody/follow", by="ada")
    assert answer.status_code == 404


async def test_an_address_has_a_bound(reader: Client) -> None:
    """Its length, and how many parameters it has: ten thousand are no query of ours."""
    path = "/v1/posts/77?"
    room = ADDRESS_BYTES - len(path) + 1
    for query, status in (
        ("a" * room, 404),
        ("a" * (room + 1), 414),
        ("&".join(["a=b"] * PARAMETERS), 404),
        ("&".join(["a=b"] * (PARAMETERS + 1)), 400),
        ("&".join(["a=b"] * 10_000), 414),
    ):
        answer = await reader.send("GET", path + query)
        assert status == answer.status_code
        assert len(answer.content) <= ANSWER_BYTES
        problem(answer)


async def test_headers_have_a_bound(reader: Client) -> None:
    """All of them together."""
    for size, status in ((HEADERS_BYTES - 2000, 404), (HEADERS_BYTES, 431)):
        answer = await reader.send("GET", "/v1/posts/77", headers={"X-Much": "a" * size})
        assert status == answer.status_code
        problem(answer)


@pytest.mark.parametrize("depth", [900, 5_000])
@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
async def test_brackets_without_end_are_no_failure(
    reader: Client, depth: int, brackets: tuple[bytes, bytes]
) -> None:
    """400 where it cannot be read, 422 where it is no post."""
    nested = brackets[0] * depth + b"1" + brackets[1] * depth
    for body in (nested, b'{"title":' + nested + b"}"):
        answer = await reader.send("POST", "/v1/posts", by="ada", content=body, headers=JSON)
        assert answer.status_code in {400, 422}
        assert len(answer.content) <= ANSWER_BYTES
        problem(answer)


async def test_an_answer_to_nonsense_is_short(reader: Client) -> None:
    """However many faults there are, and however long their names."""
    for body in (
        {f"{'n' * 200}{number}": 1 for number in range(200)},
        {"title": "t", "body": "b", "tags": ["NO" * 30] * 10},
        {"title": "t", "body": "b", "tags": [["x"]] * 2000},
    ):
        answer = await reader.send("POST", "/v1/posts", by="ada", json=body)
        assert answer.status_code == 422
        assert problem(answer)["errors"]
        assert len(answer.content) <= ANSWER_BYTES


async def test_without_bounds_the_same_gets_through(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch."""
    for name in ("BODY_BYTES", "ADDRESS_BYTES", "PARAMETERS", "HEADERS_BYTES"):
        monkeypatch.setattr(bounds, name, 10**9)
    body = post_of(BODY_BYTES + 1)
    answers: list[httpx.Response] = [
        await reader.send("POST", "/v1/posts", by="ada", content=body, headers=JSON),
        await reader.send("GET", "/v1/posts/77?" + "&".join(["a=b"] * 10_000)),
        await reader.send("GET", "/v1/posts/77", headers={"X-Much": "a" * HEADERS_BYTES}),
    ]
    assert [422, 404, 404] == [answer.status_code for answer in answers]
