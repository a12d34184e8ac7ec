"""422: each rule for what a client may send, at its limit and one beyond."""

from typing import Any

import pytest

from service.http.schemas import NewVote
from tests.clients import Client
from tests.http.problems import problem

POST = {"title": "a", "body": "b"}
HUSH = "hush-4711"


async def refused(client: Client, method: str, path: str, body: Any) -> list[dict[str, str]]:
    """The faults told for a body, which must not be told back."""
    answer = await client.send(method, path, by="ada", json=body)
    assert answer.status_code == 422, answer.text
    assert HUSH not in answer.text
    faults: list[dict[str, str]] = problem(answer)["errors"]
    assert all(fault.keys() == {"detail", "pointer"} for fault in faults)
    return faults


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"title": ""}, "/body/title"),
        ({"title": HUSH * 34}, "/body/title"),
        ({"title": f"{HUSH}\x00"}, "/body/title"),
        ({"title": 7}, "/body/title"),
        ({"title": None}, "/body/title"),
        ({"title": [HUSH]}, "/body/title"),
        ({"body": ""}, "/body/body"),
        ({"body": "x" * 40_001}, "/body/body"),
        ({"body": f"\x00{HUSH}"}, "/body/body"),
        ({"tags": HUSH}, "/body/tags"),
        ({"tags": ["a"] * 11}, "/body/tags"),
        ({"tags": ["ok", f"{HUSH} "]}, "/body/tags/1"),
        ({"tags": ["Upper"]}, "/body/tags/0"),
        ({"tags": ["-dash"]}, "/body/tags/0"),
        ({"tags": [""]}, "/body/tags/0"),
        ({"tags": ["a" * 36]}, "/body/tags/0"),
        ({"tags": ["a\n"]}, "/body/tags/0"),
        ({"tags": [1]}, "/body/tags/0"),
        ({"author_id": HUSH}, "/body/author_id"),
    ],
)
async def test_a_post_that_breaks_a_rule_is_refused(
    reader: Client, changed: dict[str, Any], pointer: str
) -> None:
    """One rule at a time, and the answer points at it."""
    faults = await refused(reader, "POST", "/v1/posts", POST | changed)
    assert [pointer] == [fault["pointer"] for fault in faults]


async def test_a_post_at_every_limit_is_taken(client: Client) -> None:
    """The longest and the most that is allowed, and any Unicode but NUL."""
    body = "\u00e9\U0001f600\u200f\n\t\x01" + "x" * 39_994
    sent = {"title": "t" * 300, "body": body, "tags": [f"{i}-{'a' * 33}" for i in range(10)]}
    answer = await client.send("POST", "/v1/posts", by="ada", json=sent)
    assert answer.status_code == 201, answer.text
    shown = await client.get(answer.headers["location"])
    assert sent == {key: shown[key] for key in sent}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/body/body"),
        ({"body": ""}, "/body/body"),
        ({"body": "x" * 10_001}, "/body/body"),
        ({"body": f"{HUSH}\x00"}, "/body/body"),
        ({"body": "b", "parent_id": 0}, "/body/parent_id"),
        ({"body": "b", "parent_id": 2**53}, "/body/parent_id"),
        ({"body": "b", "parent_id": HUSH}, "/body/parent_id"),
        ({"body": "b", "parent_id": "12"}, "/body/parent_id"),
        ({"body": "b", "parent_id": 1.5}, "/body/parent_id"),
        ({"body": "b", "post_id": 7}, "/body/post_id"),
        ([HUSH], "/body"),
        (HUSH, "/body"),
        (None, "/body"),
    ],
)
async def test_a_comment_that_breaks_a_rule_is_refused(
    reader: Client, body: Any, pointer: str
) -> None:
    """As for posts."""
    faults = await refused(reader, "POST", "/v1/posts/7/comments", body)
    assert [pointer] == [fault["pointer"] for fault in faults]


@pytest.mark.parametrize("model", [{"value": 1}, {"value": 1.0}])
def test_a_whole_number_may_have_a_point(model: dict[str, Any]) -> None:
    """JSON has one sort of number: whoever writes 1.0 means the integer."""
    assert NewVote.model_validate(model).value == 1


@pytest.mark.parametrize("value", [2, -2, "1", 0.5, True, None, [1], HUSH, 2**70])
async def test_a_vote_is_one_of_three_numbers(reader: Client, value: Any) -> None:
    """Nothing that merely looks like one."""
    faults = await refused(reader, "PUT", "/v1/posts/7/vote", {"value": value})
    assert [fault["pointer"] for fault in faults] == ["/body/value"]


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/v1/posts/0", "/path/post_id"),
        ("/v1/posts/-1", "/path/post_id"),
        (f"/v1/posts/{2**53}", "/path/post_id"),
        (f"/v1/posts/{HUSH}", "/path/post_id"),
        (f"/v1/posts/{'9' * 1500}", "/path/post_id"),
        ("/v1/users/Ada", "/path/handle"),
        ("/v1/users/ada%00", "/path/handle"),
        ("/v1/users/ada%0A", "/path/handle"),
        (f"/v1/users/{'a' * 31}", "/path/handle"),
        ("/v1/posts?limit=0", "/query/limit"),
        ("/v1/posts?limit=101", "/query/limit"),
        (f"/v1/posts?limit={HUSH}", "/query/limit"),
        (f"/v1/posts?sort={HUSH}", "/query/sort"),
        (f"/v1/posts?window={HUSH}", "/query/window"),
    ],
)
async def test_a_path_or_query_that_breaks_a_rule_is_refused(
    reader: Client, path: str, pointer: str
) -> None:
    """Numbers in range, handles as handles are made, words from their list."""
    faults = await refused(reader, "GET", path, None)
    assert [pointer] == [fault["pointer"] for fault in faults]


async def test_text_that_is_no_text_is_refused(reader: Client) -> None:
    """A lone surrogate is JSON, but no Unicode; half of JSON is none; an empty body lacks all."""
    surrogate = rb'{"title":"\ud800","body":"b"}'
    for body, status in ((surrogate, 422), (b'{"title":', 400), (b"", 422)):
        answer = await reader.send(
            "POST",
            "/v1/posts",
            by="ada",
            content=body,
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code == status, answer.text
        problem(answer)


async def test_an_answer_stays_short_whatever_was_sent(reader: Client) -> None:
    """Neither a thousand faults nor a field's endless name come back."""
    faults = await refused(reader, "POST", "/v1/posts", POST | {f"x{i}": 1 for i in range(1000)})
    assert len(faults) == 20
    answer = await reader.send("POST", "/v1/posts", by="ada", json=POST | {"x" * 60_000: 1})
    assert answer.status_code == 422
    assert len(answer.content) < 1000


async def test_a_pointer_is_escaped(reader: Client) -> None:
    """A slash in a field's name does not look like another level (RFC 6901)."""
    [fault] = await refused(reader, "POST", "/v1/posts", POST | {"a/b~c": 1})
    assert fault["pointer"] == "/body/a~1b~0c"


async def test_nothing_is_written_by_a_refused_request(reader: Client) -> None:
    """No statement is spent on one."""

    async def refuse() -> None:
        await refused(reader, "POST", "/v1/posts", {"title": ""})
        await refused(reader, "PUT", "/v1/posts/7/vote", {"value": 2})

    assert await reader.statements(refuse) == 0
