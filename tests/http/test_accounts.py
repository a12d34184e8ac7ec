"""Sign-up: an account that nobody else can make again, and whose password nobody sees again."""

import asyncio
import logging
from typing import Any

import pytest

from tests.clients import Client
from tests.http.problems import problem

PASSWORD = "hush-4711-hush"


async def sign_up(client: Client, handle: str, **more: Any) -> Any:
    """The answer to a sign-up."""
    body = {"handle": handle, "password": PASSWORD, **more}
    return await client.send("POST", "/v1/users", json=body)


async def test_who_signs_up_has_a_page(client: Client) -> None:
    """201 with its place and the page that everybody sees there."""
    answer = await sign_up(client, "newcomer", display_name="New Comer")
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == "/v1/users/newcomer"
    profile = answer.json()
    assert (profile["handle"], profile["display_name"]) == ("newcomer", "New Comer")
    assert profile["counts"] == {"posts": 0, "followers": 0, "following": 0}
    assert profile == await client.get("/v1/users/newcomer")


async def test_a_page_that_was_missed_is_found_after_sign_up(client: Client) -> None:
    """Its absence was remembered, and is not any longer."""
    assert (await client.send("GET", "/v1/users/awaited")).status_code == 404
    assert (await sign_up(client, "awaited")).status_code == 201
    assert (await client.get("/v1/users/awaited"))["display_name"] == "awaited"


async def test_a_password_is_told_to_nobody(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in an answer, not in a refusal, not in the log."""
    with caplog.at_level(logging.DEBUG):
        taken = [await sign_up(client, "secretive"), await sign_up(client, "secretive")]
        wrong = await sign_up(client, "NOT A HANDLE", nonsense=PASSWORD)
        short = await client.send(
            "POST", "/v1/users", json={"handle": "secretive", "password": PASSWORD[:7]}
        )
    assert [201, 409, 422, 422] == [a.status_code for a in (*taken, wrong, short)]
    for answer in (*taken, wrong, short):
        assert "hush" not in answer.text + str(answer.headers)
    assert "hush" not in caplog.text


async def test_a_handle_is_taken_once(client: Client) -> None:
    """409, and whoever was first keeps it."""
    answer = await sign_up(client, "ada", display_name="Another Ada")
    assert answer.status_code == 409
    assert problem(answer)["detail"] == "this handle is taken"
    assert (await client.get("/v1/users/ada"))["display_name"] == "Ada"


async def test_of_two_who_want_a_handle_at_once_one_gets_it(client: Client) -> None:
    """The database decides, not a look beforehand."""
    answers = await asyncio.gather(*(sign_up(client, "wanted") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 7]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"handle": ""}, "/body/handle"),
        ({"handle": "Upper"}, "/body/handle"),
        ({"handle": "a" * 31}, "/body/handle"),
        ({"handle": "a\n"}, "/body/handle"),
        ({"handle": 7}, "/body/handle"),
        ({"password": "hush-47"}, "/body/password"),
        ({"password": "hush" * 32 + "x"}, "/body/password"),
        ({"password": None}, "/body/password"),
        ({"password": ["hush-4711-hush"]}, "/body/password"),
        ({"display_name": ""}, "/body/display_name"),
        ({"display_name": "  "}, "/body/display_name"),
        ({"display_name": "two\nlines"}, "/body/display_name"),
        ({"display_name": "a\x00b"}, "/body/display_name"),
        ({"display_name": "\u2003"}, "/body/display_name"),
        ({"display_name": "x" * 51}, "/body/display_name"),
        ({"id": 7}, "/body/id"),
        ({"is_admin": True}, "/body/is_admin"),
        ({"version": 9}, "/body/version"),
        ({"password_hash": "x"}, "/body/password_hash"),
        ({"created_at": "2000-01-01T00:00:00Z"}, "/body/created_at"),
        ({"post_count": 1000}, "/body/post_count"),
        ({"bio": "x"}, "/body/bio"),
    ],
)
async def test_a_sign_up_that_breaks_a_rule_makes_nobody(
    reader: Client, changed: dict[str, Any], pointer: str
) -> None:
    """Neither a wrong value nor a field that is not for the client to say."""
    body = {"handle": "refused", "password": PASSWORD, **changed}
    answer = await reader.send("POST", "/v1/users", json=body)
    assert answer.status_code == 422, answer.text
    assert [pointer] == [fault["pointer"] for fault in problem(answer)["errors"]]
    assert "hush" not in answer.text
    assert (await reader.send("GET", "/v1/users/refused")).status_code == 404


async def test_passwords_at_the_limits_are_taken(client: Client) -> None:
    """Eight characters, and 128 of whatever sort."""
    for handle, password in (("least", "x" * 8), ("most", "\U0001f600\u00e9" * 64)):
        body = {"handle": handle, "password": password}
        assert (await client.send("POST", "/v1/users", json=body)).status_code == 201
        form = {"username": handle, "password": password}
        assert (await client.send("POST", "/v1/auth/token", data=form)).status_code == 200
